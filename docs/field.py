"""Write the page about the whole field: who was judged, in which tier, and what it costs.

`python docs/field.py --write` makes docs/field.md and the compatibility pages from docs/results,
from docs/field.json and from docs/field.toml, which says what cannot be had. `--judge NAME ...`
judges, each in the first of the environments `--python PATH ...` that has it, and stores the result
with the processor time that it took; `--measure` notes what is installed for it. `--html FILE
[--tier TIER]` writes the page that `poolproof report` makes of the results of a tier. `--check`
says whether the pages are what `--write` would make.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from conformance.clauses import UnknownNameError
from conformance.contract import UnusableError
from conformance.report.forms import FORMS
from conformance.report.markdown import MORE
from conformance.report.merging import merged
from conformance.report.writing import ReportPathError, check_writable, write_whole
from implementations import SHIPPED

Json: TypeAlias = dict[str, Any]

DOCS = Path(__file__).parent
COSTS, ABSENT, PAGE = DOCS / "field.json", DOCS / "field.toml", DOCS / "field.md"
TIERS = {
    "default": "compatibility",
    "smoke": "compatibility-smoke",
    "brief": "compatibility-brief",
}
"""The page that holds what was judged in each tier."""
ABOUT = """\
# The whole field

Every implementation that ships was judged by `poolproof run NAME -n 1`, one after the other, each
in an environment that has its packages. The table says in which tier: what takes too long in one
is judged in a smaller one. All of it was done on one machine with two cores that had other work as
well: the seconds are those of the processor.
"""
HEADS = """\
| implementation | version | judged on | lines | adds MB | import s | tier | judging s \
| passed | failed | crashed | hung | unclaimed |
|---|---|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|
"""
LEGEND = """\
- *version*: of the main package, as it was judged; empty where Poolproof itself is all it takes.
- *lines*: of the module, or all modules of the package, that is the implementation.
- *adds MB*: what its packages, with all that they require, add to an installation of Poolproof.
- *import s*: until its packages are imported, on a warm disk with nothing else running.
- *judging s*: processor seconds of the whole run.
- *passed* to *unclaimed*: clauses by verdict.
"""
MEASURED = """
import importlib, importlib.metadata as m, json, re, sys, time
NAME = re.compile("[A-Za-z0-9._-]+")
def close(names):
    found, left = {}, list(names)
    while left:
        name = re.sub("[-_.]+", "-", left.pop()).lower()
        if name in found: continue
        try: found[name] = m.distribution(name)
        except m.PackageNotFoundError: continue
        needs = [one for one in found[name].requires or [] if "extra ==" not in one]
        left += [NAME.match(one)[0] for one in needs]
    return found
