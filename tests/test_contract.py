"""What can be judged, in every shape it comes in, and what is refused with a line that helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple, cast
from unittest.mock import MagicMock

import pytest

from conformance.calls import Bench
from conformance.cases.case import Case, plane_distinct
from conformance.clauses import features, switches
from conformance.contract import Implementation, UnusableError, adopt, one_line
from conformance.isolation.flight import Silence
from reference.dialect import DEFAULT, Dialect
from reference.pool import Pool


def forward(x: object, pool: object) -> object:
    return x, pool


class _Instance:
    """Its methods need an instance."""

    claims = ("gradient", "indices")
    dialect: Mapping[str, str] = {"nan": "ignore", "nan-index": "last"}

    def forward(self, x: object, _pool: object) -> object:
        return x, self

    def backward(self, dy: object, _saved: object) -> object:
        return dy

    def indices(self, saved: object) -> object:
        return saved


class _Namespace:
    """An implementation that is a class of static and class methods; it is never made."""

    def __init__(self) -> None:
        message = "a namespace"
        raise AssertionError(message)

    forward = staticmethod(forward)

    @classmethod
    def backward(cls, dy: object, _saved: object) -> object:
        return dy


class _Ghost:
    """What it has, only an instance has."""

    def __getattr__(self, name: str) -> object:
        if name == "forward":
            return forward
        raise AttributeError(name)


class _Fields(NamedTuple):
    """An implementation that is a tuple."""

    forward: Callable[[object, object], object] = forward
    claims: tuple[str, ...] = ("padding",)


@pytest.mark.parametrize("kind", [_Ghost, _Fields])
def test_a_class_is_made_where_only_its_instance_can_be_called(kind: type) -> None:
    found = adopted(kind)
    assert isinstance(found.subject, kind)
    assert found.is_instance
    assert callable(getattr(found.subject, "forward", None))


def adopted(subject: object) -> Implementation:
    return adopt(subject, "mine", "mine.py")


def refused(subject: object) -> str:
    """Return the one line that an unusable implementation is refused with."""
    with pytest.raises(UnusableError) as raised:
        _ = adopted(subject).refusals
    message = str(raised.value)
    assert message.startswith("mine: ")
    assert "\n" not in message
    assert len(message) < 1000
    return message


def like(**attributes: object) -> SimpleNamespace:
    return SimpleNamespace(**{"forward": forward, **attributes})


# What can be judged


def test_an_instance_and_a_class_are_the_same() -> None:
    for subject in (_Instance, _Instance()):
        one = adopted(subject)
        assert isinstance(one.subject, _Instance)
        assert one.claims == {"gradient", "indices"}
        assert one.dialect == Dialect(nan="ignore", nan_index="last")
        assert one.declared == {"nan": "ignore", "nan-index": "last"}
        assert (one.name, one.target, one.refusals) == ("mine", "mine.py", ())


def test_a_class_of_static_methods_is_a_namespace() -> None:
    assert adopted(_Namespace).subject is _Namespace


def test_a_module_and_a_namespace_need_no_more_than_forward() -> None:
    module = ModuleType("kernels")
    module.forward = forward  # type: ignore[attr-defined]
    for subject in (module, like()):
        one = adopted(subject)
        assert one.subject is subject
        assert one.claims == frozenset()
        assert one.dialect == DEFAULT


def test_methods_may_be_any_callable() -> None:
    class Callable:
        def __call__(self, x: object, _pool: object) -> object:
            return x

    assert adopted(like(forward=Callable())).claims == frozenset()
    assert adopted(like(forward=lambda x, pool: (x, pool))).claims == frozenset()


@pytest.mark.parametrize(
    "claims", [["padding"], {"padding": 1}, frozenset({"padding"}), ("padding",)]
)
def test_any_collection_of_names_is_a_claim(claims: object) -> None:
    assert adopted(like(claims=claims)).claims == {"padding"}


def test_every_feature_can_be_claimed_and_every_value_declared() -> None:
    everything = like(claims=list(features()), backward=forward, indices=forward)
    assert adopted(everything).claims == features().keys()
    for name, switch in switches().items():
        for value in switch.values:
            spoken = adopted(like(dialect={name: value})).dialect
            assert getattr(spoken, name.replace("-", "_")) == value


def test_what_is_not_offered_together_is_declared() -> None:
    both = [{"gradient", "dilation"}, ["float64"]]
    found = adopt(
        like(claims=["gradient", "dilation", "gaps"], lacks=both, backward=print), "x", "x"
    )
    dilated, plain = Pool.of(2, stride=3, dilation=2), Pool.of(2)
    assert found.lacking((1, 1, 6, 6), "float32", plain, "gradient") == frozenset()
    assert found.lacking((1, 1, 6, 6), "float32", dilated) == frozenset()
    assert found.lacking((1, 1, 6, 6), "float32", dilated, "gradient") == both[0]
    assert found.lacking((1, 1, 6, 6), "float64", plain) == {"float64"}
    assert found.lacking((1, 1, 6, 6), "float32", plain, "indices") == {"indices"}
    assert found.lacking((1, 1, 4), "float32", Pool.of((2,))) == {"rank-1"}


def test_a_document_is_named_for_what_is_declared_and_its_silence_too() -> None:
    plain = adopted(like())
    assert (plain.sources, plain.undocumented) == ({}, ())
    sources = {"pad-limit": "its  error\nfor pads", "same-upper": "MaxPool-22", "float64": "a list"}
    found = adopted(like(sources=sources, undocumented=["ties", "nan", "ties"]))
    assert found.sources == {**sources, "pad-limit": "its error for pads"}
    assert found.undocumented == ("nan", "ties")
    assert found.dialect == DEFAULT


def test_error_types_of_a_framework_are_declared_or_made_when_asked_for() -> None:
    assert adopted(like(refusals=(RuntimeError,))).refusals == (RuntimeError,)
    assert adopted(like(refusals=lambda: [RuntimeError, OSError])).refusals == (
        RuntimeError,
        OSError,
    )


def test_a_longer_limit_is_asked_for_by_the_implementation() -> None:
    assert adopted(like()).call_limit == 0.0
    patient = Bench(adopted(like(call_limit=120)), Silence(), call_limit=20.0)
    hasty = Bench(adopted(like(call_limit=1)), Silence(), call_limit=20.0)
    case = Case("one", Pool.of(1), (1, 1, 1, 1), plane_distinct)
    for bench, seconds in ((patient, 120.0), (hasty, 20.0)):
        bench.turn_to(case)
        assert seconds < bench.limit < seconds + 1


# What cannot


def test_what_lacks_forward_is_told_so() -> None:
    assert "has no callable 'forward'" in refused(SimpleNamespace())
    assert "has no callable 'forward'" in refused(SimpleNamespace(forward=3))
    assert "has no callable 'forward'" in refused(None)
    assert "has no callable 'forward'" in refused(SimpleNamespace)
    assert "a function alone is not enough" in refused(forward)


@pytest.mark.parametrize(("claim", "call"), [("gradient", "backward"), ("indices", "indices")])
def test_what_is_claimed_must_be_there(claim: str, call: str) -> None:
    assert f"has no callable '{call}'" in refused(like(claims=[claim]))
    assert f"has no callable '{call}'" in refused(like(claims=[claim], **{call: "text"}))


def test_a_class_that_needs_arguments_is_told_so() -> None:
    class Needy(_Instance):
        def __init__(self, device: str) -> None:
            self.device = device

    class Broken(_Instance):
        def __init__(self) -> None:
            raise RuntimeError("no such\ndevice")  # noqa: EM101, TRY003 - of an implementation

    class Leaving(_Instance):
        def __init__(self) -> None:
            raise SystemExit(3)

    assert "Needy() cannot be made: TypeError" in refused(Needy)
    assert "Broken() cannot be made: RuntimeError: no such device" in refused(Broken)
    assert "Leaving() cannot be made: SystemExit: 3" in refused(Leaving)


@pytest.mark.parametrize(
    ("attributes", "parts"),
    [
        ({"claims": ["paddin"]}, ["claims an unknown feature", "'paddin'", "did you mean padding"]),
        ({"claims": ["float32"]}, ["claims an unknown feature", "did you mean float16"]),
        ({"claims": "padding"}, ["claims is a collection of feature names", "'padding'"]),
        ({"claims": None}, ["claims is a collection of feature names", "None"]),
        ({"claims": 3}, ["claims is a collection", "3"]),
        ({"claims": [3]}, ["claims an unknown feature", "'3'"]),
        ({"claims": [["padding"]]}, ["claims", "padding"]),
        ({"claims": iter(["padding"])}, ["claims is a collection"]),
        ({"dialect": {"nans": "ignore"}}, ["an unknown switch", "did you mean nan"]),
        (
            {"dialect": {"nan": "ignored"}},
            ["an unknown value", "value of nan", "did you mean ignore"],
        ),
        ({"dialect": {"nan": None}}, ["an unknown value", "'None'"]),
        ({"dialect": {"nan": ["ignore"]}}, ["an unknown value", "value of nan"]),
        ({"dialect": {3: "ignore"}}, ["an unknown switch", "'3'"]),
        ({"dialect": ["nan"]}, ["dialect is a mapping of switch to value"]),
        ({"dialect": None}, ["dialect is a mapping", "None"]),
        ({"lacks": "float64"}, ["lacks is a collection of sets of words", "'float64'"]),
        ({"lacks": None}, ["lacks is a collection", "None"]),
        ({"lacks": ["float64"]}, ['such as {"float64"}', "'float64'"]),
        ({"lacks": [set()]}, ["lacks holds sets of words", "set()"]),
        ({"lacks": [3]}, ["lacks holds sets of words", "3"]),
        ({"lacks": [{"floot64"}]}, ["lacks an unknown feature", "did you mean float64"]),
        ({"lacks": [{3}]}, ["lacks an unknown feature", "'3'"]),
        ({"sources": ["nan"]}, ["sources is a mapping of switch or feature to text"]),
        ({"sources": {"pad-limits": "p. 3"}}, ["something unknown", "did you mean pad-limit"]),
        ({"sources": {3: "p. 3"}}, ["something unknown", "'3'"]),
        ({"sources": {"nan": " "}}, ["source for nan names a document or section", "' '"]),
        ({"sources": {"nan": None}}, ["source for nan names a document", "None"]),
        ({"undocumented": "nan"}, ["undocumented is a collection of switches", "'nan'"]),
        ({"undocumented": None}, ["undocumented is a collection of switches", "None"]),
        ({"undocumented": ["nans"]}, ["unknown switch as undocumented", "did you mean nan"]),
        ({"undocumented": ["padding"]}, ["unknown switch as undocumented", "'padding'"]),
        (
            {"undocumented": ["nan"], "dialect": {"nan": "ignore"}},
            ["names nan as undocumented and declares ignore for it; leave one out"],
        ),
        (
            {"undocumented": ["nan"], "sources": {"nan": "p. 3"}},
            ["names nan as undocumented and gives a source for it; leave one out"],
        ),
        ({"refusals": (3,)}, ["refusals is a tuple of exception types"]),
        ({"refusals": (KeyboardInterrupt,)}, ["refusals is a tuple of exception types"]),
        ({"refusals": ("ValueError",)}, ["refusals is a tuple of exception types"]),
        ({"refusals": (OSError, ZeroDivisionError)}, ["refusals names ZeroDivisionError", "own"]),
        ({"refusals": None}, ["refusals"]),
        ({"call_limit": 601}, ["call_limit is seconds, at most 600, got 601"]),
        ({"call_limit": -1.0}, ["call_limit is seconds"]),
        ({"call_limit": float("nan")}, ["call_limit is seconds"]),
        ({"call_limit": True}, ["call_limit is seconds"]),
        ({"call_limit": "60"}, ["call_limit is seconds"]),
        ({"refusals": RuntimeError}, ["refusals"]),
        ({"refusals": lambda: 1 / 0}, ["refusals"]),
    ],
)
def test_what_is_declared_wrongly_is_named_with_the_nearest(
    attributes: dict[str, object], parts: list[str]
) -> None:
    message = refused(like(**attributes))
    for part in parts:
        assert part in message


@pytest.mark.parametrize("kind", [Exception, LookupError, IndexError, ZeroDivisionError])
def test_what_the_specification_calls_no_refusal_cannot_be_declared_one(kind: type) -> None:
    assert "refusals" in refused(like(refusals=(kind,)))


@pytest.mark.parametrize(
    "attribute",
    [
        *("claims", "dialect", "refusals", "lacks", "sources", "undocumented"),
        *("forward", "backward"),
    ],
)
def test_an_attribute_that_cannot_be_read_is_named(attribute: str) -> None:
    class Raising(_Instance):
        def __getattribute__(self, name: str) -> object:
            if name == attribute:
                raise RuntimeError("no\ndriver")  # noqa: EM101, TRY003 - of an implementation
            return super().__getattribute__(name)

    message = refused(Raising())
    assert attribute in message
    assert "RuntimeError: no driver" in message


def test_what_answers_every_question_is_not_an_implementation() -> None:
    assert "dialect is a mapping" in refused(MagicMock())


def test_a_huge_declaration_is_shown_in_part() -> None:
    assert len(refused(like(claims=3, dialect={}))) < 200
    assert len(refused(like(dialect=["nan"] * 10_000))) < 300


# Lines about exceptions


class _Silent(Exception):  # noqa: N818 - its message cannot be made
    def __str__(self) -> str:
        raise ValueError


class _Lines(Exception):  # noqa: N818 - its message has lines
    def __str__(self) -> str:
        return "one\n  two\t three " + "x" * 10_000


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("too large"), "ValueError: too large"),
        (ValueError(), "ValueError"),
        (KeyError("k"), "KeyError: 'k'"),
        (_Silent(), "_Silent: (its message cannot be shown)"),
        (SystemExit(2), "SystemExit: 2"),
    ],
)
def test_an_exception_is_one_line(error: BaseException, line: str) -> None:
    assert one_line(error) == line


def test_a_long_message_is_cut_and_says_so() -> None:
    line = one_line(_Lines())
    assert line.startswith("_Lines: one two three xxx")
    assert (len(line), line[-1]) == (200, "…")
    assert one_line(_Lines(), 20) == "_Lines: one two thr…"


def test_a_message_that_raises_anything_at_all_is_still_a_line() -> None:
    class Leaving(Exception):  # noqa: N818 - it leaves
        def __str__(self) -> str:
            raise SystemExit

    class Numbered(Exception):  # noqa: N818 - its message is no text
        __str__ = cast("Any", lambda _self: 3)

    for error in (Leaving(), Numbered(), RecursionError("deep")):
        assert one_line(error).startswith(type(error).__name__)
