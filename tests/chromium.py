"""The browser that the page is tried in: the Chromium of the system, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
REQUIRED = "POOLPROOF_BROWSER"
"""A variable that names the browser; where it is set, a missing one is a failure."""


def executable() -> str:
    """Return the path of a browser; skip the test where there is none, and say so."""
    asked = os.environ.get(REQUIRED)
    if asked:
        if not Path(asked).is_file():
            pytest.fail(f"{REQUIRED} names {asked}, and there is no such file")
        return asked
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip(f"the page is not tried in a browser: there is no {' or '.join(NAMES)}")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser and end it."""
    from playwright.sync_api import sync_playwright

    # A sandbox needs rights that a container or the user root does not have.
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()
