"""The progress bar of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console

from conformance.verdict import BROKEN, Json, Verdict

if TYPE_CHECKING:
    from rich.progress import Progress


class Display:
    """The progress bar: what is being judged and the counts so far."""

    def __init__(self, *, shown: bool) -> None:
        """Prepare the bar on standard error; it is shown on a terminal only."""
        console = Console(stderr=True, highlight=False)
        self._bar = _bar(console) if shown and console.is_terminal else None
        self._task = self._bar.add_task("starting", total=None) if self._bar else None
        self._counts = {"pass": 0, "broken": 0, "unclaimed": 0}

    def __enter__(self) -> Self:
        """Show the bar."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        if self._bar:
            self._bar.stop()

    def update(self, account: Json | None, total: int) -> None:
        """Take the account of one check, or only the number of checks to come."""
        if self._bar is None or self._task is None:
            return
        if account is None:
            self._bar.update(self._task, total=total)
            return
        verdict = Verdict(account["verdict"])
        kind = "broken" if verdict in BROKEN else str(verdict)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        counts = " · ".join(f"{count} {kind}" for kind, count in self._counts.items() if count)
        text = f"{account['implementation'][:24]:24} {account['clause'][:20]:20} {counts}"
        self._bar.update(self._task, description=text, advance=1)


def _bar(console: Console) -> Progress:
    from rich.progress import (  # a slow import that only a terminal needs
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
