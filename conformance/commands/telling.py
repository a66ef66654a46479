"""`poolproof history`: what changed over a folder of result files."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from conformance.report.chronicle import Course, chronicle
from conformance.report.forms import FILES
from conformance.report.history import render_history
from conformance.report.reading import ResultFileError, read_result
from conformance.report.untrusted import line
from conformance.report.writing import ReportPathError, check_apart, write_whole
from conformance.verdict import Json

UNUSABLE = 2


def history_command(options: argparse.Namespace) -> int:
    """Write the page, or print what changed where no file is named; return the status."""
    try:
        files = _result_files(Path(options.folder))
        check_apart([options.html] if options.html else [], [str(path) for path in files])
        results = {_name(path, options.folder): _needed(read_result(path)) for path in files}
        courses = chronicle(results)
        if options.html:
            write_whole(options.html, render_history(courses, len(results)))
        else:
            print(history_text(courses), end="")
    except (ResultFileError, ReportPathError) as error:
        print(f"poolproof: {line(error, 1000)}", file=sys.stderr)
        return UNUSABLE
    return 0


def _result_files(folder: Path) -> list[Path]:
    """Return the JSON files of a folder and of those in it.

    Raises:
        ResultFileError: there is no such folder, or no such file in it.
    """
    if not folder.is_dir():
        message = f"{line(folder)}: there is no such folder"
        raise ResultFileError(message)
    every = (path for path in folder.rglob("*.json") if path.name != FILES["badge"])
    found = sorted(path for path in every if path.is_file())
    if not found:
        message = f"{line(folder)}: no file in it ends in .json"
        raise ResultFileError(message)
    return found


def _name(path: Path, folder: str) -> str:
    return os.path.relpath(path, folder)


def _needed(result: Json) -> Json:
    """Return a result without its findings, so that many fit into memory."""
    light = [one | {"findings": [], "covered": []} for one in result["implementations"]]
    return result | {"implementations": light}


def history_text(courses: list[Course]) -> str:
    """Return what changed as plain text, oldest first."""
    lines: list[str] = []
    for course in courses:
        last = course.points[-1]
        said = f"{last.broken} broken, {last.passing} kept, {last.other} not judged"
        number = len(course.points)
        lines.append(f"{course.name}: {number} result{'' if number == 1 else 's'}; now {said}")
        for step in course.steps:
            versions = f"  {step.point.versions}" if step.point.versions else ""
            lines.append(f"  {step.point.started}{versions}  ({step.point.file})")
            lines += [f"    {turn.clause}: {turn.before} → {turn.after}" for turn in step.turns]
        if not course.steps:
            lines.append("  no verdict changed")
    return "\n".join(lines) + "\n"
