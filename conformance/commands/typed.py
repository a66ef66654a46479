"""What is typed after an option, turned into what it stands for.

Each function raises argparse.ArgumentTypeError for what it is not.
"""

from __future__ import annotations

import argparse
import math

LARGEST_COUNT = 1_000_000
MOST_WORKERS = 256
"""More processes than any machine has cores for would only fill its memory."""
SEEDS = 2**63


def seed(text: str) -> int:
    """Return a seed."""
    found = int(text) if text.isdecimal() and len(text) <= len(str(SEEDS)) else -1
    if not 0 <= found < SEEDS:
        message = f"a seed is a whole number from 0 to 2**63 - 1, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return found


def seconds(text: str) -> float:
    """Return a limit of time."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < math.inf:
        message = f"a limit is a number of seconds above 0, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return found


def workers(text: str) -> int | str:
    """Return a number of processes, or `auto`."""
    if text == "auto":
        return text
    if not _counts(text, MOST_WORKERS):
        message = f"workers are 1 to {MOST_WORKERS}, or auto; got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def count(text: str) -> int:
    """Return a number of things of which there is at least one."""
    if not _counts(text, LARGEST_COUNT):
        message = f"a whole number from 1 to {LARGEST_COUNT:,} is expected, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _counts(text: str, most: int) -> bool:
    """Return whether a text is a whole number from 1 to `most`, which has fewer than 10 digits."""
    return text.isdecimal() and 1 <= int(text[:10]) <= most


def named(text: str) -> str:
    """Return the name of a file or folder, which a variable that is not set does not give."""
    if not text:
        message = "a file or folder is expected, and its name is empty"
        raise argparse.ArgumentTypeError(message)
    return text
