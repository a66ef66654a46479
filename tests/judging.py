"""Runs `poolproof` in a process of its own, and reads what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from conformance.verdict import Json

CHECKOUT = Path(__file__).parents[1]
SECONDS = 900
"""After which a run that takes some seconds, or minutes on a busy machine, is a failed test."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a command came to."""

    status: int
    out: str
    err: str
    report: Json
    """The JSON; empty where none was written."""

    def verdicts(self, name: str, *, but: str = "unclaimed") -> dict[str, str]:
        """Return the verdict of each clause of one implementation, `but` one kind of them."""
        (one,) = (one for one in self.report["implementations"] if one["name"] == name)
        found = {clause: result["verdict"] for clause, result in one["clauses"].items()}
        return {clause: verdict for clause, verdict in found.items() if verdict != but}

    def broken(self, name: str) -> dict[str, str]:
        """Return the verdicts of one implementation that are neither pass nor unclaimed."""
        found = self.verdicts(name).items()
        return {clause: verdict for clause, verdict in found if verdict != "pass"}

    def reasons(self) -> set[str]:
        """Return every reason that is given for a verdict."""
        return {
            result["reason"]
            for one in self.report["implementations"]
            for result in one["clauses"].values()
        }


def poolproof(
    *arguments: str, folder: Path, at: Path = CHECKOUT, environment: dict[str, str] | None = None
) -> Run:
    """Run the command line from the folder `at`; `folder` is for its cache and its report."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603 - this Python, and our own module
        [sys.executable, "-m", "conformance.cli", *arguments],
        cwd=at,
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "COLUMNS": "100", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    read = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return Run(done.returncode, done.stdout, done.stderr, read)


def judged(*requests: str, folder: Path, options: tuple[str, ...] = ()) -> Run:
    """Judge implementations in the smoke tier on two workers."""
    asked = ("--tier=smoke", "-n=2", f"--json={folder / 'report.json'}", *options)
    return poolproof("run", *requests, *asked, folder=folder)
