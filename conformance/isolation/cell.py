"""The process that one implementation is judged in: it answers one request after another.

Whatever an implementation does to its process, no other implementation and nothing of the
run is in it.
"""

from __future__ import annotations

import ctypes
import faulthandler
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from json import dumps, loads  # bound here: an implementation may replace those of the module
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from conformance.contract import UnusableError
from conformance.verdict import Json

Answers = Callable[[Json], Json]
PRELOADED = ["conformance.isolation.examination"]
LARGEST = 2**28
"""Bytes of an answer; more is what an implementation wrote into a file that is not its own."""
FILES = 1024
"""Files that are closed in a new process; one that judges has opened far fewer."""
TIDYING_SECONDS = 0.5
"""For the processes that an implementation started, when its own has ended."""
PR_SET_PDEATHSIG = 1
"""Of Linux, <linux/prctl.h>: a signal for this process when its parent ends."""
ABANDONED = 24 * 3600.0
"""Seconds after which a process that nobody ended, and that answers nobody, ends itself.

A check may make thousands of calls, each of which may take seconds.
"""


def context(*, clean: bool) -> BaseContext:
    """Return how processes are made; `clean` says that no foreign code ran in this one.

    A copy of a clean process is ready at once. Where foreign code may have left threads and
    locks behind, copies are made of a process that has seen none; off Linux every process
    starts anew.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    if clean:
        return multiprocessing.get_context("fork")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(PRELOADED)
    return found


def open_cell(
    kind: BaseContext, opening: Callable[..., Answers], *arguments: object, noise: Path | None
) -> tuple[BaseProcess, Connection]:
    """Start a process that answers by what `opening(*arguments)` returns there.

    Its first message is {} or {"unusable": why}; what it writes to stderr goes to `noise`.
    """
    near, far = kind.Pipe()
    process: BaseProcess = kind.Process(  # type: ignore[attr-defined] # every context has it
        target=_serve, args=(far, near, opening, arguments, noise), daemon=True
    )
    process.start()
    far.close()
    return process, near


def end_cell(process: BaseProcess, pipe: Connection) -> None:
    """End a process and those it started, whatever they are doing, and close the pipe to it."""
    group = process.pid
    process.kill()
    process.join()
    process.close()
    pipe.close()
    if group is not None and sys.platform != "win32":
        _end_group(group)


def _end_group(group: int) -> None:
    """End what is left of a group of processes, after a moment for those that tidy up."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + TIDYING_SECONDS
        while time.monotonic() < deadline:
            time.sleep(0.01)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)


def exit_code(process: BaseProcess, seconds: float = 1.0) -> int | None:
    """Return the exit code of a process that is about to end; None where it does not.

    The file that tells of its end may have been closed or written to by foreign code, so that
    nothing but the process itself is asked.
    """
    deadline = time.monotonic() + seconds
    while process.exitcode is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process.exitcode


def _serve(
    far: Connection,
    near: Connection,
    opening: Callable[..., Answers],
    arguments: tuple[object, ...],
    noise: Path | None,
) -> None:
    near.close()
    if sys.platform != "win32":
        os.setpgid(0, 0)  # what foreign code starts, and sends to its group, is its own
    _end_with_parent()
    _be_quiet(noise)
    _close_others(far.fileno())
    multiprocessing.current_process().daemon = False  # else it could make no processes of its own
    warnings.simplefilter("ignore")
    with suppress(ValueError, OSError):  # Ctrl-C is for who started the run
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        answers = opening(*arguments)
    except UnusableError as error:
        _send(far, {"unusable": str(error)})
        return
    _send(far, {})
    mine = os.getpid()
    with suppress(EOFError, OSError):
        while True:
            request = loads(far.recv_bytes())
            faulthandler.dump_traceback_later(ABANDONED, exit=True, file=2)
            answer = answers(request)
            if os.getpid() != mine:  # a fork that foreign code made and came back from
                os._exit(0)
            _send(far, answer)
    os._exit(0)  # threads and exit handlers of an implementation are not waited for


def _end_with_parent() -> None:
    """Have this process end when the one that started it does, whatever it is doing then."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _send(connection: Connection, message: Json) -> None:
    with suppress(OSError):
        connection.send_bytes(dumps(message).encode("utf-8", "backslashreplace"))


def _close_others(mine: int) -> None:
    """Close every file that the process was born with, but the standard streams and its own."""
    for first, last in ((3, mine), (mine + 1, FILES)):
        os.closerange(first, last)
    # What led to the helpers of the process that was copied is closed: others are started.
    resource_tracker._resource_tracker._fd = None  # type: ignore[attr-defined] # noqa: SLF001


def _be_quiet(noise: Path | None) -> None:
    """Send what is written to the standard streams where it disturbs no report."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    sink = os.open(os.devnull, os.O_RDWR)
    heard = os.open(noise, flags, 0o600) if noise else sink
    for stream, file in ((0, sink), (1, sink), (2, heard)):
        os.dup2(file, stream)
    faulthandler.enable(2)  # where in the implementation a process died
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        number = ("stdin", "stdout", "stderr").index(name)
        setattr(sys, name, open(number, mode, encoding="utf-8", errors="replace", closefd=False))  # noqa: SIM115 - the streams of this process
