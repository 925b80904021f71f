"""GitHub's workflows, as far as they can be seen without running them; zizmor and actionlint see the rest."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

GITHUB = Path(__file__).parents[1] / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
ACTIONS = [
    (path.name, line.partition("uses:")[2].strip())
    for path in WORKFLOWS
    for line in path.read_text().splitlines()
    if "uses:" in line
]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> Any:
    return yaml.safe_load(request.param.read_text())


def test_each_action_is_pinned_by_commit_with_its_version_beside_it() -> None:
    assert len(ACTIONS) >= 7
    assert [action for action in ACTIONS if not PINNED.fullmatch(action[1])] == []


def test_one_action_is_of_one_version_everywhere() -> None:
    names = {action.partition("@")[0] for _, action in ACTIONS}
    assert len(names) == len({action for _, action in ACTIONS})


def test_rights_are_given_to_jobs_that_need_them_and_to_no_workflow(workflow: Any) -> None:
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        assert job["timeout-minutes"] <= 60


def test_no_checkout_leaves_its_token_on_disk(workflow: Any) -> None:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_actions_and_packages_are_kept_fresh_a_week_after_their_release() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)
