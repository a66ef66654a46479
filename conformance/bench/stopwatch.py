"""The process that one implementation is timed in: it makes calls and says how long they took."""

from __future__ import annotations

import gc
import importlib
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from conformance.bench.layers import Layer
from conformance.bench.memory import peak_of
from conformance.bench.numbers import digest, sealed, whole
from conformance.cases.case import Array
from conformance.contract import Implementation, UnusableError, one_line
from conformance.isolation.cell import Answers
from conformance.registry import Target, load, shipped_at
from conformance.verdict import Json
from reference.pool import Pool

COPY = Target("copy", "")
"""In place of an implementation: a copy of the input, to see what the memory gives."""
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
PAGE = 4096
"""Bytes after which some processors take two places for one."""
PAIR = 2
Prepared = tuple[Callable[[], Any], Callable[[Any], tuple[Array, ...]]]


def limits(threads: int) -> dict[str, str]:
    """Return the variables that tell frameworks how many threads to use."""
    eigen = str(threads > 1).lower()
    number = (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
        *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "RAYON_NUM_THREADS"),
        *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
    )
    flags = f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"
    return dict.fromkeys(number, str(threads)) | {"XLA_FLAGS": flags}


def open_stopwatch(target: Target, threads: int, clock: str) -> Answers:
    """Import an implementation and return what answers to {do: prepare} and {do: time}.

    It and all it starts may use as many cores as threads, whatever it makes of the variables.

    Raises:
        UnusableError: it cannot be timed.
    """
    os.environ.update(limits(threads))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    stopwatch = Stopwatch(target, threads, CLOCKS[clock])
    return lambda request: getattr(stopwatch, request.pop("do"))(**request)


class Stopwatch:
    """One implementation, and the call that is timed at present."""

    def __init__(self, target: Target, threads: int, clock: Callable[[], float]) -> None:
        """Import the implementation."""
        self._threads, self._clock = threads, clock
        self._found = None if target == COPY else load(target)
        self._engine = None if target == COPY else _engine(target, self._found)
        self._run: Callable[[], Any] = lambda: None
        self._read: Callable[[Any], tuple[Array, ...]] = lambda _: ()

    def prepare(self, shape: list[int], pool: Json, *, backward: bool) -> Json:
        """Make the arrays of a call, and the call three times; the first is the warm-up.

        Returns its digests, the bytes that the second took and the seconds of the third, or why
        the implementation refuses the call.
        """
        layer = Layer("", tuple(shape), _pool(pool))
        self._run = lambda: None
        x, dy = whole(layer, backward=backward)
        try:
            self._run, self._read = self._prepared(x, layer.pool, dy)
            self._run()
            result, peak = peak_of(self._run)
            begun = time.perf_counter()
            self._run()
            seconds = time.perf_counter() - begun
            return {"digests": self._digests(result), "seconds": seconds, "peak": peak}
        except Exception as error:  # noqa: BLE001 - whatever it raises is the row's answer
            # A refusal is not an AssertionError, whatever an engine declares.
            refused = isinstance(error, self._refusals()) and type(error) is not AssertionError
            return {"refused" if refused else "raised": one_line(error)}

    def time(self, calls: int) -> Json:
        """Make one call that is not timed, then so many, and return the seconds of one of them."""
        try:
            self._run()
            gc.collect()
            gc.disable()
            begun = self._clock()
            for _ in range(calls - 1):
                self._run()
            result = self._run()
            seconds = (self._clock() - begun) / calls
        except Exception as error:  # noqa: BLE001 - the same
            return {"raised": one_line(error)}
        finally:
            gc.enable()
        return {"seconds": seconds, "digests": self._digests(result)}

    def _digests(self, result: Any) -> list[int]:  # noqa: ANN401 - of any engine
        read = self._read(result)
        return [sealed(digest(one), one) if _is_comparable(one) else 0 for one in read]

    def _refusals(self) -> tuple[type[BaseException], ...]:
        declared = self._found.refusals if self._found else ()
        return (NotImplementedError, ValueError, TypeError, *declared)

    def _prepared(self, x: Array, pool: Pool, dy: Array | None) -> Prepared:
        """Return what is timed and what turns its result into arrays."""
        if self._found is None:
            out = room_for(x)
            return lambda: np.copyto(out, x), lambda _: ()
        if dy is not None and "gradient" not in self._found.claims:
            message = "no gradient is claimed"
            raise NotImplementedError(message)
        if self._engine is not None:
            prepared: Prepared = self._engine(x, pool, dy, self._threads)
            return prepared
        return _called(self._found.subject, x, pool, dy), lambda result: result


def room_for(x: Array) -> Array:
    """Return room for a copy of an array that lies half a page from where the array does.

    Where it lay a few bytes after it in the page, AMD's Zen 3 and 4 copied ten times slower, as the
    block copy of theirs waits for stores whose addresses end alike: no limit of the memory.
    """
    room = np.empty(x.nbytes + PAGE, np.uint8)
    begin = (x.ctypes.data + PAGE // 2 - room.ctypes.data) % PAGE
    return room[begin : begin + x.nbytes].view(x.dtype).reshape(x.shape)


def _called(subject: Any, x: Array, pool: Pool, dy: Array | None) -> Callable[[], Any]:  # noqa: ANN401 - foreign
    """Return the call of an implementation that offers nothing but the contract."""

    def forward() -> tuple[Any, Any]:
        answer = subject.forward(x, pool)
        if not isinstance(answer, tuple | list) or len(answer) != PAIR:
            message = f"forward returns y and saved, got {type(answer).__name__}"
            raise AssertionError(message)
        return answer[0], answer[1]

    if dy is None:
        return lambda: forward()[:1]

    def both() -> tuple[Any, Any]:
        y, saved = forward()
        return y, subject.backward(dy, saved)

    return both


def _is_comparable(found: object) -> bool:
    return isinstance(found, np.ndarray) and found.dtype == np.float32


def _engine(target: Target, found: Implementation | None) -> Callable[..., Prepared] | None:
    """Return what prepares calls of an engine: `ready` of the implementation, or what ships."""
    shipped = shipped_at(target.address)
    if shipped and shipped.ready:
        ready: Callable[..., Prepared] = importlib.import_module(shipped.ready).ready
        return ready
    own = getattr(found.subject, "ready", None) if found else None
    if own is not None and not callable(own):
        message = f"{target.name}: ready is not callable"
        raise UnusableError(message)
    return own


def described(pool: Pool) -> Json:
    """Return parameters as they are sent to the process."""
    return {name: getattr(pool, name) for name in Pool.__dataclass_fields__}


def _pool(sent: Json) -> Pool:
    kernel_size, stride, dilation = (
        tuple(sent[name]) for name in ("kernel_size", "stride", "dilation")
    )
    padding = tuple((begin, end) for begin, end in sent["padding"])
    return Pool(kernel_size, stride, padding, dilation, sent["ceil_mode"])
