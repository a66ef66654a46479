"""Judges clause by clause for the tests of `conformance.own_tests`, one seat per subject."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.checks.catalogue import checks
from conformance.clauses import clause
from conformance.commands.replay import keep_finding
from conformance.contract import Implementation, UnusableError, adopt
from conformance.findings import finding_text
from conformance.isolation.examination import Examination, Terms
from conformance.isolation.flight import Silence
from conformance.isolation.preflight import Preflight
from conformance.isolation.sitting import Sitting
from conformance.registry import Target, load
from conformance.verdict import BROKEN, Json, Verdict
from conformance.verdicts import clause_result, smallest

SEATS = pytest.StashKey[dict[object, "Seat"]]()


class Seat(ABC):
    """One implementation and the terms that it is judged on, shared by all of its tests."""

    def __init__(self, name: str, terms: Terms) -> None:
        """Take the name; nothing is imported before the first judgement."""
        self.name, self._terms = name, terms
        self._claims: tuple[str, ...] | None = None
        self._problem = ""

    def judged(self, name: str) -> tuple[Verdict, str]:
        """Return the verdict on a clause, and what there is to say of it."""
        if self._claims is None and not self._problem:
            try:
                self._claims = self.claims()
            except UnusableError as error:
                self._problem = str(error)
        if self._problem:
            return Verdict.NOT_RUN, f"not run: {self._problem}"
        rule, accounts = clause(name), []
        if rule.judgeable(self._claims or ()):
            names = [check.name for check in checks() if check.clause == name]
            accounts = [self.account(name, check) for check in names]
        result = clause_result(rule, accounts, self._claims or ())
        if result.verdict not in BROKEN:
            return result.verdict, f"{result.verdict}: {result.reason}"
        return result.verdict, self._told(accounts, result.reason)

    def _told(self, accounts: list[Json], reason: str) -> str:
        found = next(iter(smallest(accounts)), None)
        return self.finding(found) if found else reason

    @abstractmethod
    def claims(self) -> tuple[str, ...]:
        """Return what the implementation claims.

        Raises:
            UnusableError: it cannot be imported or judged.
        """

    @abstractmethod
    def account(self, name: str, check: str) -> Json:
        """Return what one check of a clause came to."""

    def finding(self, found: Json) -> str:
        """Return a finding as text."""
        return finding_text(found)

    @abstractmethod
    def close(self) -> None:
        """End what was started."""


class Apart(Seat):
    """An implementation that is judged in a process of its own."""

    def __init__(self, target: Target, terms: Terms, worker: str) -> None:
        """Take where it is found, and the name of this process of pytest."""
        super().__init__(target.name, terms)
        self._target, self._worker = target, worker
        self._sitting: Sitting | None = None

    def claims(self) -> tuple[str, ...]:
        """Import it in a process of its own and return what it claims."""
        (passport,) = Preflight([self._target], clean=False).passports()
        return passport.claims

    def account(self, name: str, check: str) -> Json:
        """Have the judging process give the account."""
        if self._sitting is None:
            asked = [f"{self._target.name}={self._target.address}"]
            self._sitting = Sitting(asked, self._terms, folder="", worker=self._worker, here=False)
        return self._sitting.account(self._target, name, check)

    def finding(self, found: Json) -> str:
        """Keep the finding for `poolproof reproduce`, and return its text."""
        keep_finding(found, self._target.address, self._terms.tier, self._terms.seed)
        return super().finding(found)

    def close(self) -> None:
        """End the judging process."""
        if self._sitting is not None:
            self._sitting.close()


class Here(Seat):
    """An implementation that is judged in the process of pytest."""

    def __init__(self, made: Callable[[], Implementation], name: str, terms: Terms) -> None:
        """Take what returns the implementation when it is first judged."""
        super().__init__(name, terms)
        self._made = made
        self._examination: Examination | None = None

    def claims(self) -> tuple[str, ...]:
        """Return what the object claims."""
        return tuple(sorted(self._made().claims))

    def account(self, name: str, check: str) -> Json:
        """Judge it here."""
        if self._examination is None:
            self._examination = Examination(self._made(), Silence(), self._terms)
        return self._examination.account(name, check, {})

    def finding(self, found: Json) -> str:
        """Return the text without the command that could not find the object again."""
        lines = super().finding(found).splitlines()
        return "\n".join(one for one in lines if not one.startswith("  again  "))

    def close(self) -> None:
        """Do nothing: nothing was started."""


def seat_of(
    config: pytest.Config, subject: object, target: Target | None, options: Mapping[str, Any]
) -> Seat:
    """Return the seat of an implementation, the same one for the same terms.

    `target` says where it is found again; None for an object that is judged here.

    Raises:
        UnusableError: the object does not keep the contract.
    """
    seats = config.stash.setdefault(SEATS, {})
    terms = Terms(
        tier=options.get("tier", config.getoption("poolproof_tier")),
        seed=options.get("seed", config.getoption("poolproof_seed")),
        call_limit=config.getoption("poolproof_call_limit"),
    )
    key = (target or id(subject), terms)
    if key not in seats:
        seats[key] = _seat(config, subject, target, terms)
    return seats[key]


def _seat(config: pytest.Config, subject: object, target: Target | None, terms: Terms) -> Seat:
    if target is None:
        made = adopt(subject, type(subject).__name__, "")
        return Here(lambda: made, made.name, terms)
    if config.getoption("poolproof_in_process"):
        return Here(lambda: load(target), target.name, terms)
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    return Apart(target, terms, worker)


def close_seats(config: pytest.Config) -> None:
    """End what was started for the decorated tests."""
    for seat in config.stash.get(SEATS, {}).values():
        seat.close()
