"""What the tests say at their end."""

from __future__ import annotations

import pytest

UNTRIED = "the page is not tried in a browser"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it where the page was tried in no browser: a skip alone is easily overlooked."""
    skipped = terminalreporter.stats.get("skipped", [])
    said = [report.longrepr[2] for report in skipped if UNTRIED in str(report.longrepr)]
    if said:
        terminalreporter.section("not everything was tested", red=True)
        terminalreporter.line(f"{len(said)} skipped: {said[0].removeprefix('Skipped: ')}", red=True)
