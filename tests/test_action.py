"""The action and the documented workflow: well-formed, and their steps do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.documented import CHECKOUT, Block, bash, blocks

ACTION: dict[str, Any] = yaml.safe_load((CHECKOUT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
(WORKFLOW,) = (one for one in blocks("continuous-integration.md") if one.language == "yaml")
GH = """#!/usr/bin/env bash
echo "$@" >> "$RUNNER_TEMP/gh.txt"
case "$*" in
*FORBIDDEN*) exit 1 ;;
*--jq*) echo "$EARLIER" ;;
esac
"""
"""Stands for GitHub's command: it notes how it is called."""
RIGHT = "from tests.unusual.base_only import forward\n"
WRONG = """
from tests.unusual import base_only


def forward(x, pool):
    y, saved = base_only.forward(x, pool)
    return y.clip(max=1), saved
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A folder in which the steps of the action are run as GitHub would."""

    folder: Path

    def run(
        self, event: str, *, repository: str = "owner/project", earlier: str = "", **inputs: str
    ) -> tuple[int, str]:
        """Run the steps until one fails; return its status and what all of them printed."""
        values = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        known = {f"inputs.{name}": value for name, value in (values | inputs).items()}
        known |= {
            "github.action_path": str(CHECKOUT),
            "github.event_name": event,
            "github.repository": repository,
            "github.event.pull_request.number": "7",
        }
        said = ""
        for step in STEPS:
            if "run" not in step or not wanted(step.get("if", ""), known):
                continue
            files = {name: self.folder / f"{name}.txt" for name in ("output", "summary")}
            files["output"].write_text("", "utf-8")
            done = bash(
                f"set -e\n{step['run']}",
                self.folder,
                **{name: filled(text, known) for name, text in step.get("env", {}).items()},
                GITHUB_OUTPUT=str(files["output"]),
                GITHUB_STEP_SUMMARY=str(files["summary"]),
                RUNNER_TEMP=str(self.folder),
                EARLIER=earlier,
            )
            said += done.stdout
            for line in files["output"].read_text("utf-8").splitlines():
                name, _, value = line.partition("=")
                known[f"steps.{step['id']}.outputs.{name}"] = value
            if done.returncode:
                return done.returncode, said
        return 0, said

    def calls(self) -> str:
        """Return how gh was called, and forget it."""
        file = self.folder / "gh.txt"
        found = file.read_text("utf-8") if file.exists() else ""
        file.unlink(missing_ok=True)
        return found


def filled(text: str, known: dict[str, str]) -> str:
    """Return a value with its expressions evaluated; each is a name that is known."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: known[found[1]], str(text))


def wanted(condition: str, known: dict[str, str]) -> bool:
    """Evaluate the condition of a step: comparisons with a text, joined by `and`."""
    parts = condition.split(" && ") if condition else []
    found = [re.fullmatch(r"([\w.-]+) (==|!=) '(\w+)'", part) for part in parts]
    assert None not in found, condition
    return all((known[one[1]] == one[3]) is (one[2] == "==") for one in found if one)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Return a project whose main branch was judged once."""
    folder = tmp_path_factory.mktemp("job")
    programs = folder / "programs"
    programs.mkdir()
    (programs / "gh").write_text(GH, "utf-8")
    (programs / "gh").chmod(0o755)
    (folder / "kernels.py").write_text(RIGHT, "utf-8")
    done = Job(folder)
    status, said = done.run("push", implementations="kernels.py", tier="smoke")
    assert status == 0, said
    assert done.calls() == "", "nobody is told of a push"
    return done


