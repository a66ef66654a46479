"""The versions that were judged stand above every report, those of each environment together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.report.ink import packed
from conformance.report.markdown import render_markdown
from conformance.report.merging import merged
from conformance.report.versions import Environment, environments, told
from conformance.verdict import Json
from tests.report_sample import as_read, implementation, printed, run, verdicts

MANY = {f"package-{number}": f"1.{number}" for number in range(6)}


def result(python: str = "3.11.9", numpy: str = "2.4.6", **needs: dict[str, str]) -> Json:
    """Return what was judged in one environment, by name with the versions that it needs."""
    judged = [
        replace(implementation(name, verdicts({})), versions=one) for name, one in needs.items()
    ]
    values = as_read(run(*judged))
    values["environment"] |= {"python": python, "numpy": numpy}
    return values


@pytest.fixture
def several() -> Json:
    """Return results of three environments, of which two agree."""
    parts = (
        result(mine={}, torch={"torch": "2.14.1"}),
        result(onnx={"onnx": "1.23.2"}),
        result("3.13.1", "2.5.0", jax={"jax": "0.10", "numpy": "2.5.0"}),
        result(old={"torch": "1.13"}),
    )
    return merged({f"{number}.json": one for number, one in enumerate(parts)})


def test_environments_that_agree_are_one(several: Json) -> None:
    assert environments(several) == [
        Environment(
            ("mine", "torch", "onnx"),
            {"python": "3.11.9", "numpy": "2.4.6", "torch": "2.14.1", "onnx": "1.23.2"},
        ),
        Environment(("jax",), {"python": "3.13.1", "numpy": "2.5.0", "jax": "0.10"}),
        Environment(("old",), {"python": "3.11.9", "numpy": "2.4.6", "torch": "1.13"}),
    ]


def test_the_terminal_has_a_line_for_each_environment(several: Json) -> None:
    lines = printed(several, 80).splitlines()
    assert lines[:6] == [
        "poolproof 0.1.0 · specification 1.0, 80 clauses · tier default · seed 0 ·",
        "2 workers",
        "  with      mine, torch, onnx: python 3.11.9 · numpy 2.4.6 · torch 2.14.1 ·",
        "            onnx 1.23.2",
        "            jax: python 3.13.1 · numpy 2.5.0 · jax 0.10",
        "            old: python 3.11.9 · numpy 2.4.6 · torch 1.13",
    ]


def test_of_one_environment_nobody_is_named_and_no_version_is_broken_in_two() -> None:
    one = result(mine=MANY)
    assert printed(one, 80).splitlines()[2:5] == [
        "  with      python 3.11.9 · numpy 2.4.6 · package-0 1.0 · package-1 1.1 ·",
        "            package-2 1.2 · package-3 1.3 · package-4 1.4 · package-5 1.5",
        "",
    ]


def test_the_summary_has_them_too(several: Json) -> None:
    text = render_markdown(several)
    assert "- mine, torch, onnx\\: python 3.11.9 · numpy 2.4.6 · torch 2.14.1 · onnx 1.23.2" in text
    assert "\n- old\\: python 3.11.9 · numpy 2.4.6 · torch 1.13\n" in text
    one = render_markdown(result(torch={"torch": "2.14.1"}))
    assert "\n\nVersions: python 3.11.9 · numpy 2.4.6 · torch 2.14.1\n" in one
    assert one.count("python 3.11.9") == one.count("numpy 2.4.6") == 1


def test_what_an_environment_does_not_say_is_left_out() -> None:
    bare = result(mine={})
    bare["environment"] = {}
    assert told(bare) == []
    assert "  with" not in printed(bare, 80)
    assert "Versions" not in render_markdown(bare)


def test_a_part_that_is_wider_than_the_line_has_one_of_its_own() -> None:
    assert packed(["a", "b" * 20, "c"], 10) == ["a ·", f"{'b' * 20} ·", "c"]
    assert packed([], 10) == []
