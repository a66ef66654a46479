"""The pytest plugin: runs the checks of this package on implementations.

It is loaded by every pytest of an environment that has Poolproof, so it imports nothing
heavy until a check is collected.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.judge import Judge
    from conformance.sitting import Sitting

SITTING = pytest.StashKey["Sitting"]()
JUDGE = pytest.StashKey["Judge"]()
PROPERTY = "poolproof"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite, and the ini value of who is judged by default."""
    group = parser.getgroup("poolproof", "max-pooling conformance")
    group.addoption(
        "--implementation",
        action="append",
        metavar="SPEC",
        help="judge this one: a registered name, package.module:attr or path/to/file.py:attr",
    )
    group.addoption("--poolproof-tier", default="default", choices=("smoke", "default", "deep"))
    group.addoption("--poolproof-seed", type=int, default=0, metavar="N")
    group.addoption("--poolproof-call-limit", type=float, default=20.0, metavar="SECONDS")
    group.addoption("--poolproof-flight", default="", help="folder of the flight recorder")
    parser.addini("poolproof_implementations", "implementations to judge by default", "args")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that cites a clause."""
    config.addinivalue_line("markers", "clause(name): the clause of SPEC.md that the check judges")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse a name that is not known before anything is collected."""
    if session.config.getoption("implementation"):
        sitting(session.config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each check once per implementation."""
    if "judge" in metafunc.fixturenames:
        targets = sitting(metafunc.config).targets
        metafunc.parametrize("judge", targets, indirect=True, ids=[one.name for one in targets])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stop when a check cites a clause that SPEC.md does not have.

    The checks are sorted so that one implementation is judged after the other: what is kept
    of the one can then be dropped.
    """
    checks = [item for item in items if "judge" in getattr(item, "fixturenames", ())]
    mine = set(checks)
    places = [place for place, item in enumerate(items) if item in mine]
    targets = sitting(config).targets if checks else []
    order = {target: number for number, target in enumerate(targets)}
    checks.sort(key=lambda item: order[item.callspec.params["judge"]])  # type: ignore[attr-defined]
    for place, item in zip(places, checks, strict=True):
        items[place] = item
    known = {}
    for item in checks:
        citations = [mark.args for mark in item.iter_markers("clause")]
        sitting(config).cited(item.nodeid, citations)
        target = getattr(item, "callspec").params["judge"]  # noqa: B009 - of parametrised tests
        known[item.nodeid] = (target.name, citations[0][0], getattr(item, "originalname", ""))
    if checks:
        sitting(config).note(known)


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """Return the judge of one implementation for one check."""
    clause = request.node.get_closest_marker("clause").args[0]
    check = getattr(request.node, "originalname", request.node.name)
    found = sitting(request.config).judge(request.param, clause, check)
    request.node.stash[JUDGE] = found
    return found


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Let the judge raise the smallest failure when the check is through."""
    found = pyfuncitem.stash.get(JUDGE, None)
    if found is not None and found.given_up:
        pytest.skip("given up")
    result = yield
    if found is not None:
        found.settle()
        if not found.judged and not found.ended:
            pytest.skip(
                f"unclaimed: needs {', '.join(sorted(found.lacking)) or 'what is not claimed'}"
            )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write what the judge found into the report, which travels to the controlling process."""
    report = yield
    found = item.stash.get(JUDGE, None)
    if found is not None and call.when == "call":
        payload, text = sitting(item.config).account(item, found, call.excinfo, report.duration)
        report.user_properties.append((PROPERTY, json.dumps(payload)))
        if text:
            report.longrepr = text
            report.outcome = "failed"
    return report


def sitting(config: pytest.Config) -> Sitting:
    """Return what the checks of this process share, made when first asked for."""
    from conformance.sitting import Sitting

    if SITTING not in config.stash:
        options: dict[str, Any] = {
            "requests": config.getoption("implementation")
            or config.getini("poolproof_implementations"),
            "tier": config.getoption("poolproof_tier"),
            "seed": config.getoption("poolproof_seed"),
            "call_limit": config.getoption("poolproof_call_limit"),
            "flight": config.getoption("poolproof_flight"),
            "worker": getattr(config, "workerinput", {}).get("workerid", "main"),
        }
        config.stash[SITTING] = Sitting(**options)
    return config.stash[SITTING]
