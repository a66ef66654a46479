"""A list of known deviations is held to in both directions."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from conformance.deviations import (
    Deviation,
    DeviationError,
    State,
    deviations_toml,
    problems,
    read_deviations,
    standings,
)
from conformance.verdict import ImplementationResult, Verdict
from tests.report_sample import implementation, verdicts

TODAY = date(2026, 11, 22)
KNOWN = {"mine", "other"}
ENTRY = '[[deviation]]\nimplementation = "mine"\nclause = "grad.ties"\nreason = "adds in float16"\n'
WITNESS = {"finding": {"note": "a tie"}, "target": "mine.py", "tier": "smoke", "seed": 0}


def result(**changed: Verdict) -> ImplementationResult:
    return implementation("mine", verdicts({n.replace("_", "."): v for n, v in changed.items()}))


def read(folder: Path, text: str) -> list[Deviation]:
    path = folder / "known.toml"
    path.write_text(text, "utf-8")
    return read_deviations(path, KNOWN)


def fails(_one: Deviation) -> bool:
    return True


def holds(_one: Deviation) -> bool:
    return False


def test_an_entry_is_read(tmp_path: Path) -> None:
    more = (
        f"link = \"https://example.org/1\"\nexpires = 2027-01-31\nwitness = '{json.dumps(WITNESS)}'"
    )
    assert read(tmp_path, ENTRY + more) == [
        Deviation(
            *("mine", "grad.ties", "adds in float16", "https://example.org/1"),
            expires=date(2027, 1, 31),
            witness=WITNESS,
        )
    ]
    assert read(tmp_path, "") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[deviation]", r"Expected '\]\]' at the end of an array declaration \(at line 1"),
        ("[[deviations]]\n", "no table is called 'deviations'; did you mean deviation"),
        (
            "deviation = 3\n",
            r"deviation is an array of tables: begin each entry with \[\[deviation\]\]",
        ),
        ("deviation = [3]\n", "entry 1: it is no table"),
        (ENTRY.replace("ties", "tie"), "entry 1: no clause is called 'grad.tie'.*grad.ties"),
        (ENTRY.replace("mine", "mien"), "entry 1: no implementation is called 'mien'.*mine"),
        (ENTRY.replace("reason", "raeson"), "entry 1: no field of a deviation.*reason"),
        (ENTRY.replace("adds in float16", " "), "entry 1: reason is a text that says something"),
        (ENTRY + 'expires = "soon"\n', "entry 1: expires is a date such as 2027-12-31"),
        (ENTRY + "expires = 2027-01-01T10:00:00\n", "entry 1: expires is a date"),
        (ENTRY + "link = 3\n", "entry 1: link is a text"),
        (ENTRY + 'witness = "{"\n', "entry 1: witness is not JSON"),
        (ENTRY + 'witness = "{}"\n', "entry 1: witness is no stored finding"),
        (ENTRY + ENTRY, "entry 2: mine/grad.ties is listed twice"),
    ],
)
def test_what_is_no_list_is_refused_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DeviationError, match=f"known.toml: {message}") as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeviationError, match=r"absent\.toml: No such file"):
        read_deviations(tmp_path / "absent.toml", KNOWN)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.CRASH, Verdict.HANG])
def test_what_is_broken_is_listed_or_fails_the_run(verdict: Verdict) -> None:
    broken = result(grad_ties=verdict)
    (known,) = standings([broken], [Deviation("mine", "grad.ties", "why")], TODAY, holds)
    assert (known.state, known.text) == (State.KNOWN, "why")
    (unlisted,) = standings([broken], [Deviation("other", "grad.ties", "why")], TODAY, holds)
    assert unlisted.state is State.UNLISTED
    assert list(problems([known, unlisted])) == [
        f"mine/grad.ties: {verdict}, and not on the list of known deviations"
    ]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.PASS, State.FIXED),
        (Verdict.UNCLAIMED, State.UNJUDGED),
        (Verdict.NOT_RUN, State.UNJUDGED),
    ],
)
def test_what_is_listed_and_not_broken_fails_the_run(verdict: Verdict, state: State) -> None:
    listed = [Deviation("mine", "grad.ties", "why")]
    (one,) = standings([result(grad_ties=verdict)], listed, TODAY, holds)
    assert one.state is state
    assert "delete the entry" in one.text


def test_a_pass_counts_when_the_witness_passes_too() -> None:
    listed = [Deviation("mine", "grad.ties", "why", witness=WITNESS)]
    (lucky,) = standings([result()], listed, TODAY, fails)
    (real,) = standings([result()], listed, TODAY, holds)
    assert (lucky.state, real.state) == (State.KNOWN, State.FIXED)


def test_an_entry_expires_after_its_day() -> None:
    def state(day: date) -> State:
        listed = [Deviation("mine", "grad.ties", "why", expires=day)]
        (one,) = standings([result(grad_ties=Verdict.FAIL)], listed, TODAY, holds)
        return one.state

    assert state(date(2026, 11, 21)) is State.EXPIRED
    assert state(TODAY) is State.KNOWN


def test_the_worst_is_said_first() -> None:
    listed = [Deviation("mine", "grad.ties", "why"), Deviation("mine", "pad.never-wins", "why")]
    found = standings(
        [result(grad_ties=Verdict.FAIL, nan_anywhere=Verdict.FAIL)], listed, TODAY, holds
    )
    assert [one.state for one in found] == [State.UNLISTED, State.FIXED, State.KNOWN]


def test_a_list_that_was_written_can_be_read(tmp_path: Path) -> None:
    broken = result(grad_ties=Verdict.FAIL, nan_anywhere=Verdict.CRASH)
    hostile = WITNESS | {"finding": {"note": 'a "quote", \x7f \u2028 \x1b and \ud800'}}
    earlier = [Deviation("mine", "nan.anywhere", "ours", "https://example.org", date(2027, 1, 1))]
    text = deviations_toml([broken], {("mine", "grad.ties"): hostile}, earlier)
    ties, nan = sorted(read(tmp_path, text), key=lambda one: one.clause)
    assert (nan.reason, nan.link, nan.expires, nan.witness) == (
        *("ours", "https://example.org", date(2027, 1, 1)),
        None,
    )
    assert ties.reason.startswith('not examined yet: a "quote"')
    assert ties.witness == hostile
    assert list(problems(standings([broken], [ties, nan], TODAY, holds))) == []
