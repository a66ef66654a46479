"""`poolproof bench`: what it times, how, and what it says about it; never how long it takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from conformance import cli
from conformance.bench import layers, numbers, plots, result
from conformance.bench.growth import AXES, fitted, variations
from conformance.bench.layers import Layer, of_network, of_published, of_shape
from conformance.bench.page import render_bench
from conformance.bench.rounds import Contestant, Row, Terms, race
from conformance.bench.stopwatch import COPY
from conformance.cases.networks import layers as published
from conformance.contract import UnusableError
from conformance.oracle import legal
from conformance.registry import Target
from conformance.verdict import Json
from implementations import SHIPPED, im2col
from reference.dialect import DEFAULT
from reference.pool import Pool
from tests.judging import Run, poolproof

SUBJECTS = "tests.subjects"
MARKED = "[bold]x[]<script>alert(1)<"
QUICK = ("--sample=0.001", "--rounds=3", "--call-limit=1")
FAILING = {
    "garbage": ("wrong", "the output is not that of the reference"),
    "fickle": ("wrong", "the output is not that of the reference"),
    "abort": ("died", "the process died: signal 6"),
    "endless": ("hung", "no answer within 3 s"),
    "nothing": ("raised", "forward returns y and saved, got NoneType"),
    "flat": ("wrong", "the output is not that of the reference"),
    "bare": ("refused", "NotImplementedError: "),
}
LAYERS = [
    Layer("tiling", (2, 3, 6, 4), Pool.of(2)),
    Layer("overlap", (3, 2, 9, 7), Pool.of((3, 2), (2, 1), ((1, 0), (0, 1)), (1, 2))),
    Layer("line", (2, 5, 17), Pool.of((5,), (3,), ceil_mode=True, rank=1)),
    Layer("volume", (1, 4, 5, 6, 4), Pool.of(2, 1, rank=3)),
]
ENGINES = [name for name, shipped in SHIPPED.items() if shipped.ready]


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Time right, wrong and failing implementations."""
    folder = tmp_path_factory.mktemp("bench")
    asked = (
        *("im2col", f"{MARKED}=reshape", f"ready={SUBJECTS}.timed:ready"),
        *(f"garbage={SUBJECTS}.results:y_garbage", f"fickle={SUBJECTS}.timed:fickle"),
        *(f"abort={SUBJECTS}.deadly:abort", f"endless={SUBJECTS}.deadly:endless"),
        *(f"nothing={SUBJECTS}.results:nothing", f"flat={SUBJECTS}.results:y_flat"),
        "bare=tests.subjects.timed:bare",
    )
    files = (f"--json={folder / 'report.json'}", f"--html={folder / 'page.html'}")
    layer = ("--shape=1,67,4,6", "--kernel=2", "--work=forward")
    return poolproof("bench", *asked, *layer, *QUICK, *files, folder=folder), folder


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Time two implementations forward and backward, and how their time grows."""
    folder = tmp_path_factory.mktemp("growth")
    files = (f"--json={folder / 'report.json'}", f"--html={folder / 'page.html'}")
    layer = ("--shape=1x2x12x8", "--kernel=3,2", "--stride=1", "--padding=1,0:1")
    asked = ("im2col", "separable-values", *layer, *QUICK, "--growth", "--clock=cpu", *files)
    return poolproof("bench", *asked, folder=folder), folder


def rows(run: Run, work: str = "forward") -> dict[str, Json]:
    """Return the row of each implementation."""
    return {row["implementation"]: row for row in run.report["rows"] if row["work"] == work}


# What each implementation comes to


def test_who_is_right_is_timed(timed: tuple[Run, Path]) -> None:
    found = rows(timed[0])
    assert list(found) == [COPY.name, "im2col", MARKED, "ready", *FAILING]
    for name in (COPY.name, "im2col", MARKED, "ready"):
        assert (found[name]["status"], found[name]["note"]) == ("ok", "")
        assert len(found[name]["seconds"]) == 3
        assert min(found[name]["seconds"]) > 0


@pytest.mark.parametrize("name", FAILING)
def test_who_fails_loses_its_own_row(name: str, timed: tuple[Run, Path]) -> None:
    row = rows(timed[0])[name]
    status, note = FAILING[name]
    assert row["status"] == status
    assert note in row["note"]
    assert "seconds" not in row
    assert f"{name}  {status}: {row['note'][:30]}" in " ".join(timed[0].out.split("\n"))


def test_a_failure_is_an_exit_status_and_a_refusal_is_none(
    timed: tuple[Run, Path], grown: tuple[Run, Path]
) -> None:
    assert (timed[0].status, timed[0].err) == (1, "")
    assert (grown[0].status, grown[0].err) == (0, "")
    assert rows(grown[0], "forward+backward")["separable-values"]["status"] == "refused"


def test_figures_follow_from_the_seconds(timed: tuple[Run, Path]) -> None:
    found = rows(timed[0])
    size, windows = 4 * 67 * 4 * 6, 67 * 2 * 3
    copy = float(np.median(found[COPY.name]["seconds"]))
    row = found["im2col"]
    median = float(np.median(row["seconds"]))
    assert row["median"] == median
    assert row["low"] <= median <= row["high"]
    assert row["spread"] == pytest.approx((row["high"] - row["low"]) / median)
    assert row["copies"] == pytest.approx(median / copy)
    assert row["windows per second"] == pytest.approx(windows / median)
    assert row["GB/s"] == pytest.approx((size + 4 * windows) / median / 1e9)
    assert row["of roofline"] == pytest.approx(row["GB/s"] / found[COPY.name]["GB/s"])
    assert found[COPY.name]["copies"] == found[COPY.name]["of roofline"] == 1
    assert found[COPY.name]["windows per second"] is None


def test_machine_versions_and_threads_are_said(grown: tuple[Run, Path]) -> None:
    run, folder = grown
    found = run.report["environment"]
    assert found["threads"] == 1
    assert found["limited by"]["OMP_NUM_THREADS"] == "1"
    assert found["processor"]
    assert run.out.startswith("poolproof ")
    head = " ".join(run.out.split("\n\n")[0].split())
    page = (folder / "page.html").read_text("utf-8")
    for said in ("1 thread", "3 rounds", "processor time", f"numpy {np.__version__}"):
        assert said in head
    assert "<dt>clock<dd>cpu" in page
    assert "NUMBA_NUM_THREADS=1" in page
    assert np.__version__ in page


# Growth


def test_growth_is_an_exponent_for_each_axis(grown: tuple[Run, Path]) -> None:
    found = {(one["implementation"], one["axis"]): one for one in grown[0].report["growth"]}
    names = (COPY.name, "im2col", "separable-values")
    assert found.keys() == {(name, axis) for name in names for axis in AXES}
    assert found["im2col", "kernel"]["sizes"] == [2, 4, 8]
    assert found["im2col", "batch"]["sizes"] == [1, 2, 4, 8]
    assert found["im2col", "extent"]["sizes"] == [8, 16, 32, 64]
    for one in found.values():
        slope, _ = np.polyfit(np.log(one["sizes"]), np.log(one["seconds"]), 1)
        assert one["exponent"] == pytest.approx(slope)


def test_an_exponent_needs_three_points() -> None:
    base = Layer("base", (1, 2, 8, 8), Pool.of(2))
    races = [
        [Row(base, backward=False, implementation="one", seconds=(3.0 * n**1.5,))]
        for n in (1, 2, 4)
    ]
    (one,) = fitted("batch", (1, 2, 4), races)
    assert one.exponent == pytest.approx(1.5)
    assert fitted("batch", (1, 2), races[:2]) == []
    failed = [Row(base, backward=False, implementation="one", status="died")]
    assert fitted("batch", (1, 2, 4), [*races[:2], failed]) == []


def test_only_one_axis_varies() -> None:
    base = Layer("base", (2, 3, 40, 20), Pool.of((3, 2), 2, 1))
    shapes = {
        axis: [one.shape for _, one in variations(base, axis)]
        for axis in ("batch", "channels", "extent")
    }
    assert shapes["batch"] == [(2 * n, 3, 40, 20) for n in (1, 2, 4, 8)]
    assert shapes["channels"] == [(2, 3 * n, 40, 20) for n in (1, 2, 4, 8)]
    assert shapes["extent"] == [(2, 3, 40 * n, 20 * n) for n in (1, 2, 4, 8)]
    kernels = [(size, one.pool.kernel_size, one.shape) for size, one in variations(base, "kernel")]
    assert kernels == [(2 * n, (3 * n, 2 * n), base.shape) for n in (1, 2, 4, 8)]


# The page and the terminal


def test_the_page_stands_alone_and_its_plots_can_be_drawn(
    timed: tuple[Run, Path], grown: tuple[Run, Path]
) -> None:
    for run, folder in (timed, grown):
        page = (folder / "page.html").read_text("utf-8")
        assert "<script" not in page
        assert not re.search(r"(src|href)=", page)
        drawn = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]  # noqa: S314 - our own
        races = {(row["layer"], row["work"]) for row in run.report["rows"]}
        assert len(drawn) == len(races) + len({one["axis"] for one in run.report["growth"]})
    page = (timed[1] / "page.html").read_text("utf-8")
    assert page.count("&lt;script&gt;") == 2
    for name, (status, _) in FAILING.items():
        assert re.search(rf"<th scope='row'>{name}<td class='{status}'", page)


def test_dots_are_in_the_order_of_time() -> None:
    def row(name: str, seconds: float) -> Json:
        times = {"median": seconds, "low": seconds, "high": seconds * 1.2}
        return {"implementation": name, "status": "ok", **times}

    drawn = ET.fromstring(plots.dots([row("a", 1e-5), row("b", 1e-4), row("c", 1e-3)]))  # noqa: S314 - our own
    first, second, third = (float(one.attrib["cx"]) for one in drawn.iter("circle"))
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert second > first
    assert plots.dots([]) == ""


def test_a_result_can_be_drawn_again(grown: tuple[Run, Path]) -> None:
    assert render_bench(grown[0].report) == (grown[1] / "page.html").read_text("utf-8")


def test_the_quickest_is_first(grown: tuple[Run, Path]) -> None:
    table = grown[0].out.partition(" forward\n")[2].partition("\n\n")[0]
    names = [line.split()[0] for line in table.splitlines()[1:]]
    timed = [row for row in rows(grown[0]).values() if row["status"] == "ok"]
    assert names == [row["implementation"] for row in sorted(timed, key=lambda row: row["median"])]


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


def test_peak_memory_is_a_multiple_of_the_input(grown: tuple[Run, Path]) -> None:
    for row in grown[0].report["rows"]:
        if row["status"] == "ok":
            assert row["peak"] is None or row["peak"] >= 0


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
        (("im2col", "--shape=9,999,99999,99999"), "use a smaller batch"),
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


def test_versions_of_engines_are_said() -> None:
    assert result.packages(Target("im2col", SHIPPED["im2col"].target)) == {}
    assert result.packages(Target("torch", "elsewhere")) == {}
