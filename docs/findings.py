"""Write a page for each divergence that Poolproof found in a real system, and run them again.

`python docs/findings.py --write` makes the pages of docs/findings from docs/findings.toml, which
says what each is about, and from docs/results, where the findings themselves are.
`--again [--python PATH ...] [--only PAGE ...]` runs the script of each page in this environment, or
in the first of the given ones that has its system, tells what came of it and notes it; a page that
cannot be run keeps its note. `--check` says whether the pages are what `--write` would make of all
that.
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

from conformance.clauses import UnknownNameError
from conformance.contract import UnusableError
from conformance.findings import finding_text
from conformance.report.writing import write_whole
from implementations import SHIPPED, Shipped

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
    "no script": "not run: it has no script; judged",
    "upset": "not reproduced: the script itself failed",
    "ended": "reproduced: the process ends",
    "late": f"no answer within {SECONDS} s",
}
"""What a page says of each outcome; what else the terminal says is in `TOLD`."""
TOLD = OUTCOMES | {
    "gone": "no longer reproduced",
    "ended": "ends the process",
    "no script": "not run: it has no script",
}
ASKED = """
import importlib.util as u, importlib.metadata as m, json, sys
requires, names = map(json.loads, sys.argv[1:])
if not all(u.find_spec(name) for name in requires): sys.exit(1)
found = {}
for name in names:
    try: found[name] = m.version(name)
    except m.PackageNotFoundError: continue
print(json.dumps(found))
"""


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
        return in_words(self.versions)

    @property
    def shipped(self) -> Shipped:
        """Return the implementation that was judged."""
        return SHIPPED[self.entry["implementation"]]


def in_words(versions: Mapping[str, str]) -> str:
    """Return packages with their versions."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


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
            versions = one["versions"] or _of_environment(name, result)
            return Page(entry["name"], entry, whole, versions, result["started"][:10])
    message = f"{LIST.name}: {entry['name']}: no result has a finding {name}/{clause}"
    raise SystemExit(message)


def _of_environment(name: str, result: Json) -> dict[str, str]:
    """Return the versions of a system that is part of Poolproof, as results once told them."""
    known = result["environment"]
    return {one: known[one] for one in SHIPPED[name].distributions if one in known}


def written(page: Page, notes: Mapping[str, Json]) -> str:
    """Return a page as Markdown."""
    entry = page.entry
    cases = f"{page.finding['failing_cases']} of {page.finding['judged_cases']}"
    about = [
        f"- system: {page.system}{', as ' * bool(page.system)}`{entry['implementation']}`",
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
    system = f" with {note['system']}" if note["system"] else ""
    return f"{OUTCOMES[note['outcome']]}{system} on {note['date']}."


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


def chosen(names: Sequence[str], made: Sequence[Page]) -> list[Page]:
    """Return the pages of these names, all where none is given; `.md` may follow a name.

    Raises:
        UnknownNameError: a name that no page has.
    """
    kind, known = "page", [page.name for page in made]
    wanted = [name.removesuffix(".md") for name in names]
    for name in wanted:
        if name not in known:
            raise UnknownNameError(kind, name, known)
    return [page for page in made if not wanted or page.name in wanted]


def interpreter(python: str) -> str:
    """Return where an interpreter is.

    Raises:
        UnusableError: it cannot be started, or is no Python.
    """
    place = str(Path(shutil.which(python) or python).absolute())
    try:
        problem = "it is no Python" if installed(place, (), ()) is None else ""
    except OSError as error:
        problem = f"it cannot be started: {error.strerror}"
    if problem:
        message = f"--python {python}: {problem}; name an interpreter, such as .venv/bin/python"
        raise UnusableError(message)
    return place


def again(chosen: Sequence[Page], pythons: Sequence[str]) -> None:
    """Run pages again; tell and note what came of each before the next is run."""
    for page in chosen:
        note = run_again(page, pythons)
        if note is None:
            said = f"not run: no interpreter has {', '.join(page.shipped.requires)}, so its note"
            said += " was left alone; --python names another"
        else:
            said = TOLD[note["outcome"]]
            write_whole(NOTES, json.dumps(known() | {page.name: note}, indent=1) + "\n")
        sys.stdout.write(f"{page.name}: {said}\n")
        sys.stdout.flush()


def run_again(page: Page, pythons: Sequence[str]) -> Json | None:
    """Run the script of a page and return the note of it; None where its system is nowhere."""
    if not page.finding["script"]:
        return {"outcome": "no script", "system": page.system, "date": page.date}
    requires = page.shipped.requires
    names = [*page.versions, *requires, *page.shipped.distributions]
    for python in pythons:
        versions = installed(python, requires, list(dict.fromkeys(names)))
        if versions is not None:
            today = dt.datetime.now(dt.UTC).date().isoformat()
            outcome = ran(python, page.finding["script"])
            return {"outcome": outcome, "system": in_words(versions), "date": today}
    return None


def installed(python: str, requires: Sequence[str], names: Sequence[str]) -> dict[str, str] | None:
    """Return the versions of distributions in an environment, None where a package is missing."""
    command = [python, "-c", ASKED, json.dumps(requires), json.dumps(names)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    last = asked.stdout.strip().rpartition("\n")[2]
    if asked.returncode or not last.startswith("{"):
        return None
    found: dict[str, str] = json.loads(last)
    return found


def ran(python: str, script: str) -> str:
    """Return what came of a script: it ends with 1 while the fault is there."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "again.py"
        file.write_text(script, "utf-8")
        try:
            ended = subprocess.run(  # noqa: S603 - a script of our own
                [python, str(file)], capture_output=True, cwd=folder, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return "late"
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
        try:
            places = [interpreter(one) for one in options.python or [sys.executable]]
            again(chosen(options.only or (), pages()), places)
        except (UnknownNameError, UnusableError) as error:
            sys.stderr.write(f"{error}\n")
            return 2
    for path, text in files().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
