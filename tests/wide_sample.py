"""Results as large as they get: 50 implementations by 150 clauses, and many of a real size."""

from __future__ import annotations

from pathlib import Path

from conformance.clauses import clauses
from conformance.report.forms import render_json
from conformance.report.page import render_page
from conformance.verdict import Json, Verdict
from tests.report_sample import as_read, failing, implementation, run, verdicts

IMPLEMENTATIONS, CLAUSES = 50, 150
VERSIONS = 200


def wide(every: int) -> Json:
    """Return a result of 50 implementations by 150 clauses; one clause in `every` is broken."""
    read = as_read(run(failing()))
    known = read["specification"]["clauses"]
    spread = [known[k % len(known)] | {"name": f"clause.number-{k}"} for k in range(CLAUSES)]
    (worst,) = read["implementations"]
    read["specification"]["clauses"] = spread
    read["implementations"] = [_of_many(worst, spread, k, every) for k in range(IMPLEMENTATIONS)]
    return read


def _of_many(worst: Json, spread: list[Json], number: int, every: int) -> Json:
    name = f"framework-{number}/kernels_with_a_long_name.py:pool"
    broken = {clause["name"] for k, clause in enumerate(spread) if (k + number) % every == 0}
    result = {"checks": 1, "cases": 1, "seconds": 0.1, "reason": ""}
    findings = [
        worst["findings"][k % 6]
        | {"id": f"{name}/{clause}", "implementation": name, "clause": clause, "also": []}
        for k, clause in enumerate(sorted(broken))
    ]
    return worst | {
        "name": name,
        "findings": findings,
        "clauses": {
            clause["name"]: result | {"verdict": "fail" if clause["name"] in broken else "pass"}
            for clause in spread
        },
    }


def versions(number: int = VERSIONS) -> list[Json]:
    """Return the results of as many versions of two engines, newer ones breaking less."""
    return [_version(k, number) for k in range(number)]


def _version(k: int, number: int) -> Json:
    names = list(clauses())
    broken = dict.fromkeys(names[: len(names) * (number - k) // number], Verdict.FAIL)
    engines = (implementation("engine", verdicts(broken)), implementation("steady", verdicts({})))
    result = as_read(run(*engines))
    result["started"] = f"2026-{1 + k // 28:02}-{1 + k % 28:02}T12:00:00+00:00"
    result["implementations"][0]["versions"] = {"engine": f"1.{k}"}
    return result


def main() -> None:
    """Write the largest result and its page beside each other, to look at and to time."""
    for every in (10, 1):
        result = wide(every)
        Path(f"wide-{every}.json").write_text(render_json(result), "utf-8")
        Path(f"wide-{every}.html").write_text(render_page(result), "utf-8")


if __name__ == "__main__":
    main()
