"""`poolproof report`: the reports of a run made again from its result file, or from several."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.clauses import UnknownNameError
from conformance.report.forms import FILES, FORMS
from conformance.report.merging import MergeError, merged, only
from conformance.report.reading import ResultFileError, read_result
from conformance.report.untrusted import line
from conformance.report.writing import ReportPathError, check_apart, write_whole
from conformance.verdict import Json

UNUSABLE = 2


def report_command(options: argparse.Namespace) -> int:
    """Write the reports that were asked for, or print one where none was; return the status."""
    try:
        files = _files(options)
        result = _chosen(merged({path: read_result(path) for path in options.results}), options)
        texts = {files[form]: FORMS[form](result) for form in files}  # all, before any is written
        if options.out:
            _make_folder(options.out)
        check_apart(list(files.values()), options.results)
        if not texts:
            _show(result)
        for path, text in texts.items():
            write_whole(path, text)
    except (ResultFileError, MergeError, ReportPathError, UnknownNameError) as error:
        print(f"poolproof: {line(error, 1000)}", file=sys.stderr)
        return UNUSABLE
    return 0


def _files(options: argparse.Namespace) -> dict[str, str]:
    """Return where each form that was asked for goes."""
    files = {}
    if options.out:
        files = {form: str(Path(options.out, name)) for form, name in FILES.items()}
    return files | {form: getattr(options, form) for form in FORMS if getattr(options, form)}


def _make_folder(path: str) -> None:
    """Make the folder that holds all forms.

    Raises:
        ReportPathError: it cannot be made.
    """
    try:
        Path(path).mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        said = str(getattr(error, "strerror", None) or error)
        message = f"{path}: the folder for the reports cannot be made: {said}"
        raise ReportPathError(message) from error


def _chosen(result: Json, options: argparse.Namespace) -> Json:
    """Return the result, or its part about what was named.

    Raises:
        UnknownNameError: a name that is not in it.
    """
    names: Sequence[str] = options.only or ()
    known = [one["name"] for one in result["implementations"]]
    kind = "implementation of these results"
    for name in names:
        if name not in known:
            raise UnknownNameError(kind, name, known)
    return only(result, names) if names else result


def _show(result: Json) -> None:
    from rich.console import Console

    from conformance.report.terminal import show_run

    show_run(result, Console(highlight=False))
