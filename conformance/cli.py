"""The command line: list, run, explain, reproduce, identify, diff, report, history, bench."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from conformance.commands.typed import count, named, seconds, seed, workers
from conformance.report.untrusted import line

UNUSABLE = 2
SUITE_FAILED = 3
INTERRUPTED = 130
REPORTS = {
    "json": "the result",
    "html": "a page",
    "markdown": "a summary in Markdown",
    "junit": "JUnit XML",
    "badge": "the JSON of a shields.io badge",
    "badge-svg": "a badge",
}
"""Options that name a file, and what is written to it."""
NAMED = (
    "a name of `poolproof list`, package.module[:attr] or path/to/file.py[:attr], each perhaps as "
    "NAME=..."
)
"""The ways to name an implementation."""


class UsageParser(argparse.ArgumentParser):
    """A parser that answers a misspelt option or command with the nearest right one."""

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with status 2."""
        near = self._nearest(message)
        hint = f"did you mean {' or '.join(near)}?" if near else f"see {self.prog} --help"
        self.exit(UNUSABLE, f"poolproof: {line(message)}; {line(hint)}\n")

    def _nearest(self, message: str) -> list[str]:
        """Return what this parser knows that is spelt like what it did not know."""
        known = {name.lstrip("-"): name for action in self._actions for name in _names(action)}
        words = re.findall(r"--?[\w-]+", message.partition(": ")[2])
        words += re.findall(r"invalid choice: '([^']*)'", message)
        near = [difflib.get_close_matches(word.lstrip("-"), known, 2, 0.6) for word in words]
        return list(dict.fromkeys(known[name] for names in near for name in names))

    @property
    def commands(self) -> dict[str, argparse.ArgumentParser]:
        """Return the parsers of the commands, by name."""
        kind = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public way to ask
        found = (dict(one.choices) for one in self._actions if isinstance(one, kind))
        return next(found, {})

    def read(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Return the options, or leave with what the command that was named does not know."""
        options, unknown = self.parse_known_args(arguments)
        if unknown:
            self.commands[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
        return options


def _names(action: argparse.Action) -> list[str]:
    """Return the options of an action, and the words that it takes."""
    return [*action.option_strings, *map(str, action.choices or ())]


def parser() -> UsageParser:
    """Return the parser of the command line."""
    top = UsageParser(
        prog="poolproof",
        description="Judge max-pooling implementations by a written specification.",
        epilog="Exit status: 0 all conform, 1 one does not, 2 the call was unusable, "
        "3 the suite failed.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=metadata.version("poolproof"))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "list", help="what is registered, installed and claimed", allow_abbrev=False
    )
    explain = commands.add_parser(
        "explain", help="a clause: its sentence, rationale, and who differs", allow_abbrev=False
    )
    explain.add_argument("clause", nargs="?", help="its name; without one, all are listed")
    reproduce = commands.add_parser(
        "reproduce", help="run one finding of an earlier run again", allow_abbrev=False
    )
    reproduce.add_argument("finding", help="its id: IMPLEMENTATION/CLAUSE")
    reproduce.add_argument(
        "--script", action="store_true", help="print a script that shows it, and run nothing"
    )
    _add_identify(
        commands.add_parser(
            "identify", help="which dialect it speaks, switch by switch", allow_abbrev=False
        )
    )
    diff = commands.add_parser(
        "diff", help="what changed from one JSON result to another", allow_abbrev=False
    )
    diff.add_argument("old", metavar="OLD.json", help="the result to compare with")
    diff.add_argument("new", metavar="NEW.json", help="the result that is compared")
    diff.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        default="text",
        help="how it is printed (default text)",
    )
    _add_report(
        commands.add_parser(
            "report", help="make reports again from one JSON result or several", allow_abbrev=False
        )
    )
    history = commands.add_parser(
        "history", help="a page on what changed over many JSON results", allow_abbrev=False
    )
    history.add_argument("folder", metavar="DIR", help="holds the results, in folders or not")
    history.add_argument("--html", type=named, metavar="FILE", help="write the page to FILE")
    _add_run(commands.add_parser("run", help="judge implementations", allow_abbrev=False))
    _add_bench(
        commands.add_parser("bench", help="speed and memory, side by side", allow_abbrev=False)
    )
    return top


def _add_report(report: argparse.ArgumentParser) -> None:
    report.add_argument(
        "results", nargs="+", metavar="RESULT.json", help="several are put together"
    )
    for option, what in REPORTS.items():
        report.add_argument(f"--{option}", type=named, metavar="FILE", help=f"write {what} to FILE")
    report.add_argument("--out", type=named, metavar="DIR", help="write all of these to DIR")
    report.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="report this implementation alone; may be given again",
    )


def _add_identify(identify: argparse.ArgumentParser) -> None:
    identify.add_argument("implementation", metavar="IMPLEMENTATION", help=f"who is asked: {NAMED}")
    identify.add_argument("--against", metavar="OTHER", help="list the calls on which they differ")
    identify.add_argument("--json", type=named, metavar="FILE", help="write the result to FILE")
    identify.add_argument(
        "--tier",
        choices=("smoke", "default", "deep"),
        default="default",
        help="how many cases --against compares",
    )
    identify.add_argument(
        "--seed",
        type=seed,
        default=0,
        help="varies the random numbers of these cases (default 0)",
    )
    identify.add_argument(
        "--call-limit",
        type=seconds,
        default=20.0,
        metavar="SECONDS",
        help="a call that takes longer is a hang; large inputs get more (default 20)",
    )
    identify.add_argument("--no-progress", action="store_true", help="show no progress bar")


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "implementations",
        nargs="*",
        metavar="IMPLEMENTATION",
        help=f"{NAMED}; none: everything installed",
    )
    run.add_argument(
        "--tier",
        choices=("brief", "smoke", "default", "deep"),
        default="default",
        help="how much is tried",
    )
    run.add_argument("--seed", type=seed, default=0, help="varies the random numbers (default 0)")
    run.add_argument(
        "-n", "--workers", type=workers, default="auto", help="processes (default: one per core)"
    )
    run.add_argument(
        "--call-limit",
        type=seconds,
        default=20.0,
        metavar="SECONDS",
        help="a call that takes longer is a hang; large inputs get more (default 20)",
    )
    run.add_argument(
        "--python",
        action="append",
        default=[],
        type=named,
        metavar="PATH",
        help="an interpreter of another environment with Poolproof: what is named and installed "
        "there is judged there; may be given again",
    )
    for name in ("json", "html", "markdown", "junit"):
        run.add_argument(
            f"--{name}", type=named, metavar="FILE", help=f"write {REPORTS[name]} to FILE"
        )
    run.add_argument(
        "--scripts",
        type=named,
        metavar="DIR",
        help="write a script that shows it for each finding to DIR",
    )
    run.add_argument(
        "--known-deviations",
        type=named,
        metavar="FILE",
        help="broken clauses that are known; any other fails the run, and so does one that is "
        "not broken any more",
    )
    run.add_argument(
        "--write-known-deviations", type=named, metavar="FILE", help="write that list from this run"
    )
    run.add_argument("--no-progress", action="store_true", help="show no progress bar")


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument(
        "implementations",
        nargs="*",
        metavar="IMPLEMENTATION",
        help="as for run; none: everything installed",
    )
    what = bench.add_mutually_exclusive_group()
    what.add_argument("--network", metavar="NAME", help="time the layers of a published network")
    what.add_argument("--shape", metavar="N,C,H,W", help="time one layer with an input like this")
    bench.add_argument("--batch", type=count, help="with --network or without any (default 8)")
    for name in ("kernel", "stride", "padding", "dilation"):
        help_of = "with --shape: a number, or one for each axis"
        help_of += "; begin:end where they differ" if name == "padding" else ""
        bench.add_argument(f"--{name}", metavar="SIZE", help=help_of)
    bench.add_argument("--ceil", action="store_true", help="with --shape: round sizes up")
    bench.add_argument(
        "--work",
        choices=("forward", "backward", "both"),
        default="both",
        help="backward is forward and backward together",
    )
    bench.add_argument("--growth", action="store_true", help="fit how time grows along each axis")
    bench.add_argument("--threads", type=count, default=1, help="of each implementation")
    bench.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: processor time, in which other work on the machine does not count",
    )
    bench.add_argument("--rounds", type=count, default=7, help="how often each is timed")
    bench.add_argument(
        "--sample",
        type=seconds,
        default=0.05,
        metavar="SECONDS",
        help="calls that are quicker are repeated for so long (default 0.05)",
    )
    bench.add_argument(
        "--call-limit",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="a call that takes longer is a hang (default 60)",
    )
    bench.add_argument("--json", type=named, metavar="FILE", help="write the result to FILE")
    bench.add_argument("--html", type=named, metavar="FILE", help="write a page with plots to FILE")
    bench.add_argument("--no-progress", action="store_true", help="show no progress bar")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    _have_streams()
    _have_columns()
    try:
        options = parser().read(arguments)
    except metadata.PackageNotFoundError:
        how = "`python -m pip install .` in its checkout installs it"
        return _leave(f"this Python runs Poolproof without having it installed; {how}", UNUSABLE)
    if not _somewhere():
        return _leave("the folder that it was started in does not exist any more", UNUSABLE)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    try:
        status = _command(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _leave("interrupted", INTERRUPTED)
    except (BrokenPipeError, SystemExit):  # rich ends so when the reader of a pipe has left
        return _leave("", 0)
    except OSError as error:
        return _leave(str(error), UNUSABLE)
    return status


COMMANDS = {
    "run": "commands.running:run_command",
    "identify": "identify.command:identify_command",
    "diff": "commands.diffing:diff_command",
    "report": "commands.reporting:report_command",
    "history": "commands.telling:history_command",
    "bench": "bench.command:bench_command",
}
"""Where the commands are that take their options as they were read; imported when asked for."""


def _command(options: argparse.Namespace) -> int:
    if options.command in COMMANDS:
        module, _, name = COMMANDS[options.command].partition(":")
        command = getattr(importlib.import_module(f"conformance.{module}"), name)
        status: int = command(options)
        return status
    if options.command == "list":
        from conformance.commands.listing import show_list

        return show_list()
    if options.command == "reproduce":
        from conformance.commands.replay import reproduce, show_script

        return (show_script if options.script else reproduce)(options.finding)
    from conformance.commands.explaining import explain

    return explain(options.clause)


def _interrupt(number: int, _frame: object) -> NoReturn:
    """End as Ctrl-C does, so that no process and no folder is left behind."""
    raise KeyboardInterrupt(number)


def _somewhere() -> bool:
    """Return whether the working directory exists."""
    try:
        return bool(Path.cwd())
    except OSError:
        return False


def _have_streams() -> None:
    """Write to nowhere where the caller closed a standard stream."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("r" if name == "stdin" else "w"))  # noqa: SIM115 - for good


def _have_columns() -> None:
    """Take no columns for a number that is not known, as shells and Python do; rich does not."""
    if os.environ.get("COLUMNS") == "0":
        del os.environ["COLUMNS"]


def _leave(message: str, status: int) -> int:
    """Return the status after an output that cannot be written any more."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if message:
        with suppress(OSError):
            print(f"poolproof: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
