"""Implementations that live in other environments: judged there, by the suite that is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract import UnusableError
from conformance.registry import entry_points, installed, only_named
from conformance.verdict import Json

if TYPE_CHECKING:
    from conformance.run import Options

MESSAGE_LIMIT = 300
ASKING_SECONDS = 120.0
NOT_FOR_OTHERS = frozenset({"PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"})
"""Variables that say where this interpreter finds its own things."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be judged by another interpreter."""

    python: str
    requests: tuple[str, ...]


def errands(pythons: Sequence[str], requests: Sequence[str]) -> tuple[list[Errand], list[str]]:
    """Return what other interpreters judge, and the requests that are left for this one.

    A name goes to the first environment that has it; files and modules go to the first of all.
    Without requests each environment judges what is installed there and nowhere before.

    Raises:
        UnusableError: an interpreter cannot be started, or has not this Poolproof.
    """
    found, left = [], list(requests)
    seen = {target.name for target in installed()}
    for place, python in enumerate(pythons):
        names = _registered(python)
        if requests:
            mine = [one for one in left if _named(one) in names or (place == 0 and _is_path(one))]
            left = [one for one in left if one not in mine]
        else:
            mine = [name for name, is_slow in names.items() if not is_slow and name not in seen]
            seen |= set(mine)
        found += [Errand(python, tuple(mine))] if mine else []
    return found, left


def run(errand: Errand, options: Options) -> Json:
    """Judge what an errand names in its environment and return the result as JSON values.

    Raises:
        UnusableError: it could not be judged there; the message is what was said there.
    """
    with tempfile.TemporaryDirectory(prefix="poolproof-") as folder:
        file = Path(folder) / "result.json"
        asked = [f"--tier={options.tier}", f"--seed={options.seed}", f"-n={options.workers}"]
        asked += [f"--call-limit={options.call_limit}", f"--json={file}", "--no-progress"]
        ended = _start(errand.python, "conformance.cli", "run", *asked, "--", *errand.requests)
        if ended.returncode not in {0, 1}:
            message = f"{errand.python}: {_last(ended.stderr, ended.returncode)}"
            raise UnusableError(message)
        values: Json = json.loads(file.read_text("utf-8"))
    return values


def show() -> int:
    """Print as JSON what is registered and installed here; another interpreter asks for it."""
    names = dict.fromkeys([target.name for target in installed()], False)
    names |= dict.fromkeys(only_named(), True)
    names |= dict.fromkeys(entry_points(), False)
    sys.stdout.write(json.dumps(names) + "\n")
    return 0


def _registered(python: str) -> dict[str, bool]:
    """Return what an environment has by name, and whether it is judged only when named."""
    ended = _start(python, "conformance.commands.elsewhere", limit=ASKING_SECONDS)
    lines = ended.stdout.splitlines()
    if ended.returncode or not lines:
        said = _last(ended.stderr, ended.returncode)
        hint = f"{python} -m pip install poolproof"
        message = f"{python}: Poolproof cannot be used there: {said}; {hint}"
        raise UnusableError(message)
    names: dict[str, bool] = json.loads(lines[-1])
    return names


def _start(
    python: str, module: str, *arguments: str, limit: float | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {key: one for key, one in os.environ.items() if key not in NOT_FOR_OTHERS}
    command = [python, "-m", module, *arguments]
    try:
        return subprocess.run(  # noqa: S603 - the interpreter that the user named
            command, env=environment, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired as error:
        message = f"{python}: it does not answer within {limit:.0f} s"
        raise UnusableError(message) from error
    except OSError as error:
        message = f"{python}: it cannot be started: {error.strerror}"
        raise UnusableError(message) from error


def _last(text: str, status: int) -> str:
    """Return the last line that was said, without the name of the program."""
    lines = [line for line in text.splitlines() if line.strip()]
    return (
        lines[-1].removeprefix("poolproof: ")[:MESSAGE_LIMIT]
        if lines
        else f"it ended with status {status}"
    )


def _named(request: str) -> str:
    """Return the registered name of `NAME=name` or `name`."""
    return request.rpartition("=")[2]


def _is_path(request: str) -> bool:
    place = _named(request)
    return ":" in place or "." in place or os.sep in place


if __name__ == "__main__":
    sys.exit(show())
