"""The search draws the same calls for a seed everywhere, and others for another seed."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.calls import Bench
from conformance.cases import search
from conformance.cases.case import TIERS
from conformance.checks.catalogue import checks
from conformance.commands.replay import replay
from conformance.features import TYPES, needed
from conformance.findings import finding
from conformance.isolation.flight import Silence
from conformance.judge import CheckFailedError, Judge, no_looks
from conformance.oracle import legal, output_shape
from conformance.registry import Target, load
from reference.dialect import DEFAULT

CHECKOUT = Path(__file__).parents[1]
DRAWN = "from conformance.cases.search import drawn; print(*drawn(3, 0), sep='\\n')"


def lines() -> list[str]:
    text = (CHECKOUT / "conformance/data/search.txt").read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_line_of_the_file_is_the_call_that_it_is_read_as() -> None:
    assert len(lines()) > 500
    for line in lines():
        assert str(search.Call.read(line)) == line


def test_every_kept_call_is_legal_and_small() -> None:
    for case in search.cases(0, "deep"):
        assert legal(case.shape, case.pool, DEFAULT), case.id
        assert math.prod(case.shape) <= search.ELEMENTS, case.id
        taps = math.prod(output_shape(case.shape, case.pool)) * math.prod(case.pool.kernel_size)
        assert taps <= 20 * search.TAPS, case.id


def test_a_tier_has_the_calls_of_the_one_before_and_more() -> None:
    found = [{case.id for case in search.cases(0, tier)} for tier in TIERS]
    assert found[0] == found[1] < found[2]
    first = [case.tier for case in search.cases(0, "deep")]
    assert 10 < first.count("smoke") < first.count("default") < first.count("deep")


def test_the_calls_need_every_feature_that_a_forward_call_can_need() -> None:
    seen: set[str] = set()
    for case in search.cases(0, "deep"):
        seen |= needed(case.shape, case.dtype, case.pool)
    wanted = {"overlap", "gaps", "remainder", "padding", "asymmetric-padding", "dilation", "ceil"}
    wanted |= {"rank-1", "rank-3", "unbatched", "same-upper", "same-lower"}
    wanted |= {*TYPES} - {"float32", "float64"}
    assert wanted <= seen


def test_a_block_is_drawn_alike_in_another_process() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "11"}
    there = subprocess.run(  # noqa: S603 - this Python, and our own module
        [sys.executable, "-c", DRAWN],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    here = search.drawn(3, 0)
    assert there.stdout.splitlines() == [str(call) for call in here]
    assert len(here) == len(set(here)) > 20


def test_another_seed_draws_other_calls_and_other_numbers() -> None:
    one, other = search.cases(0, "default"), search.cases(1, "default")
    assert not {case.id for case in one} & {case.id for case in other}
    assert {(case.pool, case.shape) for case in one} != {(case.pool, case.shape) for case in other}
    assert any(case.x(0).tobytes() != case.x(1).tobytes() for case in one)


def test_a_case_is_filled_alike_every_time() -> None:
    for case in search.cases(0, "default")[::7]:
        assert case.x(5).tobytes() == case.x(5).tobytes()
        assert case.x(0).shape == case.shape
        assert case.x(0).dtype.name == case.dtype


def test_every_fill_is_drawn() -> None:
    assert {case.fill for case in search.cases(0, "deep")} == set(search.FILLS.values())


def test_the_command_writes_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("conformance.cases.search.resources.files", lambda _package: tmp_path)
    monkeypatch.setattr(search, "BLOCKS", {"smoke": 1})
    monkeypatch.setattr(search, "BLOCK", 20)
    search.main()
    written = (tmp_path / search.FILE).read_text("utf-8").splitlines()
    assert written[1] == "# block 0"
    assert [str(search.Call.read(line)) for line in written[2:]] == written[2:]


def test_a_search_check_cites_each_clause_once() -> None:
    cited = [check.clause for check in checks() if check.name == "test_searched_calls"]
    assert len(cited) == len(set(cited)) > 15


def test_a_finding_of_the_search_can_be_replayed_under_its_seed() -> None:
    target = "conformance.zoo.members:own-ties-last"
    bench = Bench(load(Target("last", target)), Silence(), 60)
    check = next(one for one in checks() if one.line == "index.plane test_searched_calls")
    judge = Judge(bench, no_looks(), "default", seed=3)
    check.run(judge)
    with pytest.raises(CheckFailedError) as failed:
        judge.settle()
    found = finding("last", check.clause, check.name, failed.value, 3)
    assert found["case"].startswith("search.3.")
    record = {"finding": found, "target": target, "tier": "default", "seed": 3}
    again = replay(record)
    assert again is not None
    assert (again["clause"], again["got"]) == (found["clause"], found["got"])
    assert replay({**record, "target": "conformance.zoo.members:sound"}) is None
