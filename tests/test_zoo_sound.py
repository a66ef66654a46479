"""Sound, whose steps the members of the zoo replace, is right everywhere and refuses the rest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from conformance.clauses import features
from conformance.features import needed as judged_as_needed
from conformance.zoo.features import needed
from conformance.zoo.sound import Sound
from reference.pool import Pool
from tests.plain_loops import (
    BFLOAT16,
    FLOATS,
    Array,
    axis_by_word,
    by_loops,
    gradient_by_loops,
    random_call,
)

TILES = Pool.of(2)
SAMPLE = 1500


def assert_same(got: Array, expected: Array) -> None:
    """Require the same dtype, shape and bits, every NaN being equal to every other."""
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    numbers = ~np.isnan(expected)
    assert np.array_equal(numbers, ~np.isnan(got))
    assert got[numbers].tobytes() == expected[numbers].tobytes()


def test_sound_claims_every_feature_of_the_specification() -> None:
    assert Sound.claims == features().keys()


@pytest.mark.parametrize(
    ("shape", "dtype", "pool", "expected"),
    [
        ((1, 1, 4, 4), "float32", TILES, ""),
        ((1, 1, 5, 4), "float64", TILES, "remainder"),
        ((1, 1, 5, 5), "float32", Pool.of(3, 1), "overlap"),
        ((1, 1, 5, 5), "float32", Pool.of(1, 2), "gaps"),
        ((1, 1, 5, 5), "float32", Pool.of(2, 2, ceil_mode=True), "remainder ceil"),
        ((1, 1, 4, 4), "float32", Pool.of(2, 2, ceil_mode=True), "ceil"),
        ((1, 1, 5, 5), "float32", Pool.of(3, 2, 1), "overlap padding"),
        ((1, 1, 3, 3), "float32", Pool.of(2, 2, ((0, 1), (1, 0))), "padding asymmetric-padding"),
        ((1, 1, 3, 3), "float32", Pool.of(2, 2, auto_pad="same-upper"), "same-upper"),
        ((1, 1, 3, 3), "float32", Pool.of(2, 3, 0, 2), "gaps dilation"),
        ((1, 2, 4), "int8", Pool.of((2,)), "rank-1 int8"),
        ((1, 2, 2, 2), "bool", Pool.of((2, 2, 2)), "rank-3 bool unbatched"),
    ],
)
def test_a_call_needs_what_the_table_of_features_says(
    shape: tuple[int, ...], dtype: str, pool: Pool, expected: str
) -> None:
    x = np.zeros(shape, dtype)
    axes = Sound()._axes(shape[-pool.rank :], pool)  # noqa: SLF001 - the step that resolves words
    assert needed(x, pool, axes) == set(expected.split())


def test_the_zoo_and_the_judge_read_the_table_of_features_alike() -> None:
    rng = np.random.default_rng(1)
    for _ in range(SAMPLE):
        x, pool = random_call(rng)
        spatial = x.shape[-pool.rank :]
        ends = (axis_by_word(n, pool, number) for number, n in enumerate(spatial))
        resolved = replace(pool, padding=tuple(ends))
        axes = Sound()._axes(spatial, pool)  # noqa: SLF001 - the step that resolves words
        assert needed(x, pool, axes) == judged_as_needed(x.shape, x.dtype.name, resolved)


def test_sound_agrees_with_plain_loops() -> None:
    rng = np.random.default_rng(0)
    answered = 0
    for _ in range(SAMPLE):
        x, pool = random_call(rng)
        try:
            y, index = by_loops(x, pool)
        except ValueError:
            with pytest.raises(ValueError, match=r"window|padding"):
                Sound().forward(x, pool)
            continue
        got, saved = Sound().forward(x, pool)
        assert_same(got, y)
        assert_same(Sound().indices(saved), index)
        if y.dtype in FLOATS:
            dy = rng.integers(-9, 9, y.shape).astype(y.dtype)
            assert_same(Sound().backward(dy, saved), gradient_by_loops(dy, index, x, pool))
        answered += 1
    assert answered > SAMPLE // 3


REFUSED = {
    "kernel 0": ((1, 1, 4, 4), replace(TILES, kernel_size=(0, 2))),
    "stride 0": ((1, 1, 4, 4), replace(TILES, stride=(2, 0))),
    "negative stride": ((1, 1, 4, 4), replace(TILES, stride=(-1, 2))),
    "negative padding": ((1, 1, 4, 4), replace(TILES, padding=((0, -1), (0, 0)))),
    "padding above half": ((1, 1, 4, 4), Pool.of(3, 1, 2)),
    "dilation 0": ((1, 1, 4, 4), replace(TILES, dilation=(0, 1))),
    "one stride": ((1, 1, 4, 4), replace(TILES, stride=(2,))),
    "three paddings": ((1, 1, 4, 4), replace(TILES, padding=((0, 0),) * 3)),
    "no axis": ((1, 1), Pool((), (), (), ())),
    "unknown word": ((1, 1, 4, 4), replace(TILES, auto_pad="same")),
    "window too large": ((1, 1, 4, 4), Pool.of(5)),
    "two axes": ((4, 4), TILES),
    "five axes": ((1, 1, 1, 4, 4), TILES),
    "no channel": ((1, 0, 4, 4), TILES),
    "no column": ((0, 1, 4, 0), TILES),
    "empty by dilation": ((1, 1, 1, 1), Pool.of(2, 1, 1, 2)),
    "empty by padding": ((1, 1, 4, 4), Pool.of(2, 1, ((0, 3), (0, 0)))),
    "empty by far": ((1, 1, 4, 4), Pool.of(2, 1, ((0, 2**40), (0, 0)))),
    "overflow of the extent": ((1, 1, 4, 4), Pool.of(3, 1, 0, 2**62)),
    "overflow of the padding": ((1, 1, 4, 4), Pool.of(2, 1, ((2**63, 0), (0, 0)), 2**63)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_sound_refuses_an_invalid_call(name: str) -> None:
    shape, pool = REFUSED[name]
    with pytest.raises(ValueError, match=r"\w+"):
        Sound().forward(np.zeros(shape, np.float32), pool)


@pytest.mark.parametrize("x", [[[[[1.0]]]], np.zeros((1, 1, 2, 2), complex), np.full((1, 1), "a")])
def test_sound_pools_arrays_of_real_numbers_only(x: Any) -> None:  # noqa: ANN401 - not an array
    with pytest.raises(TypeError, match=r"NumPy array|no max pooling"):
        Sound().forward(x, TILES)


@pytest.mark.parametrize(
    ("dtype", "dy", "error"),
    [
        ("int32", np.zeros((1, 1, 2, 2)), TypeError),
        ("bool", np.zeros((1, 1, 2, 2)), TypeError),
        ("float32", np.zeros((1, 1, 2, 2), int), TypeError),
        ("float32", np.zeros((1, 1, 1, 1)), ValueError),
        ("float32", np.zeros((1, 1, 4)), ValueError),
    ],
)
def test_sound_refuses_an_invalid_gradient(dtype: str, dy: Array, error: type[Exception]) -> None:
    _, saved = Sound().forward(np.zeros((1, 1, 4, 4), dtype), TILES)
    with pytest.raises(error, match=r"gradient|dy"):
        Sound().backward(dy, saved)


@pytest.mark.parametrize(
    "pool",
    [
        Pool.of(1, 1, 0, 2**31 - 1),
        Pool.of(1, 1, 0, 2**80),
        Pool.of(1, 1, ceil_mode=True, dilation=2**62),
    ],
)
def test_a_kernel_of_one_makes_any_dilation_legal(pool: Pool) -> None:
    x = np.arange(12, dtype=np.float32).reshape(1, 1, 3, 4)
    assert_same(Sound().forward(x, pool)[0], x)


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (Pool.of(2, 2**70), [[5]]),
        (Pool.of(10**9, 10**9, 5 * 10**8), [[11]]),
        (Pool.of((1, 300), (1, 1), ((0, 0), (150, 150))), [[3, 3], [7, 7], [11, 11]]),
        (
            Pool.of((1, 2), 1, ((0, 0), (2**40, 0)), 2**40),
            [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]],
        ),
    ],
)
def test_sound_reads_nothing_but_elements_of_enormous_windows(
    pool: Pool, expected: list[list[int]]
) -> None:
    x = np.arange(12, dtype=np.float32).reshape(1, 1, 3, 4)
    got = Sound().forward(x, pool)[0]
    assert got[0, 0, :, : len(expected[0])].tolist() == expected


def test_sound_counts_exactly_above_what_float32_holds() -> None:
    x = np.zeros((1, 1, 1, 2**24 + 4), np.int8)
    x[..., -2] = 1
    y, saved = Sound().forward(x, Pool.of((1, 4), (1, 2**24)))
    assert y.tolist() == [[[[0, 1]]]]
    assert Sound().indices(saved).tolist() == [[[[0, 2**24 + 2]]]]


@pytest.mark.parametrize("dtype", [np.float16, BFLOAT16])
def test_sound_rounds_low_precision_sums_once(dtype: np.dtype[Any]) -> None:
    x = np.array([[[0, 0, 9, 0, 0]]], dtype)
    _, saved = Sound().forward(x, Pool.of((3,), 1))
    largest = 2.0 ** (11 if dtype == np.float16 else 8)
    dx = Sound().backward(np.array([[[largest, 1, 1]]], dtype), saved)
    assert dx.dtype == dtype
    assert dx.astype(float).tolist() == [[[0, 0, largest + 2, 0, 0]]]


def test_sound_lets_an_infinite_sum_pass_without_a_warning() -> None:
    x = np.array([[[0, 9, 0]]], np.float16)
    _, saved = Sound().forward(x, Pool.of((2,), 1))
    assert np.isinf(Sound().backward(np.full((1, 1, 2), 60000, np.float16), saved)).tolist() == [
        [[False, True, False]]
    ]


def unaligned(x: Array) -> Array:
    room = np.zeros(x.nbytes + 1, np.uint8)
    copy: Array = np.ndarray(x.shape, x.dtype, room, offset=1)
    copy[...] = x
    return copy


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran order": np.asfortranarray,
    "channels last": lambda x: np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1),
    "reversed": lambda x: x[..., ::-1, ::-1].copy()[..., ::-1, ::-1],
    "skipping": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
    "unaligned": unaligned,
    "read-only": lambda x: np.broadcast_to(x, x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_of_the_input_changes_nothing(layout: str) -> None:
    x = np.random.default_rng(1).permutation(2 * 3 * 5 * 6).reshape(2, 3, 5, 6).astype(np.float32)
    pool = Pool.of((3, 2), (2, 1), ((1, 1), (0, 1)))
    y, saved = Sound().forward(x, pool)
    dy = np.arange(y.size, dtype=np.float32).reshape(y.shape)
    got, got_saved = Sound().forward(LAYOUTS[layout](x), pool)
    assert_same(got, y)
    assert_same(Sound().indices(got_saved), Sound().indices(saved))
    dx = Sound().backward(dy, saved)
    assert_same(Sound().backward(LAYOUTS[layout](dy), got_saved), dx)


def test_what_sound_saves_belongs_to_nobody_else() -> None:
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    sound = Sound()
    y, saved = sound.forward(x, TILES)
    index, dy = sound.indices(saved), np.ones_like(y)
    dx = sound.backward(dy, saved)
    results = [y, index, dx]
    before = [result.copy() for result in results]
    assert not any(np.shares_memory(one, other) for one in results for other in (x, dy))
    x[...] = x[..., ::-1].copy()
    sound.forward(x, TILES)
    assert all(map(np.array_equal, results, before))
    index[...] = 0
    assert_same(sound.indices(saved), before[1])
    assert_same(sound.backward(dy, saved), before[2])


def test_sound_is_the_same_in_many_threads() -> None:
    sound, pool = Sound(), Pool.of(3, 2, 1)
    xs = [np.random.default_rng(seed).random((2, 3, 9, 8)) for seed in range(32)]

    def work(x: Array) -> tuple[Array, Array]:
        y, saved = sound.forward(x, pool)
        return y, sound.backward(y, saved)

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(work, xs))
    for (y, dx), (alone_y, alone_dx) in zip(together, map(work, xs), strict=True):
        assert_same(y, alone_y)
        assert_same(dx, alone_dx)
