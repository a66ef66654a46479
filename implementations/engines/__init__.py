"""Engines as their users run them again and again: models compiled, tensors made beforehand.

An adapter translates every call, which is what is judged and not what is timed. Each module here
has `ready(x, pool, dy, threads)`: it does what is done once, and returns what is timed and what
turns its result into NumPy arrays, (y,) or, where dy is not None, (y, dx).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from implementations.call import Array

Ready: TypeAlias = tuple[Callable[[], Any], Callable[[Any], tuple[Array, ...]]]


def without_gradient(dy: Array | None) -> None:
    """Require that no gradient is asked for.

    Raises:
        NotImplementedError: one is; the engine has none.
    """
    if dy is not None:
        message = "the engine has no gradient"
        raise NotImplementedError(message)
