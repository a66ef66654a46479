"""How a switch stands that has no one value: inconsistent, untold, undecided, or misdeclared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from conformance.features import needed
from conformance.identify.declarations import Relation, relation, relation_words
from conformance.identify.standing import Status
from reference.dialect import DEFAULT, Dialect
from reference.pool import Pool
from tests.asking import seen
from tests.subjects import speaking
from tests.subjects.speaking import CLAIMS, Array, Lowest, Speaking, by, channels

# Rules that change


def is_column(_x: Array, pool: Pool) -> bool:
    return pool.kernel_size[-1] == 1 and max(pool.kernel_size) > 1


CHANGING: dict[str, tuple[str, str, Callable[[Array, Pool], bool], str]] = {
    "channels": ("nan", "ignore", lambda x, pool: channels(x, pool) > 15, "number of channels"),
    "odd-channel": ("nan", "ignore", lambda x, pool: channels(x, pool) == 17, "of channels"),
    "type": ("float-identity", "lowest", lambda x, _: x.dtype == np.float16, "the type"),
    "rank": ("ceil", "bare", lambda _x, pool: pool.rank == 1, "number of spatial axes"),
    "width": ("nan", "ignore", lambda x, _: x.shape[-1] > 60, "number of windows in a row"),
    "window": ("nan", "ignore", lambda _x, pool: max(pool.kernel_size) > 8, "the window"),
    "batch": ("index", "flat", lambda x, pool: x.shape[: -pool.rank - 1] == (3,), "the batch"),
    "overlap": (
        "gradient-ties",
        "split",
        lambda _x, pool: pool.stride[0] < pool.kernel_size[0],
        "stride and padding",
    ),
    "padding": ("nan", "ignore", lambda _x, pool: pool.padding[0][0] > 0, "stride and padding"),
    "axis": (
        "pad-limit",
        "none",
        lambda _x, pool: pool.padding[0] == (0, 0),
        "the axis",
    ),
    "unbatched": ("index-type", "int32", lambda x, pool: x.ndim == pool.rank + 1, "the batch"),
    "column": ("zero-size", "empty", is_column, "the axis"),
    "empty-rank": ("empty-window", "identity", lambda _x, pool: pool.rank == 3, "spatial axes"),
}


@pytest.mark.parametrize("name", CHANGING)
def test_a_rule_that_changes_is_inconsistent_and_on_what(name: str) -> None:
    switch, value, where, side = CHANGING[name]
    rest = {"empty_window": "identity"} if switch == "ceil" else {}
    found = seen(by(switch, value, where, **rest), fully=[switch])
    one = found.standings[switch]
    assert one.status is Status.INCONSISTENT
    assert len(one.exhibits) >= 2
    assert not one.exhibits[0].says & one.exhibits[1].says
    turns = [turn for turn in one.turns if turn.side.endswith(side)]
    assert turns
    for turn in turns:
        assert not turn.one.says & turn.other.says
        assert turn.one.probe.distance(turn.other.probe) == 1
    others = {other.status for at, other in found.standings.items() if at != switch}
    assert Status.INCONSISTENT not in others
    assert Status.UNKNOWN not in others


def test_an_answer_that_no_value_explains_is_shown_beside_an_ordinary_one() -> None:
    found = seen(Lowest()).standings["nan"]
    assert (found.status, found.value) == (Status.UNKNOWN, "ignore")
    odd, usual = found.exhibits
    assert not odd.says
    assert np.isnan(odd.probe.x).all()
    assert usual.says == {"ignore"}


def test_a_winner_that_changes_is_any_and_on_what() -> None:
    found = seen(by("ties", "last", lambda x, pool: channels(x, pool) > 15), fully=["ties"])
    one = found.standings["ties"]
    assert (one.status, one.value) == (Status.OBSERVED, "any")
    assert "the number of channels" in {turn.side for turn in one.turns}
    assert {frozenset({"first", "any"}), frozenset({"last", "any"})} == {
        one.says for one in one.exhibits
    }


def test_indices_and_gradients_that_disagree_are_seen() -> None:
    class Torn(Speaking):
        def forward(self, x: Array, pool: Pool) -> tuple[Array, speaking.Saved]:
            y, saved = super().forward(x, pool)
            self.last = Speaking(Dialect(ties="last")).forward(x, pool)[1]
            return y, saved

        def indices(self, _saved: speaking.Saved) -> Array:
            return super().indices(self.last)

    found = seen(Torn(DEFAULT)).standings["ties"]
    assert found.value == "any"
    assert "what is read" in {turn.side for turn in found.turns}


# What cannot be told


def test_what_is_not_claimed_is_not_asked_and_said() -> None:
    plain = seen(Speaking(DEFAULT, frozenset())).standings
    why = {name: one.why for name, one in plain.items() if one.status is Status.UNTOLD}
    assert why == {
        "nan-index": "not claimed: indices or gradient",
        "ties": "not claimed: indices or gradient",
        "gradient-ties": "not claimed: gradient",
        "index": "not claimed: indices",
        "index-type": "not claimed: indices",
        "ceil": ("not claimed: ceil and gaps and remainder or ceil and padding and remainder"),
        "empty-window": "not claimed: padding",
        "zero-size": "not claimed: overlap or remainder",
        "pad-limit": "not claimed: padding",
    }
    assert plain["nan"].settled
    assert all(one.unclaimed for one in plain.values())


def test_nothing_is_asked_that_is_not_claimed() -> None:
    class Strict(Speaking):
        def forward(self, x: Array, pool: Pool) -> tuple[Array, speaking.Saved]:
            assert needed(x.shape, x.dtype.name, pool) <= self.claims
            return super().forward(x, pool)

        def indices(self, _saved: speaking.Saved) -> Array:
            raise AssertionError

    claims = frozenset({"overlap", "padding", "gradient"})
    found = seen(Strict(DEFAULT, claims)).standings
    assert {one.silent for one in found.values()} == {0}
    assert found["ties"].settled
    assert found["index"].why == "not claimed: indices"


def test_values_that_never_differ_on_what_is_claimed_are_left_open() -> None:
    claims = CLAIMS - {"dilation", "asymmetric-padding"}
    found = seen(Speaking(DEFAULT, claims)).standings["pad-limit"]
    assert found.status is Status.UNDECIDED
    assert found.possible == ("half", "half-extent")
    assert found.why == "not claimed: dilation"


def test_what_is_claimed_and_refused_is_said() -> None:
    class Refusing(Speaking):
        def indices(self, _saved: speaking.Saved) -> Array:
            message = "no indices\x1b[31m today"
            raise ValueError(message)

    found = seen(Refusing(DEFAULT, frozenset({"indices"}))).standings["index"]
    assert found.status is Status.UNTOLD
    assert found.why == (
        "the calls that would tell are answered by: refused: ValueError: no indices\\x1b[31m today"
    )
    assert found.silent > 10


def test_a_winner_is_not_read_where_nan_has_no_rule() -> None:
    found = seen(by("nan", "ignore", lambda x, pool: channels(x, pool) > 1)).standings
    assert found["nan"].status is Status.INCONSISTENT
    assert found["nan-index"].why == "nan itself is inconsistent"


def test_where_nan_itself_is_not_known_it_is_said_how() -> None:
    class Silent(Speaking):
        def forward(self, x: Array, pool: Pool) -> tuple[Array, speaking.Saved]:
            raise NotImplementedError(x.shape, pool)

    claims = frozenset({"indices"})
    found = seen(Silent(DEFAULT, claims)).standings
    assert found["nan-index"].why == "nan itself cannot be told"
    assert found["ties"].why == "no winner can be read: index cannot be told"
    found = seen(Lowest()).standings
    assert found["nan-index"].why == "nan itself has no known value"


def test_a_split_gradient_tells_no_winner() -> None:
    claims = CLAIMS - {"indices"}
    found = seen(Speaking(Dialect(gradient_ties="split"), claims)).standings
    assert found["ties"].why == "no winner can be read: gradient-ties is split"


# Declarations


@pytest.mark.parametrize(
    ("dialect", "declared", "switch", "how", "words"),
    [
        (DEFAULT, {}, "nan", Relation.DEFAULT, "the default"),
        (
            Dialect(nan="ignore"),
            {},
            "nan",
            Relation.UNDECLARED,
            "undeclared: observed to be ignore",
        ),
        (
            Dialect(nan="ignore"),
            {"nan": "ignore"},
            "nan",
            Relation.SAYS_SO,
            "differs from the default but says so",
        ),
        (DEFAULT, {"nan": "propagate"}, "nan", Relation.AS_DECLARED, "as declared"),
        (
            Dialect(ties="last"),
            {"ties": "first"},
            "ties",
            Relation.VIOLATES,
            "violates what it declares, first: observed to be last",
        ),
        (
            Dialect(ties="last"),
            {"ties": "any"},
            "ties",
            Relation.SAYS_SO,
            "differs from the default but says so; last is one of it",
        ),
        (
            Dialect(nan_index="last"),
            {},
            "nan-index",
            Relation.UNDECLARED,
            "undeclared: observed to be last, which the default leaves open",
        ),
    ],
)
def test_what_is_declared_is_compared_with_what_is_seen(
    dialect: Dialect, declared: dict[str, str], switch: str, how: Relation, words: str
) -> None:
    subject = Speaking(dialect)
    subject.dialect = declared
    found = seen(subject)
    one, said = found.standings[switch], declared.get(switch)
    keeps = found.keeps.get(switch, True)
    assert relation(one, said, keeps=keeps) is how
    assert relation_words(one, said, keeps=keeps) == words


def test_an_inconsistent_rule_violates_what_is_declared() -> None:
    subject = by("nan", "ignore", lambda x, pool: channels(x, pool) > 1)
    subject.dialect = {"nan": "ignore"}
    found = seen(subject)
    words = relation_words(found.standings["nan"], "ignore", keeps=found.keeps["nan"])
    assert words == "violates what it declares, ignore: observed to be inconsistent"


def test_what_is_declared_and_cannot_be_told_is_said() -> None:
    subject = Speaking(DEFAULT, frozenset())
    subject.dialect = {"ties": "last"}
    found = seen(subject)
    words = relation_words(found.standings["ties"], "last", keeps=found.keeps["ties"])
    assert words == ("declared to be last, which cannot be told: not claimed: indices or gradient")
