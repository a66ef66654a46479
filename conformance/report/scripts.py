"""The scripts of findings as files."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.report.writing import write_whole
from conformance.verdict import Json


def write_scripts(run: Json, folder: str | Path) -> dict[str, str]:
    """Write the script of every finding that has one; return, by finding, the path.

    The folder is made where it is missing.

    Raises:
        OSError: a file cannot be written.
    """
    place = Path(folder)
    written: dict[str, str] = {}
    taken: set[str] = set()
    for one in run["implementations"]:
        for finding in one["findings"]:
            if not finding["script"]:
                continue
            place.mkdir(parents=True, exist_ok=True)
            path = place / _name(finding["id"], taken)
            write_whole(path, finding["script"])
            written[finding["id"]] = str(path)
    return written


def _name(found: str, taken: set[str]) -> str:
    """Return a file name for a finding that no other of this run has."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", found).strip("-")[:80] or "finding"
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain}-{number}", number + 1
    taken.add(name)
    return f"{name}.py"
