"""Result files as a test needs them: written to a folder, and altered in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.report.forms import render_json
from conformance.verdict import Json


def write(folder: Path, name: str, values: Json) -> str:
    """Write a result and return its path."""
    path = folder / name
    path.write_text(render_json(values), "utf-8")
    return str(path)


def altered(path: tuple[str | int, ...], value: object) -> Callable[[Json], None]:
    """Return a function that changes one place of a result."""

    def change(values: Json) -> None:
        at: Any = values
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change
