"""All results of one call, and whether those of two calls are the same."""

from __future__ import annotations

import numpy as np

from conformance.calls import Look
from conformance.cases.case import Array
from conformance.gather import first_largest, open_sums, open_ties, windows
from conformance.nonconformance import native, require_equal, require_same
from reference.pool import Pool

GRADIENT = "input gradient"
WHOLE = 16
"""A number of which 1, 2, 4, 8 and 16 equals get a whole number each."""


def everything(look: Look, x: Array, pool: Pool, times: int = 1) -> list[tuple[str, Array]]:
    """Return all results of one call, computed now; the output gradient is taken `times`."""
    return of_pair(look, look.bench.forward(x, pool), x, pool, times)


def of_pair(
    look: Look, pair: tuple[Array, object], x: Array, pool: Pool, times: int = 1
) -> list[tuple[str, Array]]:
    """Return all results of a call whose forward pass has been made."""
    y, saved = pair
    return [("output", y), *gone_back(look, saved, x, y, pool, times)]


def gone_back(  # noqa: PLR0913, PLR0917 - a call, what it came to, and how to go back
    look: Look, saved: object, x: Array, y: Array, pool: Pool, times: int = 1
) -> list[tuple[str, Array]]:
    """Return indices and input gradient of a forward pass; the output gradient is taken `times`.

    Not those that may differ from call to call, as several elements may win or have a share, nor
    those that are refused and may be.
    """
    found, dy = [], sent_back(look, x, y, pool, times)
    if names_winners(look, x, pool):
        found.append(("indices", look.bench.unless_declined(x, "indices", saved)))
    if dy is not None:
        found.append((GRADIENT, look.bench.unless_declined(x, "backward", dy, saved)))
    return [(name, array) for name, array in found if array is not None]


def names_winners(look: Look, x: Array, pool: Pool) -> bool:
    """Return whether indices are offered for a call, and the same in every one that is equal."""
    return look.claims("indices", pool, x) and not open_ties(look, x)


def sent_back(look: Look, x: Array, y: Array, pool: Pool, times: int) -> Array | None:
    """Return the output gradient for a call; None if none is offered, or its gradient is open."""
    if not look.claims("gradient", pool, x) or open_sums(look, x):
        return None
    return (look.case.dy(y.shape, look.seed) * times).astype(native(y).dtype)


def of_exact_shares(look: Look, dy: Array) -> Array:
    """Return an output gradient whose shares among equals add up exactly, in whatever order."""
    skip_nan = look.implementation.dialect.nan == "ignore"
    _, equals = first_largest(windows(look), skip_nan=skip_nan)
    is_whole = (equals & (equals - 1) == 0) & (equals <= WHOLE)
    return np.asarray(np.where(is_whole.reshape(dy.shape), dy * WHOLE, 0).astype(dy.dtype))


def same_everything(
    expected: list[tuple[str, Array]], got: list[tuple[str, Array]], note: str
) -> None:
    """Require the same results of two calls; the sign of a gradient that sums to zero is open."""
    for (name, first), (_, second) in zip(expected, got, strict=True):
        require = require_equal if name == GRADIENT else require_same
        require(first, second, f"{note}: the {name} changed")


def opposite(x: Array) -> Array:
    """Return other elements of the type, in which what was large is small."""
    return np.asarray(~x if x.dtype.kind == "b" else -x)


def copies(found: list[tuple[str, Array]]) -> list[tuple[str, Array]]:
    """Return results that nothing changes any more."""
    return [(name, array.copy()) for name, array in found]
