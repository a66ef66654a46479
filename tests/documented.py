"""Reads the code blocks of a page of docs/, and runs commands as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.judging import SECONDS

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_COUNTS = re.compile(
    r"\d+(?= of \d+ (case|listed))|(?<= of )\d+(?= (case|listed))|\b\d+(?=/\d)|"
    r"(?<=/)\d+|\d+(?= (passed|skipped|deselected|unclaimed))|\d+\.\d+(?= ?s\b)"
)
"""Numbers that change with the suite or with the machine."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    title: str
    """The file that it is saved as; empty where it is none."""
    body: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block, and what the page shows of its output."""

    text: str
    shown: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page of docs/."""
    text = (DOCS / page).read_text("utf-8")
    found = []
    for block in _BLOCK.finditer(text):
        body = re.sub(rf"^{block['indent']}", "", block["body"], flags=re.MULTILINE)
        found.append(Block(block["language"], block["title"] or "", body))
    return found


def commands(body: str) -> Iterator[Command]:
    """Yield the commands of a console block: each begins with a dollar."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        text, *shown = part.rstrip("\n").split("\n")
        yield Command(text, tuple(shown))


def save(folder: Path, block: Block) -> None:
    """Save a block as the file that its title names."""
    path = folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.body, "utf-8")


def reader(folder: Path) -> dict[str, str]:
    """Return the environment of a reader; what is installed goes into a folder of its own."""
    foreign = ("PYTEST", "COV_", "COVERAGE", "GITHUB", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    installed = str(folder / "installed")
    return kept | {
        "COLUMNS": "80",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_BUILD_ISOLATION": "false",  # pip's way to say that there is none
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_QUIET": "1",
        "PIP_TARGET": installed,
        "PIP_UPGRADE": "1",
        "PYTHONPATH": os.pathsep.join([installed, str(CHECKOUT)]),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


def bash(text: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader would, with standard error in its output."""
    return subprocess.run(  # noqa: S603 - what the pages of this repository say
        ["bash", "-o", "pipefail", "-c", text],  # noqa: S607 - whichever bash there is
        cwd=folder,
        env=reader(folder) | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def require_shown(shown: tuple[str, ...], output: str) -> None:
    """Require that an output has every line, or part of a line, that a page shows of it."""
    said = plain(output)
    for line in shown:
        place = said.find(plain(line))
        assert place >= 0, f"the page shows {line!r}, but the output is\n{output}"
        said = said[place + len(plain(line)) :]


def plain(output: str) -> str:
    """Return an output without its counts and times, and with single spaces."""
    return " ".join(_COUNTS.sub("N", output).replace("cases", "case").split())
