"""Whether what was observed is what a dialect answers, by the loops of the reference."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np

from conformance.cases.case import Array, dtype_of
from conformance.identify.observation import Kind, Observation
from conformance.identify.probe import Probe
from conformance.nonconformance import same_bits
from conformance.oracle import legal
from conformance.quiet import quiet
from reference.dialect import Dialect
from reference.forward import Forward, Position, forward
from reference.indices import offset
from reference.pool import Pool

Share: TypeAlias = dict[Position, object]


@dataclass(frozen=True, slots=True)
class Plane:
    """What a dialect answers to one plane of an input."""

    number: int
    at: Position
    """Its batch item and its channel."""
    x: Array
    found: Forward


def fits(observation: Observation, probe: Probe, dialect: Dialect) -> bool:
    """Return whether a dialect answers what was observed, as far as the probe reads it."""
    if not is_legal(probe, dialect):
        return observation.forward.kind is Kind.REFUSED
    if not observation.forward.answered:
        return False
    with quiet():
        return all(_READERS[part](observation, probe, dialect) for part in probe.parts(observation))


def is_legal(probe: Probe, dialect: Dialect) -> bool:
    """Return whether a dialect answers a probe at all."""
    return legal(probe.x.shape, probe.pool, dialect)


def planes(probe: Probe, dialect: Dialect) -> Iterator[Plane]:
    """Yield what a dialect answers, plane by plane; equal planes are worked out once."""
    x, pool, dtype = probe.x, probe.pool, probe.x.dtype.name
    for number, at in enumerate(np.ndindex(x.shape[: -pool.rank])):
        plane = x[at]
        found = _found(plane.tobytes(), dtype, plane.shape, pool, dialect)
        yield Plane(number, at, plane, found)


@lru_cache(maxsize=20_000)
def _found(
    data: bytes, dtype: str, sizes: tuple[int, ...], pool: Pool, dialect: Dialect
) -> Forward:
    x = np.frombuffer(data, dtype_of(dtype)).reshape(1, *sizes)
    return forward(x, pool, dialect)


def expected(probe: Probe, dialect: Dialect) -> Array:
    """Return the values that a dialect answers; where it leaves them open, some of them."""
    lead = probe.x.shape[: -probe.pool.rank]
    parts = [plane.found.y[0] for plane in planes(probe, dialect)]
    return np.array(parts, probe.x.dtype).reshape(*lead, *parts[0].shape)


def _same_values(observation: Observation, probe: Probe, dialect: Dialect) -> bool:
    y = observation.forward.array
    if y is None:
        return False
    right = expected(probe, dialect)
    if y.shape != right.shape or y.dtype != right.dtype:
        return False
    wrong = ~same_bits(right, y)
    if dialect.signed_zero == "any" and wrong.any():
        wrong &= ~_open_zeros(y, probe, dialect)
    return not wrong.any()


def _open_zeros(y: Array, probe: Probe, dialect: Dialect) -> Array:
    """Return where a zero stands in its window, of whichever sign it is."""
    rows = y.reshape(math.prod(y.shape[: -probe.pool.rank]), -1)
    found = np.zeros(rows.shape, bool)
    for plane in planes(probe, dialect):
        for window, largest in enumerate(plane.found.largest):
            value = rows[plane.number, window]
            signs = {bool(np.signbit(plane.x[one])) for one in largest if plane.x[one] == 0}
            found[plane.number, window] = value == 0 and bool(np.signbit(value)) in signs
    return found.reshape(y.shape)


def _same_type(observation: Observation, _probe: Probe, dialect: Dialect) -> bool:
    index = observation.indices.array
    return index is not None and index.dtype.name == dialect.index_type


def _same_indices(observation: Observation, probe: Probe, dialect: Dialect) -> bool:
    index = observation.indices.array
    if index is None or index.dtype.kind not in "iu":
        return False
    rank, shape = probe.pool.rank, probe.x.shape
    lead = shape[:-rank]
    out = next(planes(probe, dialect)).found.y.shape[1:]
    if index.shape != (*lead, *out):
        return False
    rows = index.reshape(math.prod(lead), -1)
    for plane in planes(probe, dialect):
        for value, winners in zip(rows[plane.number].tolist(), plane.found.winners, strict=True):
            named = {offset(one, plane.at, shape, dialect) for one in winners} or {-1}
            if value not in named:
                return False
    return True


def _same_gradient(observation: Observation, probe: Probe, dialect: Dialect) -> bool:
    dx = observation.backward.array
    if dx is None or probe.dy is None or dx.shape != probe.x.shape or dx.dtype != probe.x.dtype:
        return False
    rank = probe.pool.rank
    for plane in planes(probe, dialect):
        dy = probe.dy[plane.at].ravel()
        if not _same_plane(dx[plane.at].reshape(probe.x.shape[-rank:]), dy, plane.found, dialect):
            return False
    return True


def _same_plane(dx: Array, dy: Array, found: Forward, dialect: Dialect) -> bool:
    """Return whether a plane received what it is owed; no element stands in two paid windows."""
    left = dx.copy()
    for window in np.flatnonzero(dy):
        for share in _shares(found, int(window), dy[window], dialect):
            if all(left[at] == much for at, much in share.items()):
                for at in share:
                    left[at] = 0
                break
        else:
            return False
    return not left.any()


def _shares(found: Forward, window: int, gradient: object, dialect: Dialect) -> Iterator[Share]:
    """Yield each way in which a dialect may share out the gradient of one window."""
    largest, winners = found.largest[window], found.winners[window]
    if dialect.gradient_ties == "winner":
        yield from ({winner: gradient} for winner in winners)
    elif dialect.gradient_ties == "split":
        share = gradient / type(gradient)(len(largest))  # type: ignore[operator, call-arg]
        yield dict.fromkeys(largest, share)
    else:
        yield dict.fromkeys(largest, gradient)


_READERS: Final = {
    "values": _same_values,
    "indices": _same_indices,
    "index type": _same_type,
    "gradient": _same_gradient,
}


def same_answer(probe: Probe, one: Dialect, other: Dialect) -> bool:
    """Return whether two dialects answer a probe alike, so that it cannot tell them apart."""
    return _signature(probe, one) == _signature(probe, other)


def _signature(probe: Probe, dialect: Dialect) -> object:
    """Return what a probe could read of a dialect."""
    if not is_legal(probe, dialect):
        return "refused"
    if probe.reads == "index type":
        return dialect.index_type
    found = [(plane.at, plane.found) for plane in planes(probe, dialect)]
    if probe.reads == "values":
        right = expected(probe, dialect)
        zero = dialect.signed_zero if (right == 0).any() else ""
        return right.shape, right.tobytes(), zero
    if probe.reads == "gradient":
        return dialect.gradient_ties, [(at, one.winners, one.largest) for at, one in found]
    shape = probe.x.shape
    return [
        {offset(winner, at, shape, dialect) for winner in winners}
        for at, one in found
        for winners in one.winners
    ]
