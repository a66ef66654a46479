"""What forward saves is a conversation with a generator."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unusual.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from reference.pool import Pool

claims = frozenset(
    (
        *("gradient", "indices", "overlap", "gaps", "remainder", "padding"),
        *("asymmetric-padding", "dilation", "ceil", "rank-1", "unbatched", "float16", "int32"),
    )
)


class Conversation:
    """A generator that answers dx to a dy and the winners to None, one question at a time."""

    def __init__(self, answers: Generator[NDArray[Any], NDArray[Any] | None, None]) -> None:
        """Start the generator; nobody sees its first answer."""
        self.answers, self.lock = answers, Lock()
        next(self.answers)

    def ask(self, dy: NDArray[Any] | None) -> NDArray[Any]:
        """Return the answer to one question."""
        with self.lock:
            return self.answers.send(dy)


class Answered(Conversation):
    """A conversation that knows which questions can be answered."""

    def __init__(
        self,
        answers: Generator[NDArray[Any], NDArray[Any] | None, None],
        shape: tuple[int, ...],
        *,
        differentiable: bool,
    ) -> None:
        """Keep the shape of y, so that a wrong question never reaches the generator."""
        super().__init__(answers)
        self.shape, self.differentiable = shape, differentiable


def forward(x: NDArray[Any], pool: Pool) -> tuple[NDArray[Any], Answered]:
    """Return y, shape (N, C, outputs) or (C, outputs), and a conversation.

    Raises:
        ValueError: the call is invalid.
        NotImplementedError: the call needs a feature that is not claimed.
    """
    outputs = refuse(x, pool, claims)
    lead, sizes = x.shape[: -pool.rank], x.shape[-pool.rank :]
    y = np.empty((*lead, int(np.prod(outputs))), x.dtype)
    winners = np.empty(y.shape, np.int64)
    planes = x.reshape(*lead, int(np.prod(sizes)))
    for window, places in enumerate(_windows(sizes, outputs, pool)):
        best = np.zeros(lead, np.int64)
        top = planes[..., places[0]]
        for number, place in enumerate(places[1:], 1):
            value = planes[..., place]
            higher = (value > top) | (np.isnan(value) & ~np.isnan(top))
            best, top = np.where(higher, number, best), np.where(higher, value, top)
        y[..., window], winners[..., window] = top, np.array(places)[best]
    shape = (*lead, *outputs)
    answers = _answers(winners.reshape(shape), x.shape, pool.rank, x.dtype)
    saved = Answered(answers, shape, differentiable=x.dtype.kind == "f")
    return y.reshape(shape), saved


def _windows(sizes: tuple[int, ...], outputs: tuple[int, ...], pool: Pool) -> Iterator[list[int]]:
    """Yield the offsets of the real elements of each window, row by row."""
    for window in np.ndindex(outputs):
        places = [0]
        for axis, (o, n) in enumerate(zip(window, sizes, strict=True)):
            start = o * pool.stride[axis] - pool.padding[axis][0]
            d = pool.dilation[axis]
            line = range(start % d if start < 0 else start, start + pool.kernel_size[axis] * d, d)
            places = [place * n + i for place in places for i in line if i < n]
        yield places


def _answers(
    winners: NDArray[np.int64], shape: tuple[int, ...], rank: int, dtype: np.dtype[Any]
) -> Generator[NDArray[Any], NDArray[Any] | None, None]:
    dy = yield winners
    count = int(np.prod(shape[:-rank]))
    seats = winners.reshape(count, int(np.prod(winners.shape[-rank:])))
    while True:
        if dy is None:
            dy = yield winners.copy()
            continue
        dx = np.zeros((count, int(np.prod(shape[-rank:]))))
        for plane, seat, flow in zip(dx, seats, dy.reshape(seats.shape), strict=True):
            for place, amount in zip(seat.tolist(), flow.tolist(), strict=True):
                plane[place] += amount
        dy = yield _narrowed(dx, dtype).reshape(shape)


def _narrowed(dx: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        return dx.astype(dtype)


def backward(dy: NDArray[Any], saved: Answered) -> NDArray[Any]:
    """Return dx, with the shape and the dtype of x.

    Raises:
        ValueError: dy has not the shape of y.
        TypeError: x held integers.
    """
    if not saved.differentiable:
        message = "integers cannot be differentiated"
        raise TypeError(message)
    if dy.shape != saved.shape:
        message = f"the output has shape {saved.shape}, not {dy.shape}"
        raise ValueError(message)
    return saved.ask(dy)


def indices(saved: Answered) -> NDArray[np.int64]:
    """Return the offsets of the winners, int64, with the shape of y."""
    return saved.ask(None)
