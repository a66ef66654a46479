"""Vectors for kernels that Numba compiles: so many elements of an array at a time, as one value.

LLVM has such values on every processor; Numba gives no way to say them. Its own vectorising of
plain loops leaves the end of each row to single steps, and rows of images are mostly short.

`bits` is the size of a vector and is written out where a kernel is defined; 0 means one element.
Nothing here looks at the bounds of an array. All operations stand in this one file, long as it
is: each is a few lines that emit code, and kernels are read with the whole list at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic, models, register_model

Kernel: TypeAlias = Callable[..., Any]
Emit: TypeAlias = Callable[[Any, Any, Any, Any], Any]
_BYTE = 8


def compiled(function: Kernel) -> Kernel:
    """Return a function as Numba compiles it when it is first called; it keeps what it compiled."""
    return cast("Kernel", njit(nogil=True, cache=True, error_model="numpy")(function))


def inlined(function: Kernel) -> Kernel:
    """Return a function as `compiled` does, to become part of whatever calls it."""
    return cast("Kernel", njit(nogil=True, error_model="numpy", forceinline=True)(function))


def _emitted(function: Kernel) -> Kernel:
    """Return a function of types as an operation for which it emits code."""
    return cast("Kernel", intrinsic(prefer_literal=True)(function))


class Lanes(types.Type):  # type: ignore[misc] # Numba has no type information
    """The type of a vector of `count` elements."""

    def __init__(self, dtype: Any, count: int) -> None:
        """Take the type of the elements."""
        self.dtype, self.count = dtype, count
        super().__init__(name=f"Lanes({dtype}, {count})")


@register_model(Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc] # the same
    def __init__(self, manager: Any, lanes: Lanes) -> None:
        element = manager.lookup(lanes.dtype).get_value_type()
        super().__init__(manager, lanes, ir.VectorType(element, lanes.count))


class Place(types.Type):  # type: ignore[misc] # the same
    """The type of a place in the memory of an array, which somebody else keeps alive."""

    def __init__(self, dtype: Any) -> None:
        """Take the type of the elements."""
        self.dtype = dtype
        super().__init__(name=f"Place({dtype})")


@register_model(Place)
class _PlaceModel(models.PrimitiveModel):  # type: ignore[misc] # the same
    def __init__(self, manager: Any, place: Place) -> None:
        element = manager.lookup(place.dtype).get_value_type()
        super().__init__(manager, place, ir.PointerType(element))


def _count(array: Any, bits: Any) -> int:
    return int(max(bits.literal_value // array.dtype.bitwidth, 1))


def _pointer(context: Any, builder: Any, args: Any, lanes: Lanes) -> Any:
    first = builder.gep(args[0], [args[1]], inbounds=True)
    return builder.bitcast(first, ir.PointerType(context.get_value_type(lanes)))


@_emitted
def count(_context: Any, array: Any, bits: Any) -> tuple[Any, Emit]:
    """Return how many elements of an array a vector of so many bits has."""
    found = _count(array, bits)
    return types.intp(array, bits), lambda *_: ir.Constant(ir.IntType(types.intp.bitwidth), found)


@_emitted
def place(_context: Any, array: Any, _index: Any) -> tuple[Any, Emit]:
    """Return the place of an element of a flat array."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = context.make_array(signature.args[0])(context, builder, args[0])
        return builder.gep(made.data, [args[1]], inbounds=True)

    return Place(array.dtype)(array, types.intp), emit


