"""Write a page for each divergence that Poolproof found in a real system, and run them again.

`python docs/findings.py --write` makes the pages of docs/findings from docs/findings.toml, which
says what each is about, and from docs/results, where the findings themselves are.
`--again [--python PATH ...] [--only PAGE ...]` runs the script of each page in this environment, or
in the first of the given ones that has its system, and notes what came of it; `--check` says
whether the pages are what `--write` would make of all that.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from conformance.findings import finding_text
from implementations import SHIPPED

Json: TypeAlias = dict[str, Any]

DOCS = Path(__file__).parent
LIST, PAGES, RESULTS = DOCS / "findings.toml", DOCS / "findings", DOCS / "results"
NOTES = PAGES / "again.json"
SECONDS = 300
STANDS = {
    "contradicts": "It contradicts the documentation of the system itself.",
    "silent": "The documentation of the system does not say what happens here.",
    "agrees": "The documentation of the system says so; it differs from the default of Poolproof.",
}
OUTCOMES = {
    "reproduced": "reproduced",
    "gone": "**no longer reproduced**",
    "not installed": "not run: the system is not installed",
    "no script": "not run: it has no script; judged",
    "upset": "not reproduced: the script itself failed",
    "ended": "reproduced: the process ends",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One divergence: what is said of it, and the finding that shows it."""

    name: str
    entry: Mapping[str, str]
    finding: Json
    versions: Mapping[str, str]
    date: str

    @property
    def system(self) -> str:
        """Return the packages that were judged, with their versions."""
        return ", ".join(f"{name} {version}" for name, version in self.versions.items())


def pages() -> list[Page]:
    """Return all pages, in the order of the list.

    Raises:
        SystemExit: an entry is about something that no stored result holds.
    """
    entries = tomllib.loads(LIST.read_text("utf-8"))["finding"]
    stored = {
        one["name"]: (one, result) for result in results() for one in result["implementations"]
    }
    return [_page(entry, stored) for entry in entries]


def results() -> list[Json]:
    """Return the stored results."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))]


def _page(entry: Json, stored: Mapping[str, tuple[Json, Json]]) -> Page:
    name, clause = entry["implementation"], entry["clause"]
    one, result = stored.get(name, ({"findings": (), "covered": ()}, {}))
    scripts = {also: told["script"] for told in one["findings"] for also in told["also"]}
    for finding in (*one["findings"], *one["covered"]):
        if finding["clause"] == clause:
            script = finding["script"] or scripts.get(clause, "")
            whole = finding | {"script": script}
            return Page(entry["name"], entry, whole, one["versions"], result["started"][:10])
    message = f"{LIST.name}: {entry['name']}: no result has a finding {name}/{clause}"
    raise SystemExit(message)


def written(page: Page, notes: Mapping[str, Json]) -> str:
    """Return a page as Markdown."""
    entry = page.entry
    cases = f"{page.finding['failing_cases']} of {page.finding['judged_cases']}"
    about = [
        f"- system: {page.system}, as `{entry['implementation']}`",
        f"- clause: `{entry['clause']}`: {page.finding['sentence']}",
        f"- found on {page.date}, in {cases} cases of this clause",
        f"- {STANDS[entry['documentation']]} {entry.get('source', '')}".rstrip(),
        f"- run again: {said_again(notes.get(page.name))}",
    ]
    parts = [f"# {entry['title']}", textwrap.fill(entry["text"], 96), "\n".join(about)]
    parts += ["## What was found", f"```text\n{finding_text(page.finding)}\n```"]
    if page.finding["script"]:
        parts += ["## The script", f"```python\n{page.finding['script'].rstrip()}\n```"]
    else:
        parts.append(f"There is no script: {page.finding['no_script']}.")
    return "\n\n".join(parts) + "\n"


def said_again(note: Json | None) -> str:
    """Return what came of running a script again, in words."""
    if note is None:
        return "not yet."
    return f"{OUTCOMES[note['outcome']]} with {note['system']} on {note['date']}."


def index(made: Sequence[Page], notes: Mapping[str, Json]) -> str:
    """Return the table of all pages as Markdown."""
    about = (
        "Each row is a divergence or a defect that the suite itself found. Its page shows the\n"
        "smallest call, what was expected and got, and a script. All scripts are run again by\n"
        "`python docs/findings.py --again`."
    )
    heads = ("what", "system", "clause", "its documentation", "run again")
    lines = ["# What Poolproof found in real systems", "", about, ""]
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for page in made:
        row = (
            f"[{page.entry['title']}]({page.name}.md)",
            page.system,
            f"`{page.entry['clause']}`",
            page.entry["documentation"],
            said_again(notes.get(page.name)),
        )
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def files() -> dict[Path, str]:
    """Return what belongs into docs/findings."""
    made, notes = pages(), known()
    texts = {PAGES / f"{page.name}.md": written(page, notes) for page in made}
    return texts | {PAGES / "README.md": index(made, notes)}


def known() -> dict[str, Json]:
    """Return what came of running the scripts again."""
    found: dict[str, Json] = json.loads(NOTES.read_text("utf-8")) if NOTES.exists() else {}
    return found


def run_again(page: Page, pythons: Sequence[str]) -> Json:
    """Run the script of a page where its system is installed and return the note of it."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for python in pythons:
        versions = installed(python, page)
        if versions is not None and page.finding["script"]:
            outcome = ran(python, page.finding["script"])
            return {"outcome": outcome, "system": versions, "date": today}
    why = "not installed" if page.finding["script"] else "no script"
    return {"outcome": why, "system": page.system, "date": today}


