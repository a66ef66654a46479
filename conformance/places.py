"""Places on this machine, in what Python or an implementation says of a failure."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def portable(text: str) -> str:
    """Return text in which a path begins inside its package, and tells nothing of this machine."""
    return _begin(tuple(one for one in sys.path if isinstance(one, str))).sub("", text)


@cache
def _begin(searched: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a folder that modules and files are read from where a path begins."""
    found = {one.rstrip(os.sep) + os.sep for one in _folders(searched)}
    # The root of the file system begins every path, and tells nothing.
    told = sorted((one for one in found if one.count(os.sep) > 1), key=len, reverse=True)
    return re.compile(rf"(?<![\w.~/-])(?:{'|'.join(map(re.escape, told))})")


def _folders(searched: tuple[str, ...]) -> Iterator[str]:
    places = (*searched, *sysconfig.get_paths().values(), sys.prefix, sys.base_prefix)
    for place in (*places, tempfile.gettempdir(), str(Path.home())):
        if Path(place).is_absolute():
            yield place
            yield os.path.realpath(place)