@_emitted
def behind(_context: Any, where: Any, _distance: Any) -> tuple[Any, Emit]:
    """Return the place so many elements behind another."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.gep(args[0], [args[1]], inbounds=True)

    return where(where, types.intp), emit


@_emitted
def element(_context: Any, where: Any, _index: Any) -> tuple[Any, Emit]:
    """Return one element from a place on, as a number."""

    def emit(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.load(builder.gep(args[0], [args[1]], inbounds=True))

    return where.dtype(where, types.intp), emit


@_emitted
def put(_context: Any, where: Any, _index: Any, _number: Any) -> tuple[Any, Emit]:
    """Write one number at a place."""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        builder.store(args[2], builder.gep(args[0], [args[1]], inbounds=True))
        return context.get_dummy_value()

    return types.void(where, types.intp, where.dtype), emit


@_emitted
def load(_context: Any, array: Any, _index: Any, bits: Any) -> tuple[Any, Emit]:
    """Return the elements of a flat array from an index on."""
    return _load(array, bits, Lanes(array.dtype, _count(array, bits)))


@_emitted
def load_beside(_context: Any, array: Any, _index: Any, lanes: Any) -> tuple[Any, Emit]:
    """Return as many elements as another vector has."""
    return _load(array, lanes, Lanes(array.dtype, lanes.count))


def _load(array: Any, last: Any, lanes: Lanes) -> tuple[Any, Emit]:
    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        loaded = builder.load(_pointer(context, builder, args, lanes))
        loaded.align = array.dtype.bitwidth // _BYTE
        return loaded

    return lanes(array, types.intp, last), emit


@_emitted
def store(_context: Any, array: Any, _index: Any, lanes: Any) -> tuple[Any, Emit]:
    """Write a vector to a flat array, from an index on."""

    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        stored = builder.store(args[2], _pointer(context, builder, args, lanes))
        stored.align = array.dtype.bitwidth // _BYTE
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), emit


@_emitted
def spread(_context: Any, array: Any, value: Any, lanes: Any) -> tuple[Any, Emit]:
    """Return a number, in the type of an array, as often as another vector has elements."""
    found = Lanes(array.dtype, lanes.count)

    def emit(context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        number = context.cast(builder, args[1], value, array.dtype)
        return _filled(context, builder, found, number)

    return found(array, value, lanes), emit


@_emitted
def filled(_context: Any, array: Any, _value: Any, bits: Any) -> tuple[Any, Emit]:
    """Return a vector of so many bits, all elements of which are one number."""
    found = Lanes(array.dtype, _count(array, bits))

    def emit(context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        return _filled(context, builder, found, args[1])

    return found(array, array.dtype, bits), emit


def _filled(context: Any, builder: Any, lanes: Lanes, number: Any) -> Any:
    vector = ir.Constant(context.get_value_type(lanes), ir.Undefined)
    for lane in range(lanes.count):
        vector = builder.insert_element(vector, number, ir.Constant(ir.IntType(32), lane))
    return vector


@_emitted
def first_of(_context: Any, lanes: Any) -> tuple[Any, Emit]:
    """Return the first element of a vector, as a number."""
    return lanes.dtype(lanes), lambda _context, builder, _signature, args: builder.extract_element(
        args[0], ir.Constant(ir.IntType(32), 0)
    )


@_emitted
def plus(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the sums of two vectors of whole numbers."""
    return one(one, one), lambda _context, builder, _signature, args: builder.add(*args)