def size(one): return sum(f.size or 0 for f in one.files or ())
own, packages = close(["poolproof"]), json.loads(sys.argv[1])
by_package = m.packages_distributions()
asked = [name for one in packages for name in by_package.get(one, ())]
more = {name: one for name, one in close(asked).items() if name not in own}
begun = time.process_time()
for one in packages: importlib.import_module(one)
took = time.process_time() - begun
size = round(sum(map(size, more.values())) / 1e6)
print(json.dumps({"megabytes": size, "import": round(took, 1)}))
"""


def results() -> list[Json]:
    """Return the stored results, one implementation each, by name."""
    paths = (DOCS / "results").glob("*.json")
    found = (json.loads(path.read_text("utf-8")) for path in paths)
    return sorted(found, key=lambda one: str(one["implementations"][0]["name"]))


def costs() -> dict[str, Json]:
    """Return what was measured, by implementation."""
    found: dict[str, Json] = json.loads(COSTS.read_text("utf-8")) if COSTS.exists() else {}
    return found


def lines(name: str) -> int:
    """Return how many lines the module or the package of a shipped implementation has."""
    place = DOCS.parent / SHIPPED[name].target.replace(".", "/")
    files = place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    return sum(len(file.read_text("utf-8").splitlines()) for file in files)


def version(result: Json) -> str:
    """Return the version of the main package of an implementation; empty where none is known."""
    (one,) = result["implementations"]
    # Results once told what Poolproof itself requires in the environment alone.
    parts, environment = SHIPPED[one["name"]].distributions, result["environment"]
    known = [*one["versions"].values(), *(environment.get(part, "") for part in parts)]
    return next(iter(known), "")


def row(result: Json, cost: Mapping[str, Any]) -> str:
    """Return the row of one implementation."""
    (one,) = result["implementations"]
    count = Counter(clause["verdict"] for clause in one["clauses"].values())
    said = [cost.get(key, "") for key in ("megabytes", "import")]
    cells = [one["name"], version(result), result["started"][:10], lines(one["name"]), *said]
    cells += [result["tier"], cost.get("judging", "")]
    cells += [count[verdict] for verdict in ("pass", "fail", "crash", "hang", "unclaimed")]
    return f"| {' | '.join(map(str, cells))} |"


def page(stored: Sequence[Json]) -> str:
    """Return the page about the whole field."""
    known = costs()
    rows = [row(one, known.get(one["implementations"][0]["name"], {})) for one in stored]
    whole = sum(float(one.get("judging", 0)) for one in known.values())
    took = (
        f"All that has a time here takes {whole / 60:.0f} minutes of processor time together, and "
    )
    took += f"so about {whole / 120:.0f} minutes on two cores that have nothing else to do.\n"
    links = [f"[{whole['tier']}]({file}.md)" for file, whole in groups(stored).items()]
    where = f"Who breaks what, by tier and by the set of cases: {', '.join(links)}; and "
    where += "[what was found](findings/README.md), a page each. "
    where += "`python docs/field.py --html FILE [--tier TIER]` writes the HTML page of a tier.\n"
    absent = tomllib.loads(ABSENT.read_text("utf-8"))["absent"]
    left = ["| package | why not |", "|---|---|"]
    left += [f"| {one['name']} | {one['why']} |" for one in absent]
    table = HEADS + "\n".join(rows) + "\n"
    said = "## What is not judged"
    return "\n".join([ABOUT, table, LEGEND, took, where, said, "", "\n".join(left), ""])


def files() -> dict[Path, str]:
    """Return the pages that are made of the results."""
    stored = results()
    tables = {DOCS / f"{file}.md": table(file, whole) for file, whole in groups(stored).items()}
    return {PAGE: page(stored)} | tables


def table(file: str, whole: Json) -> str:
    """Return a compatibility page; where it leaves something out, it says how to see that."""
    tier = label(file, whole)
    option = "" if tier == "default" else f" --tier {tier}"
    command = f"`python docs/field.py --html page.html{option}` writes the page that has all of it."
    return FORMS["markdown"](whole).replace(MORE, f"More is broken than fits here; {command}")


def label(file: str, whole: Json) -> str:
    """Return what a group of results is called: its tier, and the number of its page."""
    tier: str = whole["tier"]
    return tier + file.removeprefix(TIERS[tier])


def groups(stored: Sequence[Json]) -> dict[str, Json]:
    """Return results put together where they can be, by the name of their page.

    The page of a tier is that of the set of cases most were judged on; others are numbered.
    """
    sets: dict[tuple[str, str], dict[str, Json]] = {}
    for one in stored:
        alike = sets.setdefault((one["tier"], one["case_set"]), {})
        alike[one["implementations"][0]["name"]] = one
    found: dict[str, Json] = {}
    for (tier, _), alike in sorted(sets.items(), key=lambda item: -len(item[1])):
        number = sum(whole["tier"] == tier for whole in found.values()) + 1
        found[TIERS[tier] + (f"-{number}" if number > 1 else "")] = merged(alike)
    return dict(sorted(found.items()))


def measured(python: str, packages: Sequence[str]) -> Json | None:
    """Return what packages cost in the environment of an interpreter; None if it has them not."""
    command = [python, "-c", MEASURED, json.dumps(list(packages))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - named by the caller
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last.startswith("{"):
        return None
    found: Json = json.loads(last)
    return found


def measure(pythons: Sequence[str]) -> None:
    """Measure size and import of what ships, each in the first environment that has it."""
    known = costs()
    for packages in {shipped.requires for shipped in SHIPPED.values() if shipped.requires}:
        tries = (measured(python, packages) for python in pythons)
        found = next((one for one in tries if one is not None), {})
        for name, shipped in SHIPPED.items():
            if shipped.requires == packages and found:
                known[name] = known.get(name, {}) | found
    COSTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


def judge(name: str, pythons: Sequence[str], tier: str, limit: float) -> int:
    """Judge an implementation and store the result, and what it took; return the exit status."""
    shipped = SHIPPED[name]
    python = next((one for one in pythons if measured(one, shipped.requires) is not None), "")
    if not python:
        sys.stderr.write(f"{name}: no environment has {', '.join(shipped.requires)}\n")
        return 2
    stored = DOCS / "results" / f"{name}.json"
    asked = [f"--tier={tier}", f"--call-limit={limit}", "-n=1", "--no-progress", f"--json={stored}"]
    begun = os.times()
    ended = subprocess.run(  # noqa: S603 - our own command
        [python, "-m", "conformance.cli", "run", name, *asked], check=False
    )
    if ended.returncode not in {0, 1}:
        return 2
    now = os.times()
    took = now.children_user - begun.children_user
    took += now.children_system - begun.children_system
    known = costs()
    known[name] = known.get(name, {}) | {"judging": round(took)}
    COSTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
    return ended.returncode


def stale() -> Iterator[str]:
    """Yield what differs between the stored pages and what would be written."""
    for path, text in files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            yield f"{path.name} is out of date"


def checked() -> int:
    """Say what is out of date and return the exit status."""
    problems = list(stale())
    sys.stderr.writelines(f"{one}; run python docs/field.py --write\n" for one in problems)
    return int(bool(problems))


def write() -> None:
    """Write the stored pages."""
    for path, text in files().items():
        path.write_text(text, "utf-8")


def interpreter(python: str) -> str:
    """Return an interpreter that was named.

    Raises:
        UnusableError: it cannot be started, or is no Python.
    """
    try:
        problem = "it is no Python" if measured(python, ()) is None else ""
    except OSError as error:
        problem = f"it cannot be started: {error.strerror}"
    if problem:
        message = f"--python {python}: {problem}; name an interpreter, such as .venv/bin/python"
        raise UnusableError(message)
    return python


def judge_all(names: Sequence[str], pythons: Sequence[str], tier: str, limit: float) -> int:
    """Judge implementations one after the other and return the exit status.

    Raises:
        UnknownNameError: nothing that ships has such a name, or there is no such tier.
    """
    for kind, known, asked in (("implementation", SHIPPED, names), ("tier", TIERS, [tier])):
        for name in asked:
            if name not in known:
                raise UnknownNameError(kind, name, known)
    statuses = [judge(name, pythons, tier, limit) for name in names]
    return int(any(status > 1 for status in statuses))


def write_html(path: str, tier: str) -> None:
    """Write the HTML page of a group of results, such as `default`.

    Raises:
        UnknownNameError: nothing was judged in such a tier.
        ReportPathError: it cannot be written there.
    """
    kind = "tier of the stored results"
    tiers = {label(file, whole): whole for file, whole in groups(results()).items()}
    if tier not in tiers:
        raise UnknownNameError(kind, tier, tiers)
    check_writable(path)
    write_whole(path, FORMS["html"](tiers[tier]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, check, judge or measure; return the exit status."""
    parser = argparse.ArgumentParser(prog="python docs/field.py", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    for option in ("--write", "--check", "--measure"):
        what.add_argument(option, action="store_true")
    what.add_argument("--judge", nargs="+", metavar="NAME")
    what.add_argument("--html", metavar="FILE")
    parser.add_argument("--python", action="append", metavar="PATH")
    parser.add_argument("--tier", help="smoke to judge in, default for the page, if none is given")
    parser.add_argument("--call-limit", type=float, default=20.0)
    try:
        return done(parser.parse_args(arguments))
    except (UnknownNameError, UnusableError, ReportPathError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def done(options: argparse.Namespace) -> int:
    """Do what was asked for and return the exit status."""
    pythons = [interpreter(one) for one in options.python or ()] or [sys.executable]
    if options.check:
        return checked()
    if options.judge:
        return judge_all(options.judge, pythons, options.tier or "smoke", options.call_limit)
    if options.measure:
        measure(pythons)
    elif options.html:
        write_html(options.html, options.tier or "default")
    else:
        write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
