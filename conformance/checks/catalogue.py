"""The checks as a list, for who runs them without pytest."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.judge import Judge

MODULES = (
    "results",
    "window",
    "shape",
    "values",
    "specials",
    "winners",
    "equals",
    "rests",
    "gradient",
    "refused_gradients",
    "derivative",
    "purity",
    "layout",
    "reach",
    "typed",
    "ramps",
    "feet",
    "kernels",
    "declared",
    "sums",
    "twins",
    "threads",
    "handover",
    "sharing",
    "outliving",
    "memory",
    "search",
    "refusals",
)


ORDER = Path(__file__).with_name("order.txt")
"""A clause and a check per line, written by `python -m conformance.checks.ordering`."""


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One check of one clause."""

    clause: str
    name: str
    function: Callable[..., None]
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Return clause and name, by which the check is known."""
        return f"{self.clause} {self.name}"

    def run(self, judge: Judge) -> None:
        """Run the check; the judge keeps what it finds."""
        self.function(judge, **self.arguments)


@cache
def checks() -> tuple[Check, ...]:
    """Return every check: those of ORDER as they stand there, then the others as written."""
    found: list[Check] = []
    for name in MODULES:
        module = importlib.import_module(f"conformance.checks.test_{name}")
        found += [check for function in _tests(module) for check in _checks(function)]
    place = {line: number for number, line in enumerate(order())}
    return tuple(sorted(found, key=lambda check: place.get(check.line, len(place))))


@cache
def order() -> tuple[str, ...]:
    """Return the lines of ORDER, each a clause and the name of a check."""
    lines = ORDER.read_text("utf-8").splitlines() if ORDER.exists() else []
    return tuple(line for line in lines if not line.startswith("#"))


def _tests(module: ModuleType) -> Iterator[Callable[..., None]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_") and function.__module__ == module.__name__:
            yield function


def _checks(function: Callable[..., None]) -> Iterator[Check]:
    marks = getattr(function, "pytestmark")  # noqa: B009 - pytest's attribute of marked functions
    name = function.__name__
    for mark in marks:
        if mark.name == "clause":
            yield Check(mark.args[0], name, function)
        if mark.name == "parametrize":
            for parameter in mark.args[1]:
                cited = next(one for one in parameter.marks if one.name == "clause")
                yield Check(cited.args[0], name, function, {mark.args[0]: parameter.values[0]})
