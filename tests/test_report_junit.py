"""A run as JUnit XML."""

from __future__ import annotations

import pytest

from conformance.clauses import clauses
from conformance.report import junit
from conformance.verdict import Json
from tests.report_sample import CONTROL, HOSTILE, as_read, parsed, sample


@pytest.fixture(scope="module")
def read() -> Json:
    return as_read(sample())


def test_junit_has_a_suite_per_implementation_and_a_case_per_clause(read: Json) -> None:
    root = parsed(junit.render_junit(read))
    suites = {str(suite.get("name")): suite for suite in root}
    assert list(suites) == [one["name"] for one in read["implementations"]]
    for suite in suites.values():
        cases = suite.findall("testcase")
        assert [case.get("name") for case in cases] == list(clauses())
        assert int(suite.get("tests", "")) == len(cases)
        for total, element in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(total, "")) == len(suite.findall(f"testcase/{element}"))
    assert suites["strided-window"].get("failures") == "7"
    assert suites["native/kernels.so:pool"].get("errors") == "2"
    assert suites["native/kernels.so:pool"].get("skipped") == "10"
    assert root.get("failures") == "9"


def test_junit_says_why(read: Json) -> None:
    root = parsed(junit.render_junit(read))
    native = root.find("testsuite[@name='native/kernels.so:pool']")
    assert native is not None
    crash = native.find("testcase[@name='error.kernel']/error")
    skipped = native.find("testcase[@name='type.bool']/skipped")
    case = native.find("testcase[@name='error.kernel']")
    assert crash is not None
    assert skipped is not None
    assert case is not None
    assert crash.get("type") == "crash"
    assert "SIGSEGV" in str(crash.text)
    assert "again: poolproof reproduce native/kernels.so:pool/error.kernel" in str(crash.text)
    assert skipped.get("message") == "not run: the worker was not started again"
    assert case.get("classname") == "Refusals"


def test_junit_survives_what_xml_cannot_hold(read: Json) -> None:
    text = junit.render_junit(read)
    assert not CONTROL.search(text)
    assert "\ufffe" not in text
    failure = parsed(text).find(".//failure[@type='fail']")
    assert failure is not None
    assert HOSTILE in [suite.get("name") for suite in parsed(text)]
