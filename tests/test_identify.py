"""What an implementation speaks is found out by asking it, and which named dialect is nearest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.clauses import switches
from conformance.identify.examination import ORDER, Portrait
from conformance.identify.named_dialects import NAMED, first_of, nearest
from conformance.identify.probes import probes_of
from conformance.identify.standing import Standing, Status
from implementations import SHIPPED
from reference.dialect import DEFAULT, Dialect
from reference.geometry import output_sizes
from tests.asking import seen
from tests.subjects import speaking
from tests.subjects.speaking import Speaking, channels
from tests.unusual import FAMILY

VALUES = speaking.every()
MEETINGS = (
    Dialect("ignore", "last", "last", "split", "first", "bare", "flat", "int32", "lowest",
            "identity", "empty", "none"),
    Dialect("ignore", "first", "last", "winner", "positive", "start-rule-if-padded",
            "flat-column", "int32", "lowest", "error", "error", "below-kernel"),
    Dialect("propagate", "last", "any", "all", "positive", "bare", "flat-channels-last", "int64",
            "lowest", "identity", "empty", "half-extent"),
    Dialect("propagate", "any", "last", "winner", "any", "bare", "plane", "int32", "infinity",
            "error", "empty", "none"),
)  # fmt: skip
"""Dialects in which many switches are not at their defaults."""


def of(portrait: Portrait) -> dict[str, str]:
    """Return the value of each switch that is settled, and of the others how they stand."""
    return {
        name: one.value if one.settled else str(one.status)
        for name, one in portrait.standings.items()
    }


def spoken(dialect: Dialect) -> dict[str, str]:
    """Return the values of a dialect by switch."""
    return {name: getattr(dialect, name.replace("-", "_")) for name in switches()}


# Every value of every switch


def test_every_switch_is_read() -> None:
    assert set(ORDER) == set(switches())
    assert set(ORDER) == {probe.switch for name in ORDER for probe in probes_of(name)}


@pytest.mark.parametrize(("switch", "value"), VALUES, ids=str)
def test_every_value_is_recovered(switch: str, value: str) -> None:
    dialect = VALUES[switch, value]
    found = seen(Speaking(dialect))
    assert of(found) == spoken(dialect)
    shown = found.standings[switch].exhibits
    assert shown
    left = set(switches()[switch].values).intersection(*(one.says for one in shown))
    assert left <= {value, "any"}


@pytest.mark.parametrize("dialect", MEETINGS, ids=range(len(MEETINGS)))
def test_switches_that_meet_are_told_apart(dialect: Dialect) -> None:
    assert of(seen(Speaking(dialect))) == spoken(dialect)


def test_a_rounding_whose_empty_windows_are_refused_is_recovered() -> None:
    found = of(seen(Speaking(Dialect(ceil="bare"))))
    assert (found["ceil"], found["empty-window"]) == ("bare", "error")


def test_only_the_probes_about_sizes_have_none() -> None:
    for switch in ORDER:
        for probe in probes_of(switch):
            least = min(output_sizes(probe.x.shape[-probe.pool.rank :], probe.pool))
            assert (least < 1) == (switch == "zero-size"), probe.sides


def test_no_two_probes_of_a_switch_are_alike() -> None:
    for switch in ORDER:
        sides = [tuple(probe.sides.items()) for probe in probes_of(switch)]
        assert len(set(sides)) == len(sides) > 60


# Right ones are not accused


@pytest.mark.parametrize("name", FAMILY)
def test_who_is_right_keeps_what_it_declares(name: str) -> None:
    found = seen(FAMILY[name])
    stands = {one.status for one in found.standings.values()}
    assert stands <= {Status.OBSERVED, Status.UNDECIDED, Status.UNTOLD}
    assert set(found.keeps.values()) <= {True}


@pytest.mark.parametrize("name", ["im2col", "windowed", "reshape"])
def test_our_own_speak_what_they_declare(name: str) -> None:
    found = seen(name)
    said = spoken(replace(DEFAULT, nan_index="first", signed_zero="first"))
    known = {switch: value for switch, value in of(found).items() if value in said.values()}
    assert known == {switch: said[switch] for switch in known}
    assert len(known) >= (12 if name != "reshape" else 7)
    assert found.keeps == {"nan-index": True, "signed-zero": True}


def test_all_probes_agree_on_a_right_one() -> None:
    found = seen("im2col", fully=ORDER)
    assert of(found) == spoken(replace(DEFAULT, nan_index="first", signed_zero="first"))
    for switch, one in found.standings.items():
        told = dict(one.says)
        assert told[one.value] == one.telling > 20, switch
        assert one.silent == one.unclaimed == 0


# Named dialects


def test_named_dialects_are_those_asked_for_and_speak_of_known_switches() -> None:
    assert [one.name for one in NAMED] == [
        "torch", "onnx", "tensorflow", "jax/stablehlo", "tosa", "webnn", "openvino", "caffe",
        "cs231n",
    ]  # fmt: skip
    for one in NAMED:
        assert one.entries
        for switch, entry in one.entries.items():
            assert set(entry.values) <= set(switches()[switch].values)
            assert entry.source


@pytest.mark.parametrize("named", NAMED, ids=lambda one: str(one.name))
def test_who_speaks_a_named_dialect_is_nearest_to_it(named: object) -> None:
    one = next(each for each in NAMED if each is named)
    known = {switch: entry.values[0] for switch, entry in one.entries.items()}
    ranked = nearest({switch: standing(switch, value) for switch, value in known.items()})
    best = {near.dialect.name for near in first_of(ranked)}
    assert one.name in best
    assert ranked[0].departs == ()
    assert set(ranked[0].agrees) == set(known)


def standing(switch: str, value: str, status: Status = Status.OBSERVED) -> Standing:
    """Return that a switch was observed to have a value."""
    return Standing(switch, status, value, (value,) if value else ())


def test_departures_and_open_switches_are_told() -> None:
    found = {
        "nan": standing("nan", "ignore"),
        "ties": standing("ties", "", Status.UNTOLD),
        "pad-limit": replace(
            standing("pad-limit", "", Status.UNDECIDED), possible=("half", "half-extent")
        ),
        "ceil": standing("ceil", "", Status.INCONSISTENT),
        "index": standing("index", "plane"),
    }
    (torch,) = (one for one in nearest(found) if one.dialect.name == "torch")
    assert torch.agrees == ("index",)
    assert [(one.switch, one.observed) for one in torch.departs] == [
        ("nan", "ignore"),
        ("ceil", "inconsistent"),
    ]
    assert torch.open == ("ties", "pad-limit")
    (tosa,) = (one for one in nearest(found) if one.dialect.name == "tosa")
    assert tosa.agrees == ("nan",)
    assert [one.switch for one in tosa.departs] == ["pad-limit"]


def test_equally_near_ones_are_named_together() -> None:
    ranked = nearest({"index": standing("index", "plane")})
    assert {one.dialect.name for one in first_of(ranked)} == {"torch", "openvino", "caffe"}


# Engines that are installed


def engine(name: str) -> str:
    """Return an engine; the test is skipped, and says so, where a package is missing."""
    for package in SHIPPED[name].requires:
        pytest.importorskip(package, reason=f"the {SHIPPED[name].extra} extra is not installed")
    return name


def test_pytorch_speaks_torch() -> None:
    found = seen(engine("torch"))
    assert of(found) == spoken(replace(DEFAULT, nan_index="last", signed_zero="first")) | {
        "empty-window": "no known value"
    }
    best = first_of(nearest(found.standings))
    assert [one.dialect.name for one in best] == ["torch"]
    assert best[0].departs == ()


def test_onnx_runtime_has_no_rule_for_nan() -> None:
    found = seen(engine("onnxruntime")).standings
    assert found["nan"].status is Status.INCONSISTENT
    assert "the place in the window" in {turn.side for turn in found["nan"].turns}
    assert (found["index"].value, found["pad-limit"].value) == ("flat", "below-kernel")


def test_the_nan_of_onnx_runtime_depends_on_the_number_of_channels() -> None:
    engine("onnxruntime")
    from tests.subjects import fixed_shapes

    found = seen(fixed_shapes, fully=["nan", "float-identity"]).standings
    for switch in ("nan", "float-identity"):
        assert found[switch].status is Status.INCONSISTENT
        (turn,) = (one for one in found[switch].turns if one.side == "the number of channels")
        counts = {channels(one.probe.x, one.probe.pool) for one in (turn.one, turn.other)}
        assert sorted(count % 16 == 0 for count in counts) == [False, True]
