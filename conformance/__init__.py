"""How implementations are judged: clauses, cases, checks, verdicts and reports."""

from conformance.own_tests import parametrize

__all__ = ["parametrize"]
