"""A failed check becomes values that JSON can say and a text that tells what to do next."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from conformance.cases.case import Case, constant, given
from conformance.clauses import clause
from conformance.findings import (
    SHOWN_ELEMENTS,
    blank_finding,
    case_of,
    finding,
    finding_text,
    plain,
    show_input,
    shown,
    shown_argument,
)
from conformance.judge import CheckFailedError, Failure
from conformance.nonconformance import NonconformanceError, pooling, require_same
from conformance.verdict import Finding, Json
from reference.pool import Pool

ODD = [[np.nan, -0.0], [-np.inf, 1.5]]
SQUARE = Case("a.square", Pool.of(2), (1, 1, 2, 2), given([[1, 2], [3, 4]]))


def failed(case: Case = SQUARE, got: object = "nothing") -> Json:
    """Return the finding of a check that failed on 2 of 7 cases."""
    expected = np.array([[[[4.0]]]], np.float32)
    failure = Failure(case, NonconformanceError(expected, got, "look here"))  # type: ignore[arg-type]
    return finding("mine", "value.maximum", "test_it", CheckFailedError(failure, 2, 7), 0)


def test_a_finding_tells_the_call_that_was_made_if_it_is_not_that_of_its_case() -> None:
    x, far = np.ones((1, 1, 2, 2), np.float32), Pool.of(2, 2**33)
    with pytest.raises(NonconformanceError) as caught, pooling(x, far):
        require_same(x, -x)
    error = CheckFailedError(Failure(SQUARE, caught.value), 1, 1)
    found = finding("mine", "shape.exact", "test_it", error, 0)
    assert found["call"] == f"{far}  float32, shape (1, 1, 2, 2)"
    assert found["pool"]["stride"] == [2**33, 2**33]
    assert found["arguments"][0]["data"] == x.tolist()


def test_a_finding_has_the_fields_of_a_finding() -> None:
    found = failed()
    assert found.keys() >= {field.name for field in fields(Finding)} - {"also", "pool"}
    assert Finding(**{**found, "arguments": tuple(found["arguments"])}).id == "mine/value.maximum"
    assert found["sentence"] == clause("value.maximum").sentence
    assert (found["verdict"], found["failing_cases"], found["judged_cases"]) == ("fail", 2, 7)
    assert (found["case"], found["check"]) == ("a.square", "test_it")
    assert found["call"] == str(SQUARE)
    assert found["expected"] == {"text": "float32 of shape (1, 1, 1, 1)", "data": [[[[4.0]]]]}
    assert found["got"] == {"text": "nothing", "data": None}
    (argument,) = found["arguments"]
    assert argument == {
        "name": "x",
        "dtype": "float32",
        "shape": [1, 1, 2, 2],
        "data": [[[[1.0, 2.0], [3.0, 4.0]]]],
    }
    assert found["pool"] == {
        "kernel_size": [2, 2],
        "stride": [2, 2],
        "padding": [[0, 0], [0, 0]],
        "dilation": [1, 1],
        "ceil_mode": False,
        "auto_pad": "explicit",
    }


def test_a_blank_finding_says_where_a_process_ended() -> None:
    found = blank_finding("mine", "error.kernel", "test_it", "error.kernel.zero-h", "a call")
    assert found["verdict"] == "crash"
    assert (found["case"], found["call"]) == ("error.kernel.zero-h", "a call")
    assert found["sentence"] == clause("error.kernel").sentence
    assert Finding(**{**found, "arguments": ()}).failing_cases == 1


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5], "f4"),
         ["NaN", "Infinity", "-Infinity", "-0.0", 0.0, 1.5]),
        (np.array([np.nan, -0.0, 3], ml_dtypes.bfloat16), ["NaN", "-0.0", 3.0]),
        (np.array([65504, 2.0**-24], "f2"), [65504.0, 2.0**-24]),
        (np.array([5e-324, -1.7976931348623157e308]), [5e-324, -1.7976931348623157e308]),
        (np.array([2**63 - 1, -(2**63)]), [2**63 - 1, -(2**63)]),
        (np.array([2**64 - 1], "u8"), [2**64 - 1]),
        (np.array([[True], [False]]), [[True], [False]]),
        (np.array(1.0), 1.0),
        (np.array(np.nan), "NaN"),
        (np.zeros((2, 0)), [[], []]),
        (np.array([1 + 2j], "c8"), ["(1+2j)"]),
        (np.array(["a"]), ["a"]),
        (np.array(["2020-01-01"], "M8[D]"), ["2020-01-01"]),
        (np.array([1.0, 2.0]).astype(">f8"), [1.0, 2.0]),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)  # fmt: skip
def test_an_array_is_written_so_that_json_can_say_it(array: Any, words: Any) -> None:  # noqa: ANN401 - nested lists
    assert plain(array) == words
    assert json.loads(json.dumps(plain(array), allow_nan=False)) == words


def test_a_float32_is_written_as_its_exact_value() -> None:
    (value,) = plain(np.array([0.1], np.float32))
    assert value == 0.10000000149011612
    assert np.float32(value) == np.float32(0.1)


def test_a_large_array_is_shown_by_its_form_only() -> None:
    assert shown(np.zeros(SHOWN_ELEMENTS))["data"] is not None
    large = shown(np.zeros((SHOWN_ELEMENTS + 1,), "i2"))
    assert large == {"text": f"int16 of shape ({SHOWN_ELEMENTS + 1},)", "data": None}
    argument = shown_argument("x", np.zeros((1, 1, 40, 40), ">i2"))
    assert argument == {"name": "x", "dtype": "int16", "shape": [1, 1, 40, 40], "data": None}


def test_the_input_that_was_really_pooled_is_shown() -> None:
    error = NonconformanceError("expected", "got")
    error.x = np.array([[[[7, 7], [7, 9]]]], np.float32)
    failure = CheckFailedError(Failure(SQUARE, error), 1, 1)
    (argument,) = finding("mine", "value.maximum", "test_it", failure, 0)["arguments"]
    assert argument["data"] == [[[[7, 7], [7, 9]]]]


def test_the_output_gradient_is_shown_where_it_matters() -> None:
    error = NonconformanceError("expected", "got")
    error.dy = np.array([[[[3]]]], np.float32)
    failure = CheckFailedError(Failure(SQUARE, error), 1, 1)
    found = finding("mine", "grad.ties", "test_it", failure, 0)
    assert [argument["name"] for argument in found["arguments"]] == ["x", "dy"]
    assert "  dy        float32 (1, 1, 1, 1)\n            [[3]]" in finding_text(found)


def test_the_text_gives_rule_call_expected_got_and_what_next() -> None:
    assert finding_text(failed()).splitlines() == [
        f"FAIL value.maximum   {clause('value.maximum').sentence}",
        "  in        mine: 2 of 7 cases, here a.square",
        f"  call      {SQUARE.pool}  float32,",
        "            shape (1, 1, 2, 2)",
        "  x         float32 (1, 1, 2, 2)",
        "            [[1 2]",
        "             [3 4]]",
        "  expected  float32 of shape (1, 1, 1, 1)",
        "            [[4]]",
        "  got       nothing",
        "  note      look here",
        "  again     poolproof reproduce mine/value.maximum",
        "  why       poolproof explain value.maximum",
    ]


def test_the_text_of_what_is_large_or_odd() -> None:
    case = Case("a.large", Pool.of(2), (1, 1, 40, 40), constant(1))
    text = finding_text(failed(case, np.array([np.nan, -0.0])))
    assert "  x         float32 (1, 1, 40, 40), too large to print" in text
    assert "  got       float64 of shape (2,)\n            [NaN  -0]" in text
    without = finding_text(failed() | {"note": ""})
    assert "  note" not in without


def test_a_finding_is_read_back_as_the_case_that_it_shows() -> None:
    found = json.loads(json.dumps(failed(Case("a.nan", Pool.of(2), (1, 1, 2, 2), given(ODD)))))
    case = case_of(found)
    assert case is not None
    assert (case.id, case.pool, case.shape, case.dtype) == (
        "a.nan",
        Pool.of(2),
        (1, 1, 2, 2),
        "float32",
    )
    assert case.x(7).tobytes() == np.array(ODD, np.float32).tobytes()
    large = failed(Case("a.large", Pool.of(2), (1, 1, 40, 40), constant(1)))
    assert case_of(large) is None
    assert case_of(blank_finding("mine", "error.kernel", "test_it", "a.case", "a call")) is None


def test_the_input_of_a_call_that_ended_the_process_is_looked_up_in_the_suite() -> None:
    place = ("error.no-elements", "test_an_invalid_call_is_refused", "error.no-elements.width")
    found = show_input(blank_finding("mine", *place, "a call"), (), {}, "smoke", 0)
    assert found["arguments"][0] | {"data": None} == {
        "name": "x",
        "dtype": "float32",
        "shape": [1, 2, 4, 0],
        "data": None,
    }
    assert found["pool"]["kernel_size"] == [2, 2]
    unknown = blank_finding("mine", *place[:2], "no.such-case", "a call")
    assert show_input(unknown, (), {}, "smoke", 0) == unknown


def test_what_an_implementation_says_reaches_json_whole() -> None:
    said = "\x1b[31m<script>\ud800\0"
    text = json.dumps(failed(got=said))
    assert json.loads(text)["got"]["text"] == said
