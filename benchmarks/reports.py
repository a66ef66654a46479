"""What reports cost: `report`, `diff` and `history` on many results, and opening the pages.

`python benchmarks/reports.py RESULT.json` takes a result that `poolproof run --json` wrote, puts
many copies of it together, compares the versions that `tests/wide_sample.py` makes, and prints
the tables of docs/cost.md. Pages are opened in the Chromium of the system, if
there is one: once from disk, each in a new context.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.report.page import render_page
from tests.chromium import browser
from tests.wide_sample import versions, wide

RESULTS = 200
PAINT = """() => {
    const load = performance.getEntriesByType("navigation")[0];
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return [paint ? paint.startTime : NaN, load.loadEventEnd];
}"""


def cost(*arguments: str) -> tuple[float, float]:
    """Return how long a command of Poolproof takes, and how much processor time.

    Raises:
        CalledProcessError: it could not do its work.
    """
    begun, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "conformance.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode > 1:
        sys.stderr.write(done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    took, after = time.perf_counter() - begun, os.times()
    spent = after.children_user + after.children_system
    return took, spent - before.children_user - before.children_system


def renamed(result: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a result as if others had been judged, so that it can be put together with it."""
    found = copy.deepcopy(result)
    for run in found.get("runs", ()):  # there where several were put together
        run["implementations"] = [f"{name}-{number}" for name in run["implementations"]]
    for one in found["implementations"]:
        old, new = one["name"], f"{one['name']}-{number}"
        one["name"] = new
        for finding in (*one["findings"], *one["covered"]):
            finding["id"] = finding["id"].replace(old, new, 1)
            finding["implementation"] = new
    return found


def show_commands(result: dict[str, Any], folder: Path) -> dict[str, Path]:
    """Print what the commands take, and return the pages that they wrote."""
    files, apart = folder / "results", folder / "apart"
    files.mkdir()
    apart.mkdir()
    for number, one in enumerate(versions(RESULTS)):
        (files / f"{number:03}.json").write_text(json.dumps(one), "utf-8")
        (apart / f"{number:03}.json").write_text(json.dumps(renamed(result, number)), "utf-8")
    pages = {name: folder / f"{name}.html" for name in ("one", "history", "together")}
    parts = sorted(map(str, apart.iterdir()))
    first, *_, last = sorted(map(str, files.iterdir()))
    rows = [
        ("report, one result", ("report", parts[0], f"--html={pages['one']}")),
        (f"report, {RESULTS} results", ("report", *parts, f"--html={pages['together']}")),
        ("diff, two results", ("diff", first, last)),
        (f"history, {RESULTS} results, printed", ("history", str(files))),
        (
            f"history, {RESULTS} results, page",
            ("history", str(files), f"--html={pages['history']}"),
        ),
    ]
    _say("| command | seconds | processor seconds |\n|---|---|---|")
    for name, arguments in rows:
        took, spent = cost(*arguments)
        _say(f"| {name} | {took:.2f} | {spent:.2f} |")
    return pages


def show_pages(pages: dict[str, Path]) -> None:
    """Print how large pages are, and how soon a browser shows them."""
    _say("\n| page | MB | first paint, seconds | loaded, seconds |\n|---|---|---|---|")
    with browser() as chromium:
        for name, page in pages.items():
            view = chromium.new_context().new_page()
            view.goto(page.as_uri(), wait_until="load", timeout=120_000)
            view.wait_for_timeout(500)
            painted, loaded = view.evaluate(PAINT)
            size = page.stat().st_size / 1e6
            _say(f"| {name} | {size:.2f} | {painted / 1e3:.2f} | {loaded / 1e3:.2f} |")
            view.close()


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("result", type=Path)
    options = parser.parse_args()
    result = json.loads(options.result.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = show_commands(result, folder)
        for every in (10, 1):
            pages[f"50 x 150, one in {every} broken"] = folder / f"wide-{every}.html"
            (folder / f"wide-{every}.html").write_text(render_page(wide(every)), "utf-8")
        show_pages(pages)
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
