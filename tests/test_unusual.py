"""The family of right but unusual implementations is not accused, a sample of it here.

Each member sees a third of the cases here, and which third depends on its seed. All of them, under
many seeds: `python -m tests.unusual.seeds`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.cases.case import Case
from conformance.checks.test_twins import number_of_calls
from conformance.checks.threads import fitting
from tests.unusual import seeds

SAMPLE = {
    "last-nan": 1,
    "fortran": 2,
    "recomputing": 3,
    "base-only": 4,
    "native-half": 5,
    "compiled": 6,
    "flat-column-index": 7,
    "unequal": 9,
    "freed-by-hand": 17,
    "every-second-time": 18,
    "of-one-type": 19,
    "negative-zeros": 13,
    "single-threaded": 10,
    "single-precision": 11,
    "undilated-gradient": 12,
    "without-remainder": 0,
    "offer-36": 14,
    "dialect-26": 15,
    "dialect-39": 16,
    "dialect-3": 8,
    "dialect-21": 0,
}
"""Members of every kind, nearly each under a seed of its own."""
SLOW = ("last-nan", "native-half", "flat-column-index", "of-one-type", "freed-by-hand")
"""Those that take a quarter of a minute or more in smoke; `seeds` judges them there."""


@pytest.mark.parametrize("name", SAMPLE)
def test_a_member_conforms(name: str) -> None:
    found = seeds.judge(name, SAMPLE[name], "brief" if name in SLOW else "smoke", 3)
    assert not found.accusations, str(found)
    assert found.cases > 100


def test_the_command_goes_on_where_its_log_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "seeds.txt"
    asked = ["--only", "base-only", "-n", "1", "--log", str(log)]
    assert seeds.main(["--seeds", "1", *asked]) == 0
    assert seeds.main(["--seeds", "2", *asked]) == 0
    lines = log.read_text("utf-8").splitlines()
    assert [line.split("\t")[:3] for line in lines[1:]] == [
        ["0", "base-only", "conforms"],
        ["1", "base-only", "conforms"],
    ]
    assert capsys.readouterr().out.splitlines()[-1] == "0 of 1 accused; 1 were in the log"


def test_seeds_are_dealt_out_in_turn(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--only", "base-only", "records", "--one-in=2", "--cases-one-in=50", "-n", "1"]
    assert seeds.main(["--seeds", "2", *asked]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines if len(line) > 1 and line[0].isdigit()] == [
        ["0", "base-only"],
        ["1", "records"],
    ]


def test_cases_take_turns_and_searched_calls_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = seeds.judge("base-only", 0, "smoke"), 0
    searched = seeds.judge("base-only", 0, "smoke", 0).cases
    for turn in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(seeds.TurnJudge, "has_turn", _turn(turn))
            parts += seeds.judge("base-only", 0, "smoke", 3).cases
    assert searched > 0
    assert parts == whole.cases + 2 * searched


def _turn(turn: int) -> Callable[[seeds.TurnJudge, Case], bool]:
    """Return `has_turn` as it is for this seed, the numbers staying those of the seed 0."""
    has_turn = seeds.TurnJudge.has_turn

    def changed(judge: seeds.TurnJudge, case: Case) -> bool:
        kept, judge.seed = judge.seed, turn
        try:
            return has_turn(judge, case)
        finally:
            judge.seed = kept

    return changed


def test_a_log_of_another_tier_is_not_taken_for_this_one(tmp_path: Path) -> None:
    log = tmp_path / "seeds.txt"
    log.write_text("# tests.unusual.seeds, tier deep: seed, member\n", "utf-8")
    with pytest.raises(SystemExit, match="another tier"):
        seeds.main(["--seeds", "1", "--log", str(log)])


def test_an_unknown_member_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SystemExit, match="plane-loops"):
        seeds.main(["--only", "plane-loop"])


def test_who_is_slow_makes_fewer_rounds_in_threads_and_is_given_more_time() -> None:
    assert fitting(200, alone=0.25) == (200, 4 * 200 * 0.25)
    assert fitting(200, alone=4.0) == (50, 4 * 50 * 4.0)
    assert fitting(6, alone=60.0) == (2, 4 * 2 * 60.0)


def test_who_is_slow_makes_fewer_calls_in_a_row() -> None:
    assert number_of_calls("default", alone=0.001) == 300
    assert number_of_calls("default", alone=0.5) == 60
    assert number_of_calls("smoke", alone=60.0) == 10


def test_a_wrong_accusation_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(seeds.MEMBERS, "wrong", "conformance.zoo.members:own-min")
    found = seeds.judge("wrong", 0, "brief")
    assert "ACCUSED" in str(found)
    assert any(line.startswith("value.maximum by ") for line in found.accusations)
