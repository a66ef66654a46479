"""How implementations are judged: clauses, cases, checks, verdicts and reports."""
