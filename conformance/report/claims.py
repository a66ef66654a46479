"""Which windows claim which element: the gradient of a finding, element by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from conformance.findings import array_of, case_of
from conformance.quiet import quiet
from conformance.report import planes
from conformance.verdict import Json
from reference.dialect import Dialect
from reference.forward import Forward, forward
from reference.pool import Pool

SHOWN = 6
"""The most elements that are told of."""
TAPS = 4_000
"""A call with more taps is not worked out for a report."""

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """The call of a finding, worked out: what stands in every window, and who wins."""

    x: np.ndarray[Place, np.dtype[np.generic]]
    pool: Pool
    found: Forward
    dy: np.ndarray[Place, np.dtype[np.generic]] | None

    @property
    def windows(self) -> Mapping[Place, tuple[Place, ...]]:
        """Return, by place in the output, the places in the input that may win it."""
        places = np.ndindex(self.found.y.shape)
        lead = self.x.ndim - self.pool.rank
        return {
            place: tuple((*place[:lead], *winner) for winner in winners)
            for place, winners in zip(places, self.found.winners, strict=True)
        }


def scene(finding: Json, dialect: Mapping[str, str] | None = None) -> Scene | None:
    """Return the call of a finding worked out; None where it is unknown, large or forbidden."""
    try:
        case = case_of(finding)
    except (ValueError, TypeError, KeyError):
        return None
    if case is None or case.pool.rank + 1 > len(case.shape):
        return None
    switches = {name.replace("-", "_"): value for name, value in (dialect or {}).items()}
    if np.prod(case.shape) * max(1, np.prod(case.pool.kernel_size, dtype=float)) > TAPS:
        return None
    x = case.x(0)
    try:
        with quiet():
            found = forward(x, case.pool, Dialect(**switches))
    except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError):
        return None
    given = {one["name"]: one for one in finding["arguments"]}
    dy = given.get("dy")
    sent = array_of(dy["data"], dy) if dy and dy["data"] is not None else None
    fits = sent is not None and sent.shape == found.y.shape
    return Scene(x, case.pool, found, sent if fits else None)


def about_argument(finding: Json) -> bool:
    """Return whether what was expected is an argument, which the call wrote into."""
    return "wrote into" in finding["note"]


def about_gradient(finding: Json, at: Scene) -> bool:
    """Return whether what was expected is an input gradient."""
    sides = planes.shape_of(finding["expected"]["data"]), planes.shape_of(finding["got"]["data"])
    alike = sides == (at.x.shape, at.x.shape)
    return at.dy is not None and alike and not about_argument(finding)


def told(finding: Json) -> list[str]:
    """Return, for elements whose gradient differs, which windows claim them and what they got."""
    at = scene(finding)
    if at is None or not about_gradient(finding, at) or at.dy is None:
        return []
    differing = planes.differing(finding["expected"]["data"], finding["got"]["data"]) or []
    windows = at.windows
    lines = []
    for place in differing[:SHOWN]:
        owners = [window for window, winners in windows.items() if place in winners[:1]]
        shares = [(list(window), planes.token(float(at.dy[window]))) for window in owners]
        owed = " and ".join(f"{window} with {share}" for window, share in shares)
        got = planes.at(finding["got"]["data"], place)
        lines.append(f"{list(place)} is claimed by {_named(owed)}; it got {got}")
    more = len(differing) - SHOWN
    return [*lines, f"and {more} more"] if more > 0 else lines


def _named(owed: str) -> str:
    several = "s" if " and " in owed else ""
    return f"the window{several} {owed}" if owed else "no window"
