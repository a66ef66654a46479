"""A class is instantiated where its calls are methods, however written, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial, partialmethod, update_wrapper

import pytest

from conformance.contract import Implementation, adopt


def forward(x: object, pool: object) -> object:
    return x, pool


def adopted(subject: object) -> Implementation:
    return adopt(subject, "mine", "mine.py")


class _Decorator:
    """What many decorators make of a function: an object that is one when it is called."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __get__(self, instance: object, owner: object = None) -> object:
        return self if instance is None else partial(self, instance)

    def __call__(self, *arguments: object) -> object:
        return self.function(*arguments)


def _method(self: object, x: object, _pool: object) -> object:
    return x, self


def _given_more(self: object, _engine: object, x: object, _pool: object) -> object:
    return x, self


@pytest.mark.parametrize(
    "method", [_Decorator(_method), lru_cache(_method), partialmethod(_given_more, "engine")]
)
def test_a_method_may_be_decorated_or_compiled(method: object) -> None:
    made = adopted(type("Made", (), {"forward": method}))
    assert made.is_instance
    assert made.subject.forward("x", "pool") == ("x", made.subject)


class _Shared:
    """Its forward is a function of the class, and its other calls are an instance's."""

    claims = ("gradient", "indices")
    forward = staticmethod(forward)

    def backward(self, dy: object, _saved: object) -> object:
        return dy, self

    def indices(self, saved: object) -> object:
        return saved


class _Bare:
    """A namespace whose functions are not said to be static."""

    claims = ("gradient", "indices")

    def forward(x: object, _pool: object) -> object:  # noqa: N805
        return x

    def backward(dy: object, _saved: object) -> object:  # noqa: N805
        return dy

    def indices(saved: object) -> object:  # noqa: N805
        return saved


def test_one_method_needs_an_instance_and_bare_functions_need_none() -> None:
    assert adopted(_Shared).is_instance
    assert adopted(_Bare).subject is _Bare


@pytest.mark.parametrize("function", [_Decorator(forward), lru_cache(forward), partial(forward)])
def test_a_decorated_function_in_a_class_makes_it_a_namespace(function: object) -> None:
    made = type("Made", (), {"forward": function})
    assert adopted(made).subject is made
