"""The command line: list, run, explain, reproduce."""

from __future__ import annotations

import argparse
import difflib
import math
import os
import re
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import NoReturn

UNUSABLE = 2
SUITE_FAILED = 3


class UsageParser(argparse.ArgumentParser):
    """A parser that answers a misspelt option or command with the nearest right one."""

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with status 2."""
        self.exit(UNUSABLE, f"poolproof: {message}{self._nearest(message)}\n")

    def _nearest(self, message: str) -> str:
        known = [option for action in self._all_actions() for option in action.option_strings]
        known += [name for action in self._all_actions() for name in _choices(action)]
        words = re.findall(r"--?[\w-]+", message.partition(": ")[2])
        words += re.findall(r"invalid choice: '([^']*)'", message)
        near = [match for word in words for match in difflib.get_close_matches(word, known, 2, 0.6)]
        return f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else "; see --help"

    def _all_actions(self) -> list[argparse.Action]:
        found = list(self._actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - no public way
                found += [inner for parser in action.choices.values() for inner in parser._actions]  # noqa: SLF001
        return found


def _choices(action: argparse.Action) -> list[str]:
    return [str(choice) for choice in action.choices] if action.choices is not None else []


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
    _add_run(commands.add_parser("run", help="judge implementations", allow_abbrev=False))
    return top


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "implementations",
        nargs="*",
        metavar="IMPLEMENTATION",
        help="a name of `poolproof list`, package.module[:attr] or path/to/file.py[:attr], each "
        "perhaps as NAME=...; none: everything installed",
    )
    run.add_argument("--tier", choices=("smoke", "default", "deep"), default="default")
    run.add_argument("--seed", type=_seed, default=0, help="varies the random numbers (default 0)")
    run.add_argument(
        "-n", "--workers", type=_workers, default="auto", help="processes (default: one per core)"
    )
    run.add_argument(
        "--call-limit",
        type=_seconds,
        default=20.0,
        metavar="SECONDS",
        help="a call that takes longer is a hang; large inputs get more (default 20)",
    )
    for name, what in (("json", "the result"), ("html", "a page"), ("junit", "JUnit XML")):
        run.add_argument(f"--{name}", metavar="FILE", help=f"write {what} to FILE")
    run.add_argument("--no-progress", action="store_true", help="show no progress bar")


def _seed(text: str) -> int:
    seed = int(text) if text.isdecimal() else -1
    if not 0 <= seed < 2**63:
        message = f"a seed is a whole number from 0 on, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return seed


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        message = f"a limit is a number of seconds above 0, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _workers(text: str) -> int | str:
    if text == "auto":
        return text
    if not text.isdecimal() or int(text) < 1:
        message = f"workers are 1 or more, or auto; got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "run":
            from conformance.running import run_command

            return run_command(options)
        if options.command == "list":
            from conformance.listing import show_list

            return show_list()
        if options.command == "reproduce":
            from conformance.replay import reproduce

            return reproduce(options.finding)
        from conformance.explaining import explain

        return explain(options.clause)
    except SystemExit:
        return 0  # rich ends so when the reader of a pipe has left
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
