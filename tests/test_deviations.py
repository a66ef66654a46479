"""A list of known deviations is held to in both directions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.commands.replay import ReplayError
from conformance.findings import blank_finding
from conformance.known_deviations import relapse
from conformance.known_deviations.listed import (
    Deviation,
    DeviationError,
    deviations_toml,
    read_deviations,
)
from conformance.known_deviations.relapse import Replay, overruled
from conformance.known_deviations.standings import State, problems, standings, summary
from conformance.registry import Target
from conformance.report.reading import schema
from conformance.verdict import ImplementationResult, Json, RunResult, Verdict
from conformance.verdicts import finding_of
from tests.report_sample import implementation, verdicts

TODAY = date(2026, 11, 22)
KNOWN = {"mine", "other"}
ENTRY = '[[deviation]]\nimplementation = "mine"\nclause = "grad.ties"\nreason = "adds in float16"\n'
FINDING = blank_finding("mine", "grad.ties", "test_ties", "windows.ties", "forward(x)")
WITNESS = {"finding": FINDING, "tier": "smoke", "seed": 0}
OTHER = WITNESS | {"finding": FINDING | {"clause": "grad.sparse"}}
TRIMMED = ("also", "behaves_like", "script", "no_script")


def result(**changed: Verdict) -> ImplementationResult:
    return implementation("mine", verdicts({n.replace("_", "."): v for n, v in changed.items()}))


def read(folder: Path, text: str) -> list[Deviation]:
    path = folder / "known.toml"
    path.write_text(text, "utf-8")
    return read_deviations(path, KNOWN)


def ran(*results: ImplementationResult) -> RunResult:
    """Return a run of which only the implementations matter here."""
    return RunResult("0", "1", "smoke", 0, 1, "2026-11-22T00:00:00Z", 1.0, {}, {}, results)


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
        (
            ENTRY + 'witness = "{}"\n',
            'entry 1: witness is no stored finding: the whole: "finding" is a r',
        ),
        (
            ENTRY + "witness = '[]'\n",
            r"entry 1: witness is no stored finding: the whole: \[\] is not of type",
        ),
        (
            ENTRY + """witness = '{"finding": {}, "tier": "smoke", "seed": 0}'\n""",
            r"entry 1: witness is no stored finding: \['finding'\]: .* is a required",
        ),
        (
            f"{ENTRY}witness = '{json.dumps(OTHER)}'\n",
            "entry 1: witness is no stored finding: it is about mine/grad.sparse; write",
        ),
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
    (known,) = standings([broken], [Deviation("mine", "grad.ties", "why")], TODAY)
    assert (known.state, known.text) == (State.KNOWN, "why")
    (unlisted,) = standings([broken], [Deviation("other", "grad.ties", "why")], TODAY)
    assert unlisted.state is State.UNLISTED
    assert problems([known, unlisted]) == [
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
    (one,) = standings([result(grad_ties=verdict)], listed, TODAY)
    assert one.state is state
    assert "delete the entry" in one.text


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.CRASH, Verdict.HANG])
def test_a_pass_is_luck_where_the_witness_fails(verdict: Verdict) -> None:
    replays = {("mine", "grad.ties"): Replay(verdict, FINDING)}
    (judged,) = overruled(ran(result()), replays).implementations
    assert judged.clauses["grad.ties"].verdict is verdict
    assert "the witness of a known deviation" in judged.clauses["grad.ties"].reason
    assert judged.clauses["grad.sparse"].verdict is Verdict.PASS
    assert [(one.clause, one.verdict) for one in judged.findings] == [("grad.ties", verdict)]
    assert not judged.conforms
    (one,) = standings([judged], [Deviation("mine", "grad.ties", "why")], TODAY)
    assert one.state is State.KNOWN


@pytest.mark.parametrize("replay", [Replay(Verdict.PASS), Replay(Verdict.NOT_RUN, why="gone")])
def test_a_witness_that_does_not_fail_overrules_nothing(replay: Replay) -> None:
    run = ran(result(grad_sparse=Verdict.FAIL))
    assert overruled(run, {("mine", "grad.ties"): replay}).implementations == [*run.implementations]


def test_a_failure_of_the_run_stands_beside_the_one_of_the_witness() -> None:
    run = ran(result(grad_ties=Verdict.CRASH))
    replays = {("mine", "grad.ties"): Replay(Verdict.FAIL, FINDING)}
    assert overruled(run, replays).implementations == [*run.implementations]


def listed_witness(clause: str, verdict: Verdict = Verdict.FAIL) -> Deviation:
    """Return an entry with a witness that had this verdict."""
    found = blank_finding("mine", clause, "test", "case", "call") | {"verdict": verdict.value}
    witness = WITNESS | {"finding": found}
    return Deviation("mine", clause, "why", witness=witness)


def test_witnesses_share_a_process_and_those_that_ended_one_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []

    def together(records: list[Json], _seconds: float) -> list[Json]:
        asked.append([one["finding"]["clause"] for one in records])
        assert {one["target"] for one in records} == {"here.py"}
        return [{"found": FINDING}, {"why": "gone"}]

    monkeypatch.setattr(relapse, "replayed_together", together)
    monkeypatch.setattr(relapse, "replayed", lambda *_: (Verdict.PASS, None))
    entries = [
        listed_witness("grad.ties"),
        listed_witness("nan.anywhere", Verdict.CRASH),
        listed_witness("grad.sparse"),
        Deviation("other", "grad.ties", "not judged", witness=of_other()),
        Deviation("mine", "pad.sides", "no witness"),
    ]
    found = relapse.replay_witnesses(entries, [Target("mine", "here.py")], 2, 20.0)
    assert asked == [["grad.ties", "grad.sparse"]]
    assert {clause: one.verdict for (_, clause), one in found.items()} == {
        "grad.ties": Verdict.FAIL,
        "grad.sparse": Verdict.NOT_RUN,
        "nan.anywhere": Verdict.PASS,
    }
    assert relapse.Known(entries, found).unplayed == {("mine", "grad.sparse"): "gone"}


def test_where_the_shared_process_ended_each_witness_is_asked_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def alone(record: Json, _seconds: float) -> tuple[Verdict, Json | None]:
        if record["finding"]["clause"] == "grad.sparse":
            message = "it cannot be imported"
            raise ReplayError(message)
        return Verdict.CRASH, FINDING

    monkeypatch.setattr(relapse, "replayed_together", lambda *_: None)
    monkeypatch.setattr(relapse, "replayed", alone)
    entries = [listed_witness("grad.ties"), listed_witness("grad.sparse")]
    found = relapse.replay_witnesses(entries, [Target("mine", "here.py")], 2, 20.0)
    assert found["mine", "grad.ties"] == Replay(Verdict.CRASH, FINDING)
    assert found["mine", "grad.sparse"] == Replay(Verdict.NOT_RUN, why="it cannot be imported")


def test_a_witness_that_cannot_be_replayed_is_told() -> None:
    listed = [Deviation("mine", "grad.ties", "why", witness=WITNESS)]
    why = {("mine", "grad.ties"): "the suite has no case for it any more"}
    (one,) = standings([result()], listed, TODAY, why)
    assert one.state is State.FIXED
    assert one.text.endswith(
        "(its witness could not be replayed: the suite has no case for it any more)"
    )


def test_an_entry_expires_after_its_day() -> None:
    def state(day: date) -> State:
        listed = [Deviation("mine", "grad.ties", "why", expires=day)]
        (one,) = standings([result(grad_ties=Verdict.FAIL)], listed, TODAY)
        return one.state

    assert state(date(2026, 11, 21)) is State.EXPIRED
    assert state(TODAY) is State.KNOWN


def test_the_worst_is_said_first() -> None:
    listed = [Deviation("mine", "grad.ties", "why"), Deviation("mine", "pad.never-wins", "why")]
    found = standings([result(grad_ties=Verdict.FAIL, nan_anywhere=Verdict.FAIL)], listed, TODAY)
    assert [one.state for one in found] == [State.UNLISTED, State.FIXED, State.KNOWN]


def test_the_summary_names_who_was_not_judged() -> None:
    listed = [Deviation("mine", "grad.ties", "why"), Deviation("other", "grad.ties", "why")]
    found = standings([result(grad_ties=Verdict.FAIL)], listed, TODAY)
    assert (
        summary(found, listed)
        == "1 of 2 listed are broken as listed; not judged in this run: other"
    )
    assert summary(found, listed[:1]) == "1 of 1 listed are broken as listed"


def test_a_standing_is_told_as_the_schema_says() -> None:
    listed = [Deviation("mine", "grad.ties", "why", "https://example.org", date(2027, 1, 1))]
    found = standings([result(grad_ties=Verdict.FAIL, nan_anywhere=Verdict.FAIL)], listed, TODAY)
    told = [one.to_json() for one in found]
    form = {"items": {"$ref": "#/$defs/known_deviation"}, "$defs": schema()["$defs"]}
    Draft202012Validator(form).validate(told)
    assert [one["state"] for one in told] == ["unlisted", "known"]
    assert (told[1]["reason"], told[1]["link"], told[1]["expires"]) == (
        *("why", "https://example.org"),
        "2027-01-01",
    )


def test_a_list_that_was_written_can_be_read(tmp_path: Path) -> None:
    note = 'a "quote", \x7f \u2028 \x1b and \ud800'
    found = finding_of(FINDING | {"note": note, "script": "print()"})
    broken = replace(result(grad_ties=Verdict.FAIL, nan_anywhere=Verdict.CRASH), findings=(found,))
    earlier = [
        Deviation("mine", "nan.anywhere", "ours", "https://example.org", date(2027, 1, 1)),
        Deviation("mine", "pad.never-wins", "mended meanwhile"),
        Deviation("other", "grad.ties", "not judged this time", witness=of_other()),
    ]
    text = deviations_toml(ran(broken), earlier)
    nan, ties, other = read(tmp_path, text)
    assert nan == earlier[0]
    assert other == earlier[2]
    assert ties.reason.startswith('not examined yet: a "quote"')
    assert ties.witness is not None
    kept = {name: value for name, value in FINDING.items() if name not in TRIMMED}
    assert ties.witness["finding"] == kept | {"note": note}
    assert problems(standings([broken], [ties, nan, other], TODAY)) == []


def of_other() -> Json:
    """Return a witness of the other implementation."""
    return WITNESS | {"finding": FINDING | {"implementation": "other"}}
