"""`poolproof bench`: what it times and what it says about it; never how long it takes."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from conformance.bench import plots
from conformance.bench.growth import AXES, fitted, variations
from conformance.bench.layers import Layer
from conformance.bench.page import render_bench
from conformance.bench.rounds import Row
from conformance.bench.stopwatch import COPY, room_for
from conformance.verdict import Json
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


def test_a_copy_lies_half_a_page_from_its_original() -> None:
    for shape in ((1, 2, 3, 5), (4, 16, 32, 32)):
        x = np.zeros(shape, np.float32)
        room = room_for(x)
        assert (room.shape, room.dtype, room.flags.c_contiguous) == (shape, x.dtype, True)
        assert (room.ctypes.data - x.ctypes.data) % 4096 == 2048
        assert not np.shares_memory(room, x)


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


# Memory


def test_peak_memory_is_a_multiple_of_the_input(grown: tuple[Run, Path]) -> None:
    for row in grown[0].report["rows"]:
        if row["status"] == "ok":
            assert row["peak"] is None or row["peak"] >= 0