@pytest.fixture(autouse=True)
def own_gh(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the steps find the gh that stands for GitHub's."""
    monkeypatch.setenv("PATH", f"{job.folder / 'programs'}:{os.environ['PATH']}")


def test_a_push_leaves_the_reports_and_the_result_to_compare_with(job: Job) -> None:
    out = job.folder / "poolproof-out" / "poolproof"
    assert {"result.json", "report.html", "junit.xml", "summary.md"} <= {
        file.name for file in out.iterdir()
    }
    kept = job.folder / "poolproof-before" / "poolproof" / "result.json"
    assert json.loads(kept.read_text("utf-8"))["tier"] == "smoke"
    assert "kernels" in (job.folder / "summary.txt").read_text("utf-8")


def test_a_pull_request_is_told_what_it_breaks(job: Job) -> None:
    (job.folder / "kernels.py").write_text(WRONG, "utf-8")
    status, said = job.run("pull_request", implementations="kernels.py", tier="smoke")
    assert status == 1, said
    comment = (job.folder / "poolproof-out/poolproof/comment.md").read_text("utf-8")
    assert comment.startswith("<!-- poolproof -->\n")
    assert "value.maximum" in comment
    listed, written = job.calls().splitlines()
    assert listed.startswith("api repos/owner/project/issues/7/comments --paginate --jq")
    assert written.startswith("api repos/owner/project/issues/7/comments --method POST")


def step(name: str) -> dict[str, Any]:
    """Return a step by its name."""
    (found,) = (one for one in STEPS if one["name"] == name)
    return found


def comment(job: Job, repository: str, earlier: str) -> str:
    """Run only the step that comments, on a comment that is there; return what it printed."""
    (job.folder / "comment.md").write_text("<!-- poolproof -->\n", "utf-8")
    known = {"NAME": "poolproof", "NUMBER": "7", "FOLDER": ".", "GH_TOKEN": "none"}
    known |= {"REPOSITORY": repository, "EARLIER": earlier, "RUNNER_TEMP": str(job.folder)}
    done = bash(f"set -e\n{step('Comment')['run']}", job.folder, **known)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_there_is_one_comment_that_is_kept_up_to_date(job: Job) -> None:
    job.calls()
    assert comment(job, "owner/project", "41") == ""
    assert "repos/owner/project/issues/comments/41 --method PATCH" in job.calls()


def test_a_comment_that_may_not_be_written_is_a_warning(job: Job) -> None:
    said = comment(job, "owner/FORBIDDEN", "")
    assert said.startswith("::warning title=Poolproof::No comment was written")
    job.calls()


def test_what_is_unusable_stops_the_action(job: Job) -> None:
    status, said = job.run("push", implementations="absent.py", tier="smoke")
    assert status == 2
    assert "absent.py: there is no such file" in said


@pytest.mark.parametrize("kind", ["actions", "workflows"])
def test_action_and_workflow_are_what_github_reads(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "workflow.yml"
    text = WORKFLOW.body if kind == "workflows" else (CHECKOUT / "action.yml").read_text("utf-8")
    file.write_text(text, "utf-8")
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.github-{kind}",
    ]
    done = subprocess.run(  # noqa: S603 - an installed tool
        [*command, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_and_the_page_know_the_inputs() -> None:
    used = yaml.safe_load(WORKFLOW.body)["jobs"]["conformance"]["steps"][-1]
    assert used["uses"].startswith("OWNER/poolproof@")
    assert used["with"].keys() <= ACTION["inputs"].keys()
    page = (CHECKOUT / "docs" / "continuous-integration.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert told == ACTION["inputs"].keys() | ACTION["outputs"].keys()


def test_no_input_reaches_a_script_but_through_its_environment() -> None:
    for one in STEPS:
        assert "${{" not in one.get("run", ""), one["name"]


def test_every_expression_is_one_that_the_action_has() -> None:
    text = (CHECKOUT / "action.yml").read_text("utf-8")
    for name in re.findall(r"inputs\.([\w-]+)", text):
        assert name in ACTION["inputs"]
    for identifier in re.findall(r"steps\.(\w+)\.", text):
        assert identifier in {one.get("id") for one in STEPS}


def test_other_actions_are_pinned_to_a_release() -> None:
    used = [one["uses"] for one in STEPS if "uses" in one]
    assert len(used) > 2
    for name in used:
        assert re.fullmatch(r"actions/[\w/-]+@v\d+", name)


def test_the_block_of_the_workflow_is_saved_where_github_looks() -> None:
    assert isinstance(WORKFLOW, Block)
    assert WORKFLOW.title == ".github/workflows/poolproof.yml"
