"""A run to draw, built from the values that a real run is made of, and ways to read reports."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

from rich.console import Console

from conformance import standing
from conformance.clauses import clauses
from conformance.report import terminal
from conformance.standing import Part
from conformance.verdict import (
    ClauseResult,
    Finding,
    ImplementationResult,
    Json,
    RunResult,
    Verdict,
)

HOSTILE = "<script>alert(1)</script>"
MARKUP = "[bold red]x[/]"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CORE, EXTENDED = (
    sum(one.level == level for one in clauses().values()) for level in ("core", "extended")
)
NOT_RUN = (
    *("type.integers", "type.minimum", "type.bool", "ties.first", "index.form", "index.plane"),
    *("index.in-window", "index.value", "index.nan", "index.large"),
)
TRACEBACK = (
    "\x1b[2J\x1b[31mIndexError\x1b[0m: index 4 \x00 is out of bounds\n  File <a href='//evil'>"
)


def verdicts(
    changed: Mapping[str, Verdict], reason: str = "", usual: Verdict = Verdict.PASS
) -> dict[str, ClauseResult]:
    """Return a result for every clause: `usual`, or what `changed` says."""
    results = {}
    for name in clauses():
        verdict = changed.get(name, usual)
        silent = verdict in (Verdict.UNCLAIMED, Verdict.NOT_RUN)
        results[name] = ClauseResult(
            verdict,
            checks=0 if silent else 2,
            cases=0 if silent else 417,
            seconds=0.0 if silent else 0.0123,
            reason=reason if silent else "",
        )
    return results


def array(name: str, dtype: str, shape: tuple[int, ...], data: object) -> Json:
    """Return one argument of a finding."""
    return {"name": name, "dtype": dtype, "shape": list(shape), "data": data}


def finding(implementation: str, clause: str, **given: object) -> Finding:
    """Return a finding about `clause`; `given` replaces what is usual."""
    values: dict[str, object] = {
        "id": f"{implementation}/{clause}",
        "implementation": implementation,
        "clause": clause,
        "sentence": clauses()[clause].sentence,
        "verdict": "fail",
        "check": f"test_{clause.replace('.', '_').replace('-', '_')}",
        "case": "axes/0041",
        "call": "kernel_size (2, 1)  stride (1, 1)  padding ((1, 0), (0, 0))  dilation (1, 1)",
        "arguments": (array("x", "float32", (1, 1, 1, 1), [[[[-1.0]]]]),),
        "expected": {"text": "float32 (1, 1, 2, 1)", "data": [[[[-1.0], [-1.0]]]]},
        "got": {"text": "float32 (1, 1, 2, 1)", "data": [[[[0.0], [-1.0]]]]},
        "note": "the padded position won",
        "failing_cases": 41,
        "judged_cases": 417,
    }
    return Finding(**(values | given))  # type: ignore[arg-type]  # the names are those of Finding


def implementation(
    name: str,
    results: dict[str, ClauseResult],
    findings: tuple[Finding, ...] = (),
    seconds: float = 2.1,
) -> ImplementationResult:
    """Return what is known about one implementation."""
    return ImplementationResult(
        name=name,
        target=f"implementations.{name}",
        claims=("gradient", "indices", "overlap", "padding"),
        dialect={"nan": "ignore"},
        versions={"numpy": "2.4.6"},
        clauses=results,
        findings=findings,
        seconds=seconds,
        windows=123_456,
        cases=7_890,
    )


def failing() -> ImplementationResult:
    """Return one that breaks six clauses in the ways that are drawn differently."""
    name = "strided-window"
    nan_input = [[[[1.0, "NaN", -0.5], ["-0.0", "Infinity", 3.0], [2.0, 1.0, "-Infinity"]]]] * 2
    broken = (
        finding(name, "pad.never-wins", also=("grad.sparse", "index.in-window")),
        finding(
            name,
            "nan.anywhere",
            call="kernel_size (2, 2)  stride (1, 1)  padding ((0, 0), (0, 0))  dilation (1, 1)",
            arguments=(array("x", "float64", (2, 1, 3, 3), nan_input),),
            expected={
                "text": "float64 (2, 1, 2, 2)",
                "data": [[[["NaN", "NaN"], ["Infinity", "Infinity"]]]] * 2,
            },
            got={
                "text": "float64 (2, 1, 2, 2)",
                "data": [
                    [[["NaN", 3.0], ["Infinity", "Infinity"]]],
                    [[["NaN", "NaN"], [0.0, "-0.0"]]],
                ],
            },
            note="a NaN in the right column of the window is lost",
        ),
        finding(
            name,
            "shape.floor",
            expected={"text": "shape (1, 1, 2, 2)", "data": [[[[5, 7], [13, 15]]]]},
            got={"text": "shape (1, 1, 3, 2)", "data": [[[[5, 7], [13, 15], [20, 21]]]]},
            note="",
        ),
        finding(
            name,
            "type.bool",
            arguments=(array("x", "bool", (1, 1, 1, 3), [[[[True, False, False]]]]),),
            expected={"text": "bool (1, 1, 1, 2)", "data": [[[[True, False]]]]},
            got={"text": "bool (1, 1, 1, 2)", "data": [[[[True, True]]]]},
        ),
        finding(
            name,
            "index.large",
            arguments=(array("x", "float32", (1, 1, 5000, 4000), None),),
            expected={"text": "int64 (1, 1, 20, 30)", "data": [[[[*range(30)]] * 20]]},
            got={
                "text": "int64 (1, 1, 20, 30)",
                "data": [[[[*range(30)]] * 17 + [[*range(29), 16777216]] * 3]],
            },
            note="",
        ),
        finding(
            name,
            "error.stride",
            arguments=(array("x", "float32", (1, 1, 2, 2), [[[[1, 2], [3, 4]]]]),),
            expected={"text": "ValueError or TypeError", "data": None},
            got={"text": "ZeroDivisionError: integer modulo by zero", "data": None},
        ),
    )
    changed = {one.clause: Verdict.FAIL for one in broken}
    changed |= {"grad.sparse": Verdict.FAIL, "type.bfloat16": Verdict.UNCLAIMED}
    return implementation(name, verdicts(changed, "bfloat16 is not claimed"), broken, 3.14)


def silent() -> ImplementationResult:
    """Return one that violates what it declares, and breaks more where its documents are silent."""
    name = "quiet"
    nan = (Part("nan", "inconsistent (it changes with the number of channels)"),)
    limit = (Part("pad-limit", "none", "the page of the layer"),)
    broken = {
        "nan.propagates": standing.undocumented(nan),
        "nan.anywhere": standing.undocumented(nan),
        "shape.floor": standing.violates((), declares=True),
    }
    results = verdicts(dict.fromkeys(broken, Verdict.FAIL))
    stands = broken | {"error.padding-limit": standing.declared(limit)}
    results |= {clause: replace(results[clause], standing=one) for clause, one in stands.items()}
    found = tuple(finding(name, clause) for clause in broken)
    return replace(
        implementation(name, results, found),
        dialect={"pad-limit": "none"},
        sources={"pad-limit": "the page of the layer", "ceil": "the page of the layer"},
        undocumented={"nan": nan[0].value, "ties": ""},
    )


def crashing() -> ImplementationResult:
    """Return one whose worker died, was killed for hanging, and was not asked the rest."""
    name = "native/kernels.so:pool"
    changed = dict.fromkeys(NOT_RUN, Verdict.NOT_RUN)
    changed |= {"error.kernel": Verdict.CRASH, "error.dilation": Verdict.HANG}
    nothing = {"arguments": (), "note": "", "failing_cases": 1, "judged_cases": 1}
    broken = (
        finding(
            name,
            "error.kernel",
            verdict="crash",
            call="kernel_size (0, 2)  stride (1, 1)",
            expected={"text": "ValueError or TypeError", "data": None},
            got={"text": "the process died: SIGSEGV (signal 11)", "data": None},
            **nothing,
        ),
        finding(
            name,
            "error.dilation",
            verdict="hang",
            call="kernel_size (2, 2)  stride (1, 1)  dilation (0, 1)",
            expected={"text": "ValueError or TypeError", "data": None},
            got={"text": "no answer within 60 s", "data": None},
            **nothing,
        ),
    )
    return implementation(name, verdicts(changed, "the worker was not started again"), broken, 61.0)


def hostile(name: str) -> ImplementationResult:
    """Return one whose name and messages try to be more than text."""
    broken = (
        finding(
            name,
            "result.type",
            call="kernel_size (2, 2) [link=https://evil.example]here[/link] \u202e drow",
            arguments=(array(name, "float32", (1, 2), [["NaN", 9]]),),
            expected={"text": "float32", "data": None},
            got={"text": TRACEBACK + "A" * 100_000, "data": None},
            note="lone surrogate \ud800, separator \u2028, nothing \ufffe, end ]]>",
        ),
    )
    changed = {"result.type": Verdict.FAIL, "type.bool": Verdict.NOT_RUN}
    return implementation(name, verdicts(changed, f"{name} \x1b]0;owned\x07"), broken, 0.4)


def sample() -> RunResult:
    """Return a run with every kind of verdict in it."""
    core = {name: Verdict.UNCLAIMED for name, one in clauses().items() if one.level == "extended"}
    return run(
        implementation("im2col", verdicts({})),
        failing(),
        crashing(),
        implementation("reshape", verdicts(core, "claims nothing beyond core"), seconds=0.9),
        hostile(HOSTILE),
        hostile(MARKUP),
    )


def run(*implementations: ImplementationResult) -> RunResult:
    """Return a run of these implementations."""
    return RunResult(
        poolproof="0.1.0",
        specification="1.0",
        tier="default",
        seed=0,
        workers=2,
        started="2026-11-22T15:30:00+00:00",
        seconds=71.8,
        environment={"python": "3.11.9", "numpy": "2.4.6", "platform": "Linux x86_64"},
        not_installed={
            "torch": "pip install 'poolproof[torch]'",
            "torch-channels-last": "pip install 'poolproof[torch]'",
            "onnxruntime": "pip install 'poolproof[onnxruntime]'",
        },
        implementations=implementations,
        case_set="0123abcd",
    )


def as_read(result: RunResult) -> Json:
    """Return the JSON of a run as a reader of the file sees it."""
    read: Json = json.loads(json.dumps(result.to_json()))
    return read


def printed(
    read: Json,
    width: int = 100,
    encoding: str = "utf-8",
    scripts: Mapping[str, str] | None = None,
    **given: bool,
) -> str:
    """Return what the terminal shows of a run."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=file, width=width, **given)  # type: ignore[arg-type] # of Console
    terminal.show_run(read, console, scripts=scripts or {})
    file.flush()
    return raw.getvalue().decode(encoding)


def parsed(text: str) -> ET.Element:
    """Return the root of an XML report."""
    return ET.fromstring(text)  # noqa: S314 - written by the code under test
