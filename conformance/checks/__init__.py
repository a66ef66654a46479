"""The checks: pytest tests that each cite the clause they judge."""
