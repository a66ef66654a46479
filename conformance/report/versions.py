"""The versions that were judged: those of an environment together."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.report import untrusted
from conformance.report.merging import runs_of
from conformance.verdict import Json

OF_ALL = ("python", "numpy")
"""What of an environment bears on every implementation."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What was judged together, and the versions of what it needs."""

    implementations: tuple[str, ...]
    versions: dict[str, str]

    def agrees(self, other: Environment) -> bool:
        """Return whether every version that both name is the same."""
        shared = self.versions.keys() & other.versions.keys()
        return all(self.versions[name] == other.versions[name] for name in shared)

    def beside(self, other: Environment) -> Environment:
        """Return both as one."""
        every = (*self.implementations, *other.implementations)
        return Environment(tuple(dict.fromkeys(every)), self.versions | other.versions)


def environments(run: Json) -> list[Environment]:
    """Return the environments of a result, those that agree as one."""
    found: list[Environment] = []
    for part in runs_of(run):
        one = _environment(run, part)
        alike = next((other for other in found if other.agrees(one)), None)
        if alike is None:
            found.append(one)
        else:
            found[found.index(alike)] = alike.beside(one)
    return found


def _environment(run: Json, part: Json) -> Environment:
    """Return the environment of one of the runs of a result."""
    judged = {one["name"]: one for one in run["implementations"]}
    names = [name for name in part["implementations"] if name in judged]
    versions = {name: part["environment"][name] for name in OF_ALL if name in part["environment"]}
    for name in names:
        versions |= {at: one for at, one in judged[name]["versions"].items() if at not in versions}
    return Environment(tuple(names), versions)


def told(run: Json) -> list[list[str]]:
    """Return the versions of each environment in words; of several, the first says of whom."""
    every = [one for one in environments(run) if one.versions]
    lines = [[_words(name, one.versions[name]) for name in one.versions] for one in every]
    if len(every) > 1:
        for one, line in zip(every, lines, strict=True):
            line[0] = f"{untrusted.line(', '.join(one.implementations))}: {line[0]}"
    return lines


def _words(name: str, version: str) -> str:
    return untrusted.line(f"{name} {version}", untrusted.NAME)
