"""Findings: a failed check as values that a report shows."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.cases.case import Array, Case, dtype_of
from conformance.clauses import clause
from conformance.handover import holds_numbers
from conformance.judge import CheckFailedError
from conformance.nonconformance import NonconformanceError, Shown
from conformance.quiet import quiet
from conformance.verdict import Json, Verdict
from reference.pool import Pool

TEXT_WIDTH = 100
SHOWN_ELEMENTS = 400
"""An array with more elements is shown by its shape only."""


def finding(implementation: str, name: str, check: str, error: CheckFailedError, seed: int) -> Json:
    """Return the finding of a failed check as JSON values; the fields of verdict.Finding."""
    case, broken = error.failure.case, error.failure.error
    pool = broken.pool or case.pool
    call = str(replace(case, pool=pool))
    return blank_finding(implementation, name, check, case.id, call) | {
        "verdict": Verdict.FAIL.value,
        "arguments": [
            shown_argument("x", case.x(seed) if broken.x is None else broken.x),
            *([shown_argument("dy", broken.dy)] if broken.dy is not None else []),
        ],
        "expected": shown(broken.expected),
        "got": shown(broken.got),
        "note": "; ".join(filter(None, (broken.note, _first_place(broken)))),
        "failing_cases": error.failing,
        "judged_cases": error.judged,
        "pool": pool_json(pool),
    }


def _first_place(broken: NonconformanceError) -> str:
    """Return where two arrays that are too large to be shown differ first; else nothing."""
    expected, got, place = broken.expected, broken.got, broken.place
    if isinstance(expected, str) or isinstance(got, str) or not isinstance(place, tuple):
        return ""
    if max(expected.size, got.size) <= SHOWN_ELEMENTS or expected.shape != got.shape:
        return ""
    if len(place) != got.ndim:
        return ""
    values = (plain(np.asarray(side[place])) for side in (expected, got))
    return "first at [{}]: expected {}, got {}".format(", ".join(map(str, place)), *values)


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
        "behaves_like": [],
        "script": "",
        "no_script": "",
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
    if not holds_numbers(array):
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


def case_of(found: Json) -> Case | None:
    """Return the case of a finding as it was shown; None where it was too large to be kept."""
    arguments = found["arguments"]
    if not found["pool"] or not arguments or arguments[0]["data"] is None:
        return None
    x = array_of(arguments[0]["data"], arguments[0])
    pool = pool_of(found["pool"])
    return Case(found["case"], pool, x.shape, lambda _case, _seed: x, x.dtype.name)


def array_of(data: Any, form: Json) -> Array:  # noqa: ANN401 - nested lists
    """Return an array from what a finding holds of it."""
    dtype = dtype_of(form["dtype"])
    exact = dtype.kind in "iub"
    flat = [value if exact else float(value) for value in _flat(data)]
    return np.array(flat, dtype).reshape(form["shape"])


def _flat(data: Any) -> Iterable[Any]:  # noqa: ANN401 - nested lists
    if isinstance(data, list):
        for part in data:
            yield from _flat(part)
    else:
        yield data


def pool_of(values: Json) -> Pool:
    """Return parameters from what a finding holds of them."""
    return Pool(
        tuple(values["kernel_size"]),
        tuple(values["stride"]),
        tuple((begin, end) for begin, end in values["padding"]),
        tuple(values["dilation"]),
        values["ceil_mode"],
        values["auto_pad"],
    )


def finding_text(found: Json, stands: str = "") -> str:
    """Return a finding as plain text, as `poolproof run` prints it.

    `stands` is how it stands to what is declared, where that is known.
    """
    from rich.console import Console  # heavy, and only a failure needs it

    from conformance.report.terminal import show_finding

    text = io.StringIO()
    console = Console(file=text, width=TEXT_WIDTH, highlight=False)
    show_finding(found, console, stands=stands)
    return text.getvalue().rstrip()


def show_input(
    found: Json, claims: Iterable[str], dialect: Mapping[str, str], tier: str, seed: int
) -> Json:
    """Return the finding of a process that ended with the input of its case, where it is known.

    The case is looked up in the suite; nothing is called. A call that is to be refused says so.
    """
    from conformance import oracle
    from conformance.diagnosis.witnesses import looked_up, nobody  # it imports every check

    place = (found["clause"], found["check"], found["case"])
    case = looked_up(*place, (claims, dialect), (tier, seed))
    if case is None or found["arguments"]:
        return found
    who = nobody(claims, dialect)
    refused = who.lacking(case.shape, case.dtype, case.pool)
    if refused or not oracle.legal(case.shape, case.pool, who.dialect):
        found |= {"expected": shown("a refusal")}
    with quiet():
        x = case.x(seed)
    return found | {"arguments": [shown_argument("x", x)], "pool": pool_json(case.pool)}
