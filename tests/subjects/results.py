"""Right pooling, whose results are then turned into something that is no right answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.zoo.sound import Sound
from reference.pool import Pool

Array = NDArray[Any]


class Turned(Sound):
    """Sound for tiling windows, with one of its results turned by a function."""

    def __init__(
        self,
        *,
        pair: Callable[[Array, object], object] = lambda y, saved: (y, saved),
        y: Callable[[Array], object] = lambda y: y,
    ) -> None:
        """Take what becomes of the output, or of the pair of output and saved state."""
        self.claims = frozenset()
        self.turn_pair, self.turn_y = pair, y

    def forward(self, x: Array, pool: Pool) -> Any:  # noqa: ANN401 - wrong on purpose
        """Return what the functions make of the right pair."""
        y, saved = super().forward(x, pool)
        return self.turn_pair(self.turn_y(y), saved)  # type: ignore[arg-type]


class TurnedBack(Sound):
    """Sound for tiling windows, with its input gradient or its indices turned."""

    def __init__(
        self,
        *,
        dx: Callable[[Array], object] = lambda dx: dx,
        index: Callable[[Array], object] = lambda index: index,
    ) -> None:
        """Take what becomes of the input gradient and of the indices."""
        self.claims = frozenset({"gradient", "indices"})
        self.turn_dx, self.turn_index = dx, index

    def backward(self, dy: Array, saved: Any) -> Any:  # noqa: ANN401 - wrong on purpose
        """Return what the function makes of the right input gradient."""
        return self.turn_dx(super().backward(dy, saved))

    def indices(self, saved: Any) -> Any:  # noqa: ANN401 - wrong on purpose
        """Return what the function makes of the right indices."""
        return self.turn_index(super().indices(saved))


class Tensor:
    """An array of another library, which NumPy could convert."""

    def __init__(self, array: Array) -> None:
        """Wrap an array."""
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: ANN401, FBT001 - NumPy's protocol
        """Return the array."""
        return self._array


class Pretender(Tensor):
    """An object that says it is an array."""

    @property  # type: ignore[misc] # the right one can be assigned to
    def __class__(self) -> Any:  # noqa: ANN401 - a lie
        """Return the wrong class."""
        return np.ndarray


class Named(np.ndarray[Any, Any]):
    """An array with a name, as libraries derive them."""


class Flatterer(np.ndarray[Any, Any]):
    """An array that equals whatever it is compared with."""

    def __eq__(self, other: object) -> Any:  # noqa: ANN401 - a lie
        """Return that all is equal."""
        return np.ones(np.shape(self), bool)

    def __ne__(self, other: object) -> Any:  # noqa: ANN401 - a lie
        """Return that nothing differs."""
        return np.zeros(np.shape(self), bool)

    __hash__ = None


def flattering(array: Array) -> Array:
    """Return other numbers that claim to be equal."""
    return (array + 1).astype(array.dtype).view(Flatterer)


def one_by_one(y: Array, saved: object) -> Iterator[object]:
    """Yield the pair."""
    yield y
    yield saved


# Right: only the wrapping is unusual.
pair_as_list = Turned(pair=lambda y, saved: [y, saved])
y_named = Turned(y=lambda y: y.view(Named))
y_read_only = Turned(y=lambda y: np.broadcast_to(y, y.shape))

nothing = Turned(pair=lambda _y, _saved: None)
only_y = Turned(pair=lambda y, _saved: y)
triple = Turned(pair=lambda y, saved: (y, saved, saved))
generator = Turned(pair=one_by_one)
text = Turned(pair=lambda _y, _saved: "ab")
y_none = Turned(y=lambda _y: None)
y_list = Turned(y=lambda y: y.tolist())
y_scalar = Turned(y=lambda y: float(y.max()) if y.size else 0.0)
y_objects = Turned(y=lambda y: y.astype(object))
y_tensor = Turned(y=Tensor)
y_pretender = Turned(y=Pretender)
y_words = Turned(y=lambda y: y.astype("U9"))
y_double = Turned(y=lambda y: y.astype(np.float64))
y_flat = Turned(y=lambda y: y.ravel())
y_short = Turned(y=lambda y: y[..., :-1])
y_flattering = Turned(y=flattering)
y_masked = Turned(y=lambda y: np.ma.array(y + 1, mask=True))
y_garbage = Turned(y=lambda y: np.full_like(y, np.nan))

dx_none = TurnedBack(dx=lambda _dx: None)
dx_list = TurnedBack(dx=lambda dx: dx.tolist())
dx_objects = TurnedBack(dx=lambda dx: dx.astype(object))
dx_flat = TurnedBack(dx=lambda dx: dx.ravel())
dx_whole = TurnedBack(dx=lambda dx: dx.astype(np.int64))
index_none = TurnedBack(index=lambda _index: None)
index_objects = TurnedBack(index=lambda index: index.astype(object))
index_floats = TurnedBack(index=lambda index: index.astype(np.float64))
index_short = TurnedBack(index=lambda index: index[..., :-1])
index_negative = TurnedBack(index=lambda index: -1 - index)
index_flattering = TurnedBack(index=flattering)
