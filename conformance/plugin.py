"""The pytest plugin: runs the checks of this package on implementations.

It is loaded by every pytest of an environment that has Poolproof, so it imports nothing
heavy until a check is collected.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.isolation.sitting import Sitting
    from conformance.registry import Target
    from conformance.verdict import Json

SITTING = pytest.StashKey["Sitting"]()
ACCOUNT = pytest.StashKey["Json"]()
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
    tiers = ("brief", "smoke", "default", "deep")
    group.addoption("--poolproof-tier", default="default", choices=tiers)
    group.addoption("--poolproof-seed", type=int, default=0, metavar="N")
    group.addoption("--poolproof-call-limit", type=float, default=20.0, metavar="SECONDS")
    group.addoption(
        "--poolproof-in-process",
        action="store_true",
        help="judge in the process of pytest, for a debugger; a crash or a hang ends it all",
    )
    group.addoption("--poolproof-folder", default="", help=argparse.SUPPRESS)
    parser.addini("poolproof_implementations", "implementations to judge by default", "args")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that cites a clause, and the one of decorated tests."""
    config.addinivalue_line("markers", "clause(name): the clause of SPEC.md that the check judges")
    config.addinivalue_line("markers", "poolproof(request): what conformance.parametrize makes")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse what cannot be judged before anything is collected.

    Workers are spared it, and so is `poolproof run`, which has asked already.
    """
    config = session.config
    asked = config.getoption("implementation") or config.getini("poolproof_implementations")
    if not asked or hasattr(config, "workerinput") or config.getoption("poolproof_folder"):
        return
    from conformance.contract import UnusableError
    from conformance.isolation.preflight import Preflight

    try:
        Preflight(sitting(config).targets, clean=False).passports()
    except UnusableError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started for judging."""
    if SITTING in config.stash:
        config.stash[SITTING].close()
    if "conformance.own_judging" in sys.modules:
        from conformance.own_judging import close_seats

        close_seats(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each check once per implementation, and each decorated test once per clause."""
    line = metafunc.definition.get_closest_marker("poolproof")
    if line is not None:
        from conformance.own_tests import generate

        generate(metafunc, line.args[0])
    if "judge" in metafunc.fixturenames:
        targets = sitting(metafunc.config).targets
        metafunc.parametrize("judge", targets, indirect=True, ids=[one.name for one in targets])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stop when a check cites a clause that SPEC.md does not have.

    The checks are sorted so that one implementation is judged after the other, each by the
    checks first that catch the most known bugs in a second.
    """
    checks = [item for item in items if "judge" in getattr(item, "fixturenames", ())]
    mine = set(checks)
    places = [place for place, item in enumerate(items) if item in mine]
    targets = sitting(config).targets if checks else []
    order = {target: number for number, target in enumerate(targets)}
    ranks = _ranks() if checks else {}
    checks.sort(
        key=lambda item: (
            order[getattr(item, "callspec").params["judge"]],  # noqa: B009 - of parametrised tests
            ranks.get(_place(item), len(ranks)),
        )
    )
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


def _ranks() -> dict[tuple[str, str], int]:
    """Return the place of each check in the order of the suite."""
    from conformance.checks.catalogue import checks

    return {(check.clause, check.name): number for number, check in enumerate(checks())}


def _place(item: pytest.Item) -> tuple[str, str]:
    """Return the clause and the name of a check."""
    cited = [str(mark.args[0]) for mark in item.iter_markers("clause") if mark.args]
    return "".join(cited[:1]), getattr(item, "originalname", "")


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Target:
    """Return who is judged; the check itself runs where that one has a process of its own."""
    target: Target = request.param
    return target


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Have a check run by the judging process, and fail or skip as that came out."""
    if "judge" not in pyfuncitem.fixturenames:
        return None
    clause = next(pyfuncitem.iter_markers("clause")).args[0]
    check = pyfuncitem.originalname
    target = pyfuncitem.callspec.params["judge"]
    account = sitting(pyfuncitem.config).account(target, clause, check)  # type: ignore[arg-type]
    pyfuncitem.stash[ACCOUNT] = account
    if account["verdict"] in {"unclaimed", "not run"}:
        pytest.skip(f"{account['verdict']}: {account['reason']}")
    if account["verdict"] != "pass":
        pytest.fail(_text(account, sitting(pyfuncitem.config), target), pytrace=False)  # type: ignore[arg-type]
    return True


def _text(account: Json, session: Sitting, target: Target) -> str:
    """Return the finding as text, and keep it for `poolproof reproduce`, which the text names."""
    from conformance.commands.replay import keep_finding
    from conformance.findings import finding_text

    found = account["finding"]
    if not found:
        return f"{account['verdict']}: {account['reason']}"
    if not session.shared:
        keep_finding(found, target.address, session.terms.tier, session.terms.seed)
    return finding_text(found)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write the account into the report, which travels to the controlling process."""
    report = yield
    if call.when == "call" and ACCOUNT in item.stash:
        report.user_properties.append((PROPERTY, json.dumps(item.stash[ACCOUNT])))
    return report


def sitting(config: pytest.Config) -> Sitting:
    """Return what the checks of this process share, made when first asked for."""
    from conformance.isolation.examination import Terms
    from conformance.isolation.sitting import Sitting

    if SITTING not in config.stash:
        terms = Terms(
            tier=config.getoption("poolproof_tier"),
            seed=config.getoption("poolproof_seed"),
            call_limit=config.getoption("poolproof_call_limit"),
        )
        requests = config.getoption("implementation")
        config.stash[SITTING] = Sitting(
            list(requests or config.getini("poolproof_implementations")),
            terms,
            folder=config.getoption("poolproof_folder"),
            worker=getattr(config, "workerinput", {}).get("workerid", "main"),
            here=config.getoption("poolproof_in_process"),
        )
    return config.stash[SITTING]
