"""A call recorded by TensorFlow's GradientTape, channels last; for adapters of its operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from implementations.adapters.channels_last import to_first, to_last
from implementations.call import Array
from reference.pool import Pool

TYPES = ("float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16")
"""What raw_ops.MaxPool lists beside float32 and float64."""


@dataclass(frozen=True, slots=True)
class Tape:
    """A recorded call."""

    tape: Any
    tensor: Any
    outputs: tuple[Any, ...]
    """The maxima, and argmax where there is one."""
    pool: Pool


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors of tf.errors for an argument that is invalid or has no kernel."""
    from tensorflow import errors

    return errors.InvalidArgumentError, errors.UnimplementedError, errors.NotFoundError


def padding_of(pool: Pool) -> Any:  # noqa: ANN401 - a word, or pairs for N, the axes and C
    """Return what TensorFlow calls this padding."""
    if pool.auto_pad != "explicit":
        return "SAME"
    if pool.padding == ((0, 0),) * pool.rank:
        return "VALID"
    return [[0, 0], *map(list, pool.padding), [0, 0]]


def outer(numbers: tuple[int, ...]) -> list[int]:
    """Return a parameter with its entries for N and C; one entry alone would mean all axes."""
    return [1, *numbers, 1]


def recorded(x: Array, pool: Pool, pooled: Callable[[Any], Any]) -> tuple[Array, Tape]:
    """Return the maxima that a function of a tensor gives for x, and the recorded call.

    The function returns the maxima, or a pair of the maxima and argmax.
    """
    import tensorflow as tf

    tensor = tf.constant(to_last(x, pool))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensor)
        found = pooled(tensor)
    outputs = tuple(found) if isinstance(found, tuple) else (found,)
    return to_first(outputs[0].numpy(), pool), Tape(tape, tensor, outputs, pool)


def backward(dy: Array, saved: Tape) -> Array:
    """Return the gradient of x, by the tape.

    Raises:
        TypeError: the tape has none.
    """
    import tensorflow as tf

    sent_back = tf.constant(to_last(dy, saved.pool))
    dx = saved.tape.gradient(saved.outputs[0], saved.tensor, output_gradients=sent_back)
    if dx is None:
        message = f"GradientTape has no gradient for {saved.tensor.dtype}"
        raise TypeError(message)
    return to_first(dx.numpy(), saved.pool)
