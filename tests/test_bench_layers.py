"""`poolproof bench`: the layers and numbers that are pooled, rounds, engines, unusable calls."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from conformance import cli
from conformance.bench import layers, numbers
from conformance.bench.layers import Layer, of_network, of_published, of_shape
from conformance.bench.rounds import Contestant, Terms, race
from conformance.bench.stopwatch import COPY
from conformance.cases.networks import layers as published
from conformance.contract import UnusableError
from conformance.oracle import legal
from conformance.registry import Target
from conformance.verdict import Json
from implementations import SHIPPED, im2col
from reference.dialect import DEFAULT
from reference.pool import Pool
from tests.judging import poolproof

LAYERS = [
    Layer("tiling", (2, 3, 6, 4), Pool.of(2)),
    Layer("overlap", (3, 2, 9, 7), Pool.of((3, 2), (2, 1), ((1, 0), (0, 1)), (1, 2))),
    Layer("line", (2, 5, 17), Pool.of((5,), (3,), ceil_mode=True, rank=1)),
    Layer("volume", (1, 4, 5, 6, 4), Pool.of(2, 1, rank=3)),
]
ENGINES = [name for name, shipped in SHIPPED.items() if shipped.ready]


# Rounds


class Scripted(Contestant):
    """Answers in this process, and writes down who was asked for what."""

    def ask(self, limit: float, **request: object) -> Json:
        """Return the right digests and some seconds."""
        assert limit > 0
        asked.append((self.target.name, str(request["do"])))
        digests = numbers.right(LAYERS[0].shape, LAYERS[0].pool, backward=False)
        right = [] if self.target == COPY else list(digests)
        return {"digests": right, "seconds": 0.004, "peak": 64}


asked: list[tuple[str, str]] = []


def test_rounds_are_interleaved_and_begin_with_another_each_time() -> None:
    asked.clear()
    terms = Terms(rounds=3, sample=0.01)
    targets = (COPY, Target("a", ""), Target("b", ""))
    runners = [Scripted(one, terms, get_context(), Path()) for one in targets]
    found = race(LAYERS[0], runners, backward=False)
    assert [(row.status, row.seconds, row.peak) for row in found] == [("ok", (0.004,) * 3, 64)] * 3
    assert asked[:3] == [(one, "prepare") for one in ("copy", "a", "b")]
    order = ("copy", "a", "b", "a", "b", "copy", "b", "copy", "a")
    assert asked[3:] == [(one, "time") for one in order]


# The numbers that are pooled


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_right_digests_are_those_of_the_right_answer(layer: Layer) -> None:
    x, dy = numbers.whole(layer, backward=True)
    assert dy is not None
    y, saved = im2col.forward(x, layer.pool)
    dx = im2col.backward(dy, saved)
    expected = numbers.right(layer.shape, layer.pool, backward=True)
    assert tuple(numbers.sealed(numbers.digest(one), one) for one in (y, dx)) == expected
    assert numbers.right(layer.shape, layer.pool, backward=False) == expected[:1]
    dx.flat[0] += 1
    assert numbers.sealed(numbers.digest(dx), dx) != expected[1]


def test_no_plane_has_a_tie_and_no_two_are_alike() -> None:
    planes = numbers.field((3, 5, 8, 9), 2, 0, 15).reshape(15, -1)
    assert all(len(set(plane)) == 72 for plane in planes.tolist())
    assert len({tuple(plane) for plane in planes.tolist()}) == 15
    np.testing.assert_array_equal(numbers.field((3, 5, 8, 9), 2, 4, 6).reshape(2, -1), planes[4:6])


# Layers


def test_every_published_layer_can_be_timed() -> None:
    for one in published():
        layer = of_published(one["id"], 3)
        assert layer.shape == (3, *one["shape"][1:])
        assert legal(layer.shape, layer.pool, DEFAULT), one["id"]
    assert all(of_published(name, 1) for name in layers.TYPICAL)


def test_a_network_is_found_however_it_is_spelled() -> None:
    names = [layer.name for layer in of_network("VGG-16", 2)]
    assert names == [layer.name for layer in of_network("vgg16", 2)]
    assert names == [f"vgg16-keras.block{number}-pool" for number in range(1, 6)]


@pytest.mark.parametrize(
    ("words", "shape", "pool"),
    [
        (("2,3,8,8", "2", "", "0", "1"), (2, 3, 8, 8), Pool.of(2)),
        (("2x3x8", "3", "1", "1", "2"), (2, 3, 8), Pool.of(3, 1, 1, 2, rank=1)),
        (
            ("1,1,9,8", "3,2", "1,2", "1,0:1", "1"),
            (1, 1, 9, 8),
            Pool.of((3, 2), (1, 2), ((1, 1), (0, 1))),
        ),
    ],
)
def test_a_layer_is_written_as_numbers(
    words: tuple[str, str, str, str, str], shape: tuple[int, ...], pool: Pool
) -> None:
    layer = of_shape(*words, ceil_mode=False)
    assert (layer.shape, layer.pool) == (shape, pool)


# Memory


def test_what_does_not_fit_in_memory_is_said_before_anything_is_made() -> None:
    large = Layer("large", (8, 64, 10**5, 10**5), Pool.of(2))
    with pytest.raises(UnusableError, match=r"^large: .* take about [\d,]+\.\d GiB, and .* free"):
        layers.require_memory([LAYERS[0], large])
    layers.require_memory(LAYERS)


# Unusable calls


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("im2cal",), "did you mean im2col"),
        (("im2col", "--network=vgg61"), "did you mean vgg16"),
        (("im2col", "--network=!!"), "no network is called '!!'"),
        (("im2col", "--shape=8,8"), "N,C and one to three sizes, none of them 0; got '8,8'"),
        (("im2col", "--shape=0,1,8,8"), "none of them 0; got '0,1,8,8'"),
        (("im2col", "--shape=1,1,8,eight"), "--shape: whole numbers from 0 on"),
        (("im2col", f"--shape=1,1,8,{'9' * 40}"), "--shape: whole numbers from 0 on"),
        (("im2col", "--shape=1,1,8,8", "--kernel=9"), "the specification forbids this call"),
        (("im2col", "--shape=1,1,8,8", "--padding=2"), "the specification forbids this call"),
        (("im2col", "--shape=1,1,8,8", "--kernel=2,2,2"), "3"),
        (("im2col", "--shape=9,999,99999,99999"), "use a smaller input"),
        (("im2col", "--kernel=3", "--ceil"), "--kernel, --ceil: only with --shape"),
        (("im2col", "--shape=1,1,8,8", "--batch=2"), "--batch: not with --shape"),
        (("im2col", "--threads=1000"), "threads on"),
        (("im2col", "--rounds=0"), "a whole number from 1 to"),
        (("im2col", "--json=a.out", "--html=./a.out"), "two reports are the same file"),
        (("im2col", "--json=absent/a.json"), "there is no folder"),
        (("im2col", "--shape=1,1,8,8", "--network=vgg16"), "not allowed with"),
        (("im2col", "--shap=1,1,8,8"), "did you mean --shape"),
    ],
)
def test_an_unusable_call_is_one_line(
    words: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = cli.main(["bench", *words])
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.startswith("poolproof: ")
    assert said.err.count("\n") == 1
    assert message in said.err


def test_who_is_named_has_to_be_importable(tmp_path: Path) -> None:
    run = poolproof("bench", "im2col", "no.such.module", folder=tmp_path)
    assert (run.status, run.out) == (2, "")
    assert run.err == (
        "poolproof: no.such.module: no.such.module cannot be imported: "
        "ModuleNotFoundError: No module named 'no'\n"
    )


# Engines


@pytest.mark.filterwarnings("ignore")  # frameworks warn about themselves
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("shipped", ENGINES)
def test_an_engine_that_is_ready_answers_like_the_reference(shipped: str, layer: Layer) -> None:
    for package in SHIPPED[shipped].requires:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install 'poolproof[{shipped}]'")
    claims = import_module(SHIPPED[shipped].target).claims
    ready = import_module(SHIPPED[shipped].ready).ready
    x, dy = numbers.whole(layer, backward="gradient" in claims)
    try:
        run, read = ready(x, layer.pool, dy, 1)
    except NotImplementedError as refusal:
        assert "the call needs" in str(refusal)  # noqa: PT017 - a refusal is as good an answer
        return
    expected = numbers.right(layer.shape, layer.pool, backward=dy is not None)
    for _ in range(2):
        assert tuple(numbers.sealed(numbers.digest(one), one) for one in read(run())) == expected
