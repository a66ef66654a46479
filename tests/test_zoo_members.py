"""The zoo is complete, each member is wrong where it says, and Sound is right everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from itertools import product
from math import prod
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from conformance.clauses import UnknownNameError, clauses, features
from conformance.features import needed as judged_as_needed
from conformance.zoo import bugs, left_out, member
from conformance.zoo.bug import Bug
from conformance.zoo.features import needed
from conformance.zoo.sound import Sound
from reference.pool import Pool

Array: TypeAlias = NDArray[Any]

SURVEYED = """
bwd-shape-check-lacks-clip ceil-clip-only-if-padded ceil-no-clip default-stride-is-one
double-ceil fast-path-drops-partial-window float32-size-arithmetic
negative-size-truncates-to-one one-element-stride-not-expanded same-pad-kernel-half
same-pad-negative-total backward-lets-padding-win finite-sentinel-padding
int-output-promoted-to-float int8-padding-zero mirror-padding
oversized-padding-leaks-sentinel replicate-padding running-max-starts-at-zero
zero-padding-wins bwd-dilation-h-used-for-w bwd-oh-ow-arguments-swapped
ceil-overhang-clamped-to-last dilation-only-in-shape huge-dilation-loop-counter-overflow
last-column-missed narrow-row-vector-load odd-width-row-pointer output-hw-swapped
reshape-wrong-axes stride-args-unused column-major-tie-order ties-split-evenly
minus-zero-miscompare nan-depends-on-simd-lane nan-dropped argmax-output-is-values
argmax-without-updating-maxval index-extra-batch-dim index-float32-precision index-is-float
index-local-to-window index-narrowed-before-check index-stored-in-half
bwd-reads-past-last-window bwd-workspace-not-initialised dx-not-zeroed
gather-uses-kernel-not-effective mkl-maxpoolgrad-wrong overlap-assigned-not-accumulated
pointer-shift-accumulates return-inside-loop unsynchronised-scatter dx-uses-x-strides
large-tensor-layout-switch unbatched-detected-as-nhwc x-noncontiguous-read-raw
grid-dimension-limit large-output-large-window negate-trick-overflows
plane-offset-int32-overflow graph-cache-key-incomplete pooling-overwrites-input
program-cache-second-run second-backward-corrupts-indices argmax-not-validated
attribute-length-not-validated empty-batch-backward-reshape empty-channel-accepted
negative-output-shape negative-padding-accepted adaptive-as-fixed-kernel
avg-bwd-divisor-disagrees avg-ceil-overhang-divisor avg-clamped-at-zero-on-pad
avg-divisor-override-ignored avg3d-batch-stride-missing-depth init-value-ignored
lp-signed-fractional-power-nan lp-zero-window-nan-gradient result-of-clamp-discarded
unpool-duplicate-index-gradient own-abs-max own-byteswapped own-clip-right-pad
own-clip-strict own-drop-index-zero own-fmax-value-nan-index own-int-min-index
own-kernel-range-minus-one own-last-chunk-dropped own-min own-min-of-x-minus-one-fill
own-mutates-nan own-output-reused own-pads-hw-swapped own-uint8-as-int8
own-upsample-equality
""".split()  # noqa: SIM905 - a list of words is read and compared more easily
"""The ids of the survey of known bugs that the zoo began from."""

BFLOAT16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
FLOATS = (*map(np.dtype, (np.float16, np.float32, np.float64)), BFLOAT16)
INTEGERS = tuple(np.dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64))
TILES = Pool.of(2)
SAMPLE = 1500


def test_every_surveyed_bug_is_a_member_or_left_out_with_a_reason() -> None:
    assert len(SURVEYED) == len(set(SURVEYED)) == 98
    assert not bugs().keys() & left_out().keys()
    assert set(SURVEYED) <= bugs().keys() | left_out().keys()
    assert left_out().keys() <= set(SURVEYED)
    assert all(left_out().values())


def test_what_was_not_surveyed_is_called_our_own() -> None:
    assert all(name in SURVEYED or name.startswith("own-") for name in bugs())


def test_a_bug_is_cited_exactly_where_it_was_met_in_public() -> None:
    for name, bug in bugs().items():
        assert bug.id == name
        assert (bug.citation is None) == name.startswith("own-"), name
        if bug.citation is not None:
            repository, number = bug.citation.ref.split("#")
            assert bug.citation.url.startswith(f"https://github.com/{repository}/")
            assert bug.citation.url.endswith(f"/{int(number)}")


def test_every_member_says_what_it_does_and_which_clauses_it_breaks() -> None:
    for bug in bugs().values():
        assert bug.wrong.endswith("."), bug.id
        assert bug.trigger, bug.id
        assert bug.clauses, bug.id
        assert set(bug.clauses) <= clauses().keys(), bug.id


def test_every_clause_is_the_first_that_some_member_breaks() -> None:
    first = {bug.clauses[0] for bug in bugs().values()}
    assert sorted(clauses().keys() - first) == []


@pytest.mark.parametrize("bug", list(bugs().values()), ids=lambda bug: bug.id)
def test_a_member_differs_from_sound_on_its_trigger(bug: Bug) -> None:
    right = bug.show(Sound())
    assert right == bug.show(Sound()), "the trigger does not repeat"
    assert right != bug.show(bug.make())


@pytest.mark.parametrize("spelling", ["zero-padding-wins", "zero_padding_wins"])
def test_a_member_is_an_attribute_of_the_module_members(spelling: str) -> None:
    loaded = getattr(import_module("conformance.zoo.members"), spelling)
    assert type(loaded) is type(member("zero-padding-wins"))


def test_sound_is_an_attribute_of_the_module_members() -> None:
    assert type(import_module("conformance.zoo.members").sound) is Sound


def test_every_member_is_a_new_implementation_each_time() -> None:
    members = import_module("conformance.zoo.members")
    assert sorted(dir(members)) == sorted(bugs())
    for name in bugs():
        loaded = getattr(members, name)
        assert loaded is not getattr(members, name)
        assert loaded.claims <= features().keys()
        assert not loaded.dialect
        assert all(callable(getattr(loaded, part)) for part in ("forward", "backward", "indices"))


def test_an_unknown_member_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="zero-padding-wins"):
        member("zero-padding-win")
    with pytest.raises(AttributeError, match="zero-padding-wins"):
        getattr(import_module("conformance.zoo.members"), "zero-padding-win")


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


def random_call(rng: np.random.Generator) -> tuple[Array, Pool]:
    rank = int(rng.integers(1, 4))
    spatial = tuple(map(int, rng.integers(1, 8 if rank < 3 else 5, rank)))
    lead = (int(rng.integers(0, 3)), int(rng.integers(1, 3)))[int(rng.random() < 0.3) :]
    k, s, d = (tuple(map(int, rng.integers(1, top, rank))) for top in (5, 5, 4))
    symmetric = [(int(rng.integers(0, size // 2 + 1)),) * 2 for size in k]
    either = [(int(rng.integers(0, size + 1)), int(rng.integers(0, size + 1))) for size in k]
    padding = tuple(symmetric if rng.random() < 0.6 else either)
    word = ("explicit", "explicit", "explicit", "same-upper", "same-lower")[rng.integers(5)]
    pool = Pool(k, s, padding, d, bool(rng.random() < 0.4), word)
    x = random_elements(rng, lead + spatial)
    return (np.asfortranarray(x) if rng.random() < 0.3 else x), pool


def random_elements(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    kind = rng.random()
    if kind < 0.6:
        special = np.array([-np.inf, -2, -1, -0.0, 0.0, 1, 2, np.inf, np.nan])
        palette = special if kind < 0.2 else special[: 1 if kind < 0.25 else 8]
        return rng.choice(palette, shape).astype(FLOATS[rng.integers(len(FLOATS))])
    if kind < 0.65:
        return rng.random(shape) < 0.4
    info = np.iinfo(INTEGERS[rng.integers(len(INTEGERS))])
    extremes = [info.min, info.min + 1, 0, 1, info.max - 1, info.max]
    return rng.choice(np.array(extremes, info.dtype), shape)


def by_loops(x: Array, pool: Pool) -> tuple[Array, Array]:
    """Return the output and the indices, one window and one tap at a time."""
    spatial = x.shape[-pool.rank :]
    axes = [axis_by_formula(n, pool, number) for number, n in enumerate(spatial)]
    lead, out = x.shape[: -pool.rank], tuple(size for size, _ in axes)
    y, index = np.empty(lead + out, x.dtype), np.empty(lead + out, np.int64)
    for window in np.ndindex(*out):
        places = list(elements(window, [begin for _, begin in axes], spatial, pool))
        if not places:
            message = "a window without an element"
            raise ValueError(message)
        for plane in np.ndindex(*lead):
            best = places[0]
            for place in places[1:]:
                value, largest = x[plane + place], x[plane + best]
                best = (
                    place
                    if value > largest or (np.isnan(value) and not np.isnan(largest))
                    else best
                )
            y[plane + window] = x[plane + best]
            index[plane + window] = np.ravel_multi_index(best, spatial)
    return y, index


def axis_by_formula(n: int, pool: Pool, number: int) -> tuple[int, int]:
    k, s, d = pool.kernel_size[number], pool.stride[number], pool.dilation[number]
    extent, (begin, end) = (k - 1) * d + 1, axis_by_word(n, pool, number)
    if pool.auto_pad == "explicit" and begin == end > k // 2:
        message = "padding above half of the kernel"
        raise ValueError(message)
    quotient = (n + begin + end - extent) / s
    out = int(np.ceil(quotient) if pool.ceil_mode else np.floor(quotient)) + 1
    out -= int(pool.ceil_mode and (out - 1) * s >= n + begin)
    if out < 1:
        message = "a window larger than the padded input"
        raise ValueError(message)
    return out, begin


def axis_by_word(n: int, pool: Pool, number: int) -> tuple[int, int]:
    if pool.auto_pad == "explicit":
        return pool.padding[number]
    k, s, d = pool.kernel_size[number], pool.stride[number], pool.dilation[number]
    total = max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n)
    less, more = total // 2, total - total // 2
    return (less, more) if pool.auto_pad == "same-upper" else (more, less)


def elements(
    window: tuple[int, ...], begins: list[int], spatial: tuple[int, ...], pool: Pool
) -> Iterator[tuple[int, ...]]:
    for tap in product(*map(range, pool.kernel_size)):
        numbers = zip(window, pool.stride, begins, tap, pool.dilation, strict=True)
        place = tuple(o * s - begin + j * d for o, s, begin, j, d in numbers)
        if all(0 <= at < n for at, n in zip(place, spatial, strict=True)):
            yield place


def gradient_by_loops(dy: Array, index: Array, x: Array, pool: Pool) -> Array:
    dx = np.zeros((*x.shape[: -pool.rank], prod(x.shape[-pool.rank :])))
    for window in np.ndindex(*dy.shape):
        dx[(*window[: -pool.rank], index[window])] += dy[window].astype(float)
    return dx.reshape(x.shape).astype(dy.dtype)


def assert_same(got: Array, expected: Array) -> None:
    """Require the same dtype, shape and bits, every NaN being equal to every other."""
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    numbers = ~np.isnan(expected)
    assert np.array_equal(numbers, ~np.isnan(got))
    assert got[numbers].tobytes() == expected[numbers].tobytes()
