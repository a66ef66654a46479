"""Findings: a failed check as values that a report shows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from conformance.cases.case import Array
from conformance.clauses import clause
from conformance.judge import CheckFailedError
from conformance.nonconformance import Shown
from conformance.verdict import Json, Verdict
from reference.pool import Pool

SHOWN_ELEMENTS = 400
"""An array with more elements is shown by its shape only."""


def finding(implementation: str, name: str, check: str, error: CheckFailedError, seed: int) -> Json:
    """Return the finding of a failed check as JSON values; the fields of verdict.Finding."""
    case, broken = error.failure.case, error.failure.error
    return blank_finding(implementation, name, check, case.id, str(case)) | {
        "verdict": Verdict.FAIL.value,
        "arguments": [
            shown_argument("x", case.x(seed) if broken.x is None else broken.x),
            *([shown_argument("dy", broken.dy)] if broken.dy is not None else []),
        ],
        "expected": shown(broken.expected),
        "got": shown(broken.got),
        "note": broken.note,
        "failing_cases": error.failing,
        "judged_cases": error.judged,
        "pool": pool_json(case.pool),
    }


def blank_finding(implementation: str, name: str, check: str, case: str, call: str) -> Json:
    """Return a finding of which only the place is known."""
    return {
        "id": f"{implementation}/{name}",
        "implementation": implementation,
        "clause": name,
        "sentence": clause(name).sentence,
        "verdict": Verdict.CRASH.value,
        "check": check,
        "case": case,
        "call": call,
        "arguments": [],
        "expected": shown("an answer"),
        "got": shown(""),
        "note": "",
        "failing_cases": 1,
        "judged_cases": 1,
        "also": [],
        "pool": {},
    }


def shown_argument(name: str, x: Array) -> Json:
    """Return an argument as JSON values."""
    data = plain(x) if x.size <= SHOWN_ELEMENTS else None
    return {"name": name, "dtype": x.dtype.name, "shape": list(x.shape), "data": data}


def shown(value: Shown) -> Json:
    """Return what was expected or got: a text, and nested lists where it is a small array."""
    if isinstance(value, str):
        return {"text": value, "data": None}
    text = f"{value.dtype} of shape {value.shape}"
    return {"text": text, "data": plain(value) if value.size <= SHOWN_ELEMENTS else None}


def plain(array: Array) -> Any:  # noqa: ANN401 - nested lists
    """Return an array as nested lists of what JSON can say; the rest as words."""
    if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
        return array.astype(str).tolist()
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return _plain(array.tolist())


def _plain(value: Any) -> Any:  # noqa: ANN401 - nested lists
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        if value == 0 and math.copysign(1, value) < 0:
            return "-0.0"
    return value


def pool_json(pool: Pool) -> Json:
    """Return parameters as JSON values."""
    return {
        "kernel_size": list(pool.kernel_size),
        "stride": list(pool.stride),
        "padding": [list(pair) for pair in pool.padding],
        "dilation": list(pool.dilation),
        "ceil_mode": pool.ceil_mode,
        "auto_pad": pool.auto_pad,
    }


def finding_text(found: Json) -> str:
    """Return a finding as plain text: rule, call, expected, got, what to do next."""
    lines = [f"[{found['clause']}] {found['sentence']}", f"  call:     {found['call']}"]
    lines += [f"  {one['name']}:        {_compact(one)}" for one in found["arguments"]]
    lines += [f"  expected: {_compact(found['expected'])}", f"  got:      {_compact(found['got'])}"]
    lines += [f"  note:     {found['note']}"] if found["note"] else []
    return "\n".join([*lines, f"  next:     poolproof explain {found['clause']}"])


def _compact(value: Json) -> str:
    if value.get("data") is not None:
        return str(value["data"]).replace("'", "")
    return str(value.get("text") or f"{value.get('dtype')} of shape {value.get('shape')}")
