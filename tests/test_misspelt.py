"""Claims and dialects under a name that nobody reads."""

from __future__ import annotations

import pytest

from conformance.contract import UnusableError, adopt


class _Bare:
    """It says nothing of itself."""

    @staticmethod
    def forward(x: object, pool: object) -> object:
        return x, pool


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"CLAIMS": ("padding",)}, "mine: CLAIMS is not read; did you mean claims?"),
        ({"claim": {"padding"}}, "mine: claim is not read; did you mean claims?"),
        ({"dialekt": {"nan": "ignore"}}, "mine: dialekt is not read; did you mean dialect?"),
    ],
)
def test_claims_under_another_name_are_not_passed_over(
    attributes: dict[str, object], message: str
) -> None:
    with pytest.raises(UnusableError) as refusal:
        adopt(type("It", (_Bare,), attributes)(), "mine", "mine.py")
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    "attributes",
    [
        {"CLAIMS": ("padding",), "claims": ()},
        {"claimed": ("padding",)},
        {"CLAIMS": "padding"},
        {"CLAIMS": ("what", "else")},
        {"CLAIMS": ()},
        {"dialects": {"onnx": {}}},
        {"dialects": ("nan",)},
        {"__dir__": lambda _: 1 / 0},
    ],
)
def test_other_names_are_nobodys_business(attributes: dict[str, object]) -> None:
    assert not adopt(type("It", (_Bare,), attributes)(), "mine", "mine.py").claims