@_emitted
def select(_context: Any, _mask: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the elements of one where the mask is set, else those of the other."""
    mask = Lanes(types.boolean, one.count)
    return one(mask, one, one), lambda _context, builder, _signature, args: builder.select(*args)


@_emitted
def larger(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the maxima of two vectors without NaN."""

    def emit(_context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        return builder.select(_exceeds(builder, one.dtype, args[1], args[0]), args[1], args[0])

    return one(one, one), emit


@_emitted
def larger_or_nan(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the maxima of two vectors, NaN where one of them is."""

    def emit(_context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        largest = builder.select(_exceeds(builder, one.dtype, args[1], args[0]), args[1], args[0])
        return builder.select(_is_nan(builder, one.dtype, args[1]), args[1], largest)

    return one(one, one), emit


@_emitted
def any_nan(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return whether one of two vectors holds a NaN."""

    def emit(_context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        if not isinstance(one.dtype, types.Float):
            return ir.Constant(ir.IntType(1), 0)
        mask = builder.fcmp_unordered("uno", *args)
        bits = builder.bitcast(mask, ir.IntType(one.count))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(one, one), emit


@_emitted
def any_same(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return whether one of two vectors has an element that the other has there, or a NaN."""

    def emit(_context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        if isinstance(one.dtype, types.Float):
            mask = builder.fcmp_ordered("==", *args)
            mask = builder.or_(mask, _is_nan(builder, one.dtype, args[0]))
        else:
            mask = builder.icmp_signed("==", *args)
        bits = builder.bitcast(mask, ir.IntType(one.count))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(one, one), emit


@_emitted
def exceeds(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return where the other of two vectors is larger."""
    found = Lanes(types.boolean, one.count)

    def emit(_context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        return _exceeds(builder, one.dtype, args[1], args[0])

    return found(one, one), emit


@_emitted
def overtakes(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return where the other of two vectors is larger, or the only NaN."""
    found = Lanes(types.boolean, one.count)
    return found(one, one), lambda _context, builder, __signature, args: _overtakes(
        builder, one.dtype, args[1], args[0]
    )


@_emitted
def wins(
    _context: Any,
    one: Any,
    number: Any,
    _other: Any,
    _other_number: Any,
) -> tuple[Any, Emit]:
    """Return where the other is the maximum: larger, the only NaN, or equal with a lower number."""
    found = Lanes(types.boolean, one.count)

    def emit(_context: Any, builder: Any, __signature: Any, args: Any) -> Any:
        value, mine, other, its = args
        equal = (
            builder.fcmp_ordered("==", value, other)
            if isinstance(one.dtype, types.Float)
            else builder.icmp_signed("==", value, other)
        )
        first = builder.and_(equal, builder.icmp_unsigned(">", mine, its))
        return builder.or_(_overtakes(builder, one.dtype, other, value), first)

    return found(one, number, one, number), emit


def _exceeds(builder: Any, dtype: Any, one: Any, other: Any) -> Any:
    if isinstance(dtype, types.Float):
        return builder.fcmp_ordered(">", one, other)
    return (builder.icmp_signed if dtype.signed else builder.icmp_unsigned)(">", one, other)


def _overtakes(builder: Any, dtype: Any, one: Any, other: Any) -> Any:
    """Return where one is larger than the other, or the only NaN of the two."""
    if isinstance(dtype, types.Float):
        above = builder.fcmp_unordered(">", one, other)
        return builder.and_(above, builder.fcmp_ordered("ord", other, other))
    return _exceeds(builder, dtype, one, other)


def _is_nan(builder: Any, dtype: Any, one: Any) -> Any:
    if isinstance(dtype, types.Float):
        return builder.fcmp_unordered("uno", one, one)
    return builder.icmp_signed("!=", one, one)


@_emitted
def equals(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return where two vectors of whole numbers are equal."""
    found = Lanes(types.boolean, one.count)
    return found(one, one), lambda _context, builder, _signature, args: builder.icmp_signed(
        "==", *args
    )


@_emitted
def every_other(_context: Any, one: Any, _next: Any) -> tuple[Any, Emit]:
    """Return the elements of two vectors at even places, as one vector."""
    return _shuffled(one, [2 * lane for lane in range(one.count)])


@_emitted
def others(_context: Any, one: Any, _next: Any) -> tuple[Any, Emit]:
    """Return the elements of two vectors at odd places, as one vector."""
    return _shuffled(one, [2 * lane + 1 for lane in range(one.count)])


@_emitted
def first_half(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the first half of two vectors in turns: one[0], other[0], one[1]..."""
    return _shuffled(one, _turns(one.count)[: one.count])


@_emitted
def second_half(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the second half of two vectors in turns."""
    return _shuffled(one, _turns(one.count)[one.count :])


@_emitted
def first_halves(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the first half of each half of two vectors in turns: no element changes its half."""
    return _shuffled(one, _turns_of_halves(one.count, second=False))


@_emitted
def second_halves(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return the second half of each half of two vectors in turns."""
    return _shuffled(one, _turns_of_halves(one.count, second=True))


@_emitted
def joined(_context: Any, one: Any, _other: Any) -> tuple[Any, Emit]:
    """Return two vectors as one, the other behind the first."""
    return _shuffled(one, list(range(2 * one.count)))


@_emitted
def front(_context: Any, one: Any) -> tuple[Any, Emit]:
    """Return the first half of a vector."""
    return _half_of(one, 0)


@_emitted
def rear(_context: Any, one: Any) -> tuple[Any, Emit]:
    """Return the second half of a vector."""
    return _half_of(one, one.count // 2)


def _turns(count: int) -> list[int]:
    return [place for lane in range(count) for place in (lane, lane + count)]


def _turns_of_halves(count: int, *, second: bool) -> list[int]:
    half = count // 2
    begin = half // 2 if second else 0
    lanes = [
        lane for first in (0, half) for lane in range(first + begin, first + begin + half // 2)
    ]
    return [place for lane in lanes for place in (lane, lane + count)]


def _half_of(lanes: Any, first: int) -> tuple[Any, Emit]:
    found = Lanes(lanes.dtype, lanes.count // 2)
    order = ir.Constant(
        ir.VectorType(ir.IntType(32), found.count), list(range(first, first + found.count))
    )
    return found(lanes), lambda _context, builder, _signature, args: builder.shuffle_vector(
        args[0], args[0], order
    )


def _shuffled(lanes: Any, places: list[int]) -> tuple[Any, Emit]:
    order = ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places)
    found = Lanes(lanes.dtype, len(places))
    return found(lanes, lanes), lambda _context, builder, _signature, args: builder.shuffle_vector(
        *args, order
    )
