"""Calls of an implementation, guarded: whatever it does is a result or a nonconformance."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.cases.case import Array, Case
from conformance.contract import Implementation
from conformance.crowds import Descriptors, Memory
from conformance.floats import FloatState
from conformance.handover import (
    Loan,
    Outcome,
    attempt,
    is_plain,
    lent_writable,
    plain_array,
    returned,
    unlock,
)
from conformance.isolation.flight import Recorder, Silence
from conformance.nonconformance import NonconformanceError, native, require_like, same_bits
from conformance.oracle import answer, legal, output_shape
from reference.dialect import Dialect
from reference.geometry import extent
from reference.pool import Pool

SECONDS_PER_ELEMENT = 5e-6
"""Added to the limit of a call per element or tap: a plain Python loop is slow, not hung."""
SECONDS_PER_STEP = 2e-9
"""Added per element and position that a window spans: so much does a filter without strides."""
ANSWERED_ELEMENTS = 10_000
"""Of a larger output nobody looks at more than the shape."""
EMPTY_ELEMENTS = 2**24
"""Inputs of more elements are zeros but for a few, and the system gives zeros away unwritten."""


def _seconds_of_work(shape: tuple[int, ...], pool: Pool, dialect: Dialect) -> float:
    """Return how long a slow loop may take for the elements, taps and spans of a call.

    A call that is to be refused has elements only.
    """
    elements = math.prod(shape)
    if not legal(shape, pool, dialect):
        return elements * SECONDS_PER_ELEMENT
    kernel = pool.kernel_size
    taps = math.prod(output_shape(shape, pool, dialect)) * math.prod(kernel)
    spans = math.prod(extent(k, d) for k, d in zip(kernel, pool.dilation, strict=True))
    return max(elements, taps) * SECONDS_PER_ELEMENT + elements * spans * SECONDS_PER_STEP


class Bench:
    """An implementation ready to be called, with the recorder that watches it."""

    def __init__(
        self, implementation: Implementation, recorder: Recorder | Silence, call_limit: float
    ) -> None:
        """Take the implementation, the recorder of this process, and the seconds for a call."""
        self.implementation = implementation
        self.recorder = recorder
        self.check = ""
        """The clause and the check that are being judged, as the flight recorder notes them."""
        self.case: Case | None = None
        self._place = "\t"
        self.limit = 0.0
        self.sent_back: Array | None = None
        """The output gradient of the last call, where that was backward."""
        self.shrinking = 0.0
        """Seconds that went into making this implementation's failures small."""
        self.call_limit = call_limit
        self.longest = 0.0
        """Seconds that the longest call took."""
        self.refused = False
        """Whether the last call was refused as something that is not done."""
        self.crowds = (Descriptors(), Memory())
        self.floats = FloatState()

    def turn_to(self, case: Case) -> None:
        """Note on which case the next calls are made, and how long each may take."""
        if self.case is not case:
            self.case, self._place = case, f"{case.id}\t{case}"
            self.limit = self._limit_of(case.shape, case.pool)

    def _limit_of(self, shape: tuple[int, ...], pool: Pool) -> float:
        """Return the seconds that one call may take."""
        allowed = max(self.call_limit, self.implementation.call_limit)
        return allowed + _seconds_of_work(shape, pool, self.implementation.dialect)

    def outcome(self, method: str, *arguments: object) -> Outcome:
        """Return what one call came to."""
        beside = self._beside(*arguments) if method == "forward" else ""
        if beside:
            self._stretch(*arguments)
        self.recorder.enter(f"{self.check}\t{self._place}\t{method}{beside}", self.limit)
        self.sent_back = np.array(arguments[0]) if method == "backward" else None
        subject, lent = self.implementation.subject, lent_writable(method, arguments[0])
        self.floats.enter()
        begun = time.monotonic()
        result = attempt(lambda: getattr(subject, method)(*arguments))
        self.longest = max(self.longest, time.monotonic() - begun)
        self.floats.leave()
        self.recorder.leave()
        if lent is not None:
            unlock(lent)
        self.refused = isinstance(result.raised, NotImplementedError)
        return result

    def _stretch(self, x: Any, pool: Any) -> None:  # noqa: ANN401 - as outcome has them
        """Let a call that is larger than the case take longer, and going back through it."""
        self.limit = max(self.limit, self._limit_of(x.shape, pool))

    def _beside(self, x: Any, pool: Any) -> str:  # noqa: ANN401 - as outcome has them
        """Return how a call of forward differs from that of the case; empty where it does not."""
        if self.case is None or (pool == self.case.pool and x.shape == self.case.shape):
            return ""
        return f" with {pool}, shape {x.shape}"

    def value(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - foreign
        """Return the value of a legal call.

        Raises:
            NonconformanceError: it raised instead.
        """
        return returned(method, arguments[0], self.outcome(method, *arguments))

    def unless_declined(self, x: Array, method: str, *arguments: object) -> Array | None:
        """Return the array of backward or indices; None if it is refused and may be.

        It may where an input may be refused for what it is, as `unless_refused` has it.
        """
        outcome = self.outcome(method, *arguments)
        if not is_plain(x) and isinstance(outcome.raised, self.implementation.every_refusal):
            return None
        return plain_array(method, returned(method, arguments[0], outcome))

    def array(self, method: str, *arguments: object) -> Array:
        """Return the array that backward or indices answers with."""
        return plain_array(method, self.value(method, *arguments))

    def forward(self, x: Array, pool: Pool) -> tuple[Array, Any]:
        """Return (y, saved) of a legal call."""
        loan = Loan(x, pool)
        return loan.repaid(self.value("forward", x, loan.parameters))

    def unless_refused(
        self, x: Array, pool: Pool, refusals: tuple[type[BaseException], ...] = ()
    ) -> tuple[Array, Any] | None:
        """Return (y, saved) of a call; None if it is refused, and the specification leaves it open.

        That is what `refusals` do, and those of an input in non-native byte order, not aligned or
        of a dtype that is spelt otherwise: see `layout.byte-order` and `layout.alignment`.
        """
        loan = Loan(x, pool)
        outcome = self.outcome("forward", x, loan.parameters)
        open_to = () if is_plain(x) else self.implementation.every_refusal
        if isinstance(outcome.raised, (*refusals, *open_to)):
            return None
        return loan.repaid(returned("forward", x, outcome))


def _lent(original: Array, case: Case, seed: int) -> Array:
    """Return what the implementation is handed: a copy of the input that nobody else has.

    What is very large is all but empty: made again it takes no memory, copied it takes all.
    """
    again = case.x(seed) if original.size > EMPTY_ELEMENTS else original
    return again.copy() if np.may_share_memory(again, original) else again


class Look:
    """One implementation looking at one case. Results are computed when first asked for."""

    def __init__(self, bench: Bench, case: Case, seed: int) -> None:
        """Run the forward pass on a new copy of the input."""
        self.bench, self.case, self.seed = bench, case, seed
        self.implementation = bench.implementation
        bench.turn_to(case)
        self.original = case.x(seed)
        """The input, never handed to the implementation; read-only."""
        self.original.flags.writeable = False
        self.x = _lent(self.original, case, seed)
        self.kept: dict[str, Any] = {}
        """What laws compute from the case and may use again."""
        self.y, self.saved = bench.forward(self.x, case.pool)
        self._values: Array | None = None
        self._dx: dict[str, Array] = {}
        self._index: Array | None = None

    def claims(self, call: str, pool: Pool | None = None, x: Array | None = None) -> bool:
        """Return whether `gradient` or `indices` is offered for this or another call.

        A gradient is of floats: that of whole numbers is an error, `grad.integers`.
        """
        dtype = self.original.dtype if x is None else x.dtype
        if call == "gradient" and dtype.kind in "iub":
            return False
        if x is not None:
            return self.offers(x, call, pool=pool)
        asked = (self.case.shape, self.case.dtype, pool or self.case.pool)
        return not self.implementation.lacking(*asked, call)

    def offers(self, x: Array, *calls: str, pool: Pool | None = None) -> bool:
        """Return whether another input is taken, and then these calls."""
        asked = (x.shape, x.dtype.name, pool or self.case.pool)
        return not self.implementation.lacking(*asked, *calls)

    @property
    def values(self) -> Array:
        """Return the output, of the right shape and dtype, in native byte order."""
        if self._values is None:
            self._require_output(self.original, self.case.pool, self.y)
            self._values = native(self.y)
        return self._values

    @property
    def dy(self) -> Array:
        """Return a new copy of the case's output gradient."""
        if "dy" not in self.kept:
            self.kept["dy"] = self.case.dy(self.values.shape, self.seed)
        return np.array(self.kept["dy"])

    @property
    def index(self) -> Array:
        """Return the indices, as the implementation writes them."""
        if self._index is None:
            self.bench.turn_to(self.case)
            self._index = self.bench.array("indices", self.saved)
        return self._index

    @property
    def indices(self) -> Array:
        """Return the indices, of the right shape and of whole numbers."""
        index, shape = self.index, self.values.shape
        if index.shape != shape:
            note = f"the shape of the indices is {index.shape}, not {shape}"
            raise NonconformanceError(f"indices of shape {shape}", index, note)
        if index.dtype.kind not in "iu":
            note = f"the indices are {index.dtype}, not whole numbers"
            raise NonconformanceError("indices of whole numbers", index, note)
        return native(index)

    def dx(self, dy: Array, key: str) -> Array:
        """Return the input gradient for `dy`; asked again with the same key, the same one."""
        if key not in self._dx:
            self.bench.turn_to(self.case)
            self._dx[key] = self.bench.array("backward", dy, self.saved)
        self.bench.sent_back = dy
        require_like(self.original.shape, self.original.dtype, self._dx[key])
        return self._dx[key]

    def again(self, x: Array, pool: Pool | None = None) -> Array:
        """Return the output for another input, and perhaps other parameters, of the right form."""
        self.bench.turn_to(self.case)
        chosen = pool or self.case.pool
        y = self.bench.forward(x, chosen)[0]
        self._require_output(x, chosen, y)
        return y

    def _require_output(self, x: Array, pool: Pool, y: Array) -> None:
        """Require the shape and dtype of the right output, which is shown if it is not large."""
        dialect = self.implementation.dialect
        shape = output_shape(x.shape, pool, dialect)
        try:
            require_like(shape, x.dtype, y)
        except NonconformanceError as error:
            if math.prod(shape) <= ANSWERED_ELEMENTS:
                case = replace(self.case.of(x, pool), dtype=x.dtype.name)
                error.expected = answer(case, self.seed, dialect).y
            raise

    def require_forms(self) -> None:
        """Require that every result that is claimed has the right form."""
        dy = self.dy
        if self.claims("indices"):
            _ = self.indices
        if self.claims("gradient"):
            self.dx(dy, "case")

    @property
    def untouched(self) -> bool:
        """Return whether the input still holds what it held."""
        return bool(same_bits(self.original, self.x).all())
