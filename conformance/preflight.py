"""Imports implementations in a process of their own, before any judging starts.

An import can fail, hang or take the process down; none of that may reach the run.
`python -m conformance.preflight FILE < targets` writes what it finds to FILE as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from conformance.contract import UnusableError
from conformance.registry import Target, load
from implementations import SHIPPED

IMPORT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Passport:
    """What an implementation says of itself."""

    name: str
    address: str
    claims: tuple[str, ...]
    dialect: dict[str, str]
    versions: dict[str, str]
    error: str = ""
    """Why it cannot be judged; empty when it can."""


class Preflight:
    """A running import of all implementations of a run."""

    def __init__(self, targets: Sequence[Target]) -> None:
        """Start the process; it works while the caller goes on."""
        self.targets = targets
        self._folder = tempfile.TemporaryDirectory(prefix="poolproof-")
        self._answer = Path(self._folder.name) / "passports.json"
        questions = json.dumps([asdict(target) for target in targets])
        command = [sys.executable, "-P", "-m", "conformance.preflight", str(self._answer)]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(questions)

    def passports(self) -> list[Passport]:
        """Return what the implementations say of themselves.

        Raises:
            UnusableError: one of them cannot be imported or judged; all are named.
        """
        try:
            status: int | str = self._process.wait(IMPORT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            status = f"no answer within {IMPORT_SECONDS} s"
        found = self._read()
        self._folder.cleanup()
        if len(found) < len(self.targets):
            name = self.targets[len(found)].name
            message = f"{name}: importing it ended the process (exit status {status})"
            if isinstance(status, str):
                message = f"{name}: importing it does not end: {status}"
            raise UnusableError(message)
        errors = [passport.error for passport in found if passport.error]
        if errors:
            raise UnusableError("\n".join(errors))
        return found

    def _read(self) -> list[Passport]:
        if not self._answer.exists():
            return []
        lines = self._answer.read_text("utf-8").splitlines()
        return [Passport(**json.loads(line)) for line in lines]


def passport(target: Target) -> Passport:
    """Import one implementation and return what it says of itself."""
    try:
        found = load(target)
    except UnusableError as error:
        return Passport(target.name, target.address, (), {}, {}, str(error))
    versions = _versions(target)
    declared = dict(found.declared)
    return Passport(target.name, target.address, tuple(sorted(found.claims)), declared, versions)


def _versions(target: Target) -> dict[str, str]:
    """Return the versions of the packages that a shipped adapter needs."""
    shipped = SHIPPED.get(target.name)
    needed = shipped.requires if shipped and shipped.target == target.address else ()
    found = {}
    for name in needed:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def main() -> None:
    """Answer for each target on standard input, a line each, as soon as it is known."""
    targets = [Target(**question) for question in json.load(sys.stdin)]
    with Path(sys.argv[1]).open("w", encoding="utf-8") as answer:
        for target in targets:
            answer.write(json.dumps(asdict(passport(target))) + "\n")
            answer.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # threads and exit handlers of an implementation are not waited for