def installed(python: str, page: Page) -> str | None:
    """Return the versions of the system in an environment, None where it is not installed."""
    shipped = SHIPPED[page.entry["implementation"]]
    code = (
        "import importlib.util as u, importlib.metadata as m, sys\n"
        f"if not all(u.find_spec(n) for n in {list(shipped.requires)!r}): sys.exit(1)\n"
        f"print(', '.join(n + ' ' + m.version(n) for n in {list(page.versions)!r}))"
    )
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    return asked.stdout.strip() if asked.returncode == 0 else None


def ran(python: str, script: str) -> str:
    """Return what came of a script: it ends with 1 while the fault is there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "again.py"
        file.write_text(script, "utf-8")
        ended = subprocess.run(  # noqa: S603 - a script of our own
            [python, str(file)], capture_output=True, cwd=folder, timeout=SECONDS, check=False
        )
    if ended.returncode == 1 and b"Traceback" in ended.stderr:
        return "upset"
    return {0: "gone", 1: "reproduced"}.get(ended.returncode, "ended")


def stale() -> Iterator[str]:
    """Yield what differs between docs/findings and what would be written."""
    wanted = files()
    for path, text in wanted.items():
        if not path.exists() or path.read_text("utf-8") != text:
            yield f"{path.name} is out of date"
    for path in PAGES.glob("*.md"):
        if path not in wanted:
            yield f"{path.name} is of nothing in {LIST.name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, check or run again; return the exit status."""
    parser = argparse.ArgumentParser(prog="python docs/findings.py", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    for option in ("--write", "--check", "--again"):
        what.add_argument(option, action="store_true")
    parser.add_argument("--python", action="append", metavar="PATH")
    parser.add_argument("--only", action="append", metavar="PAGE")
    options = parser.parse_args(arguments)
    if options.check:
        problems = list(stale())
        sys.stderr.writelines(f"{one}; run python docs/findings.py --write\n" for one in problems)
        return int(bool(problems))
    if options.again:
        pythons = [shutil.which(one) or one for one in options.python or [sys.executable]]
        places = [str(Path(one).absolute()) for one in pythons]
        chosen = [page for page in pages() if not options.only or page.name in options.only]
        notes = known() | {page.name: run_again(page, places) for page in chosen}
        NOTES.write_text(json.dumps(notes, indent=1) + "\n", "utf-8")
    for path, text in files().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
