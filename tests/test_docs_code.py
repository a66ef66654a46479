"""Every command and every code block of docs/ does what the page says."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.documented import CHECKOUT, DOCS, Block, bash, blocks, commands, require_shown, save

ELSEWHERE = {"mnist.md": "test_mnist_example.py"}
"""Pages whose blocks another test runs."""
PAGES = sorted(page.name for page in DOCS.glob("*.md") if page.name not in ELSEWHERE)
TUTORIAL = "tutorial.md"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the layer as the tutorial leaves it."""
    folder = tmp_path_factory.mktemp("tutorial")
    for block in blocks(TUTORIAL):
        if block.title:
            save(folder, block)
    done = bash("python mend.py", folder)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a folder to follow a page in: a layer, and the way to a checkout."""
    shutil.copy(finished / "my_layer.py", tmp_path)
    (tmp_path / "path" / "to").mkdir(parents=True)
    (tmp_path / "path" / "to" / "poolproof").symlink_to(CHECKOUT)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_followed(page: str, folder: Path) -> None:
    output = ""
    for block in blocks(page):
        if block.title:
            save(folder, block)
            read_back(block)
        elif block.language == "console":
            output = run(block, folder)
        else:
            assert block.language == "text", f"nothing runs this block: {block}"
            assert output, "an excerpt of an output follows the command"
            require_shown((block.body,), output)


def run(block: Block, folder: Path) -> str:
    """Run the commands of a block; return what the last one printed."""
    output = ""
    for command in commands(block.body):
        done = bash(command.text, folder)
        output = done.stdout
        assert done.returncode == 0, f"$ {command.text}\n{output}"
        require_shown(command.shown, output)
    assert block.body.startswith("$ ")
    return output


def read_back(block: Block) -> None:
    """Require that a file is what its ending says."""
    if block.title.endswith(".toml"):
        assert tomllib.loads(block.body)
    elif block.title.endswith(".py"):
        compile(block.body, block.title, "exec")
    elif block.title.endswith(".json"):
        assert json.loads(block.body)
    else:
        assert block.title.endswith(".yml"), "test_action.py looks at workflows"


def test_a_block_that_nothing_runs_is_noticed() -> None:
    for name, test in ELSEWHERE.items():
        assert "```" in (DOCS / name).read_text("utf-8")
        assert f"{name}" in (CHECKOUT / "tests" / test).read_text("utf-8")


@pytest.mark.parametrize(
    ("shown", "output", "there"),
    [
        (("b", "c"), "a b\nc\n", True),
        (("c", "b"), "a b\nc\n", False),
        (("in 3 of 4 cases, here",), "in  1 of 1 case, here x", True),
        (("x  core 1/2  3 unclaimed  0.5 s",), "x core 38/38 40 unclaimed 12.9 s", True),
        (("b 7",), "a b 8", False),
    ],
)
def test_what_is_shown_is_looked_for_in_order(
    shown: tuple[str, ...], output: str, *, there: bool
) -> None:
    if there:
        require_shown(shown, output)
        return
    with pytest.raises(AssertionError, match="the page shows"):
        require_shown(shown, output)
