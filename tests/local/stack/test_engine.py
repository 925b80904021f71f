"""The engine on a workspace that something is wrong with; no AWS is needed to see it."""

import json
from pathlib import Path

import pytest

from local.cloud import Endpoints
from local.folders import PROJECT
from local.stack.engine import PROJECT_NAME, Engine, EngineError
from local.stack.workspace import Workspace

STACK = "check"
ENDPOINTS = Endpoints(
    aws_url="https://127.0.0.1:9",
    ca_file=Path("/nowhere/ca.crt"),
    access_key="AKIAEXAMPLE",
    secret_key="example",
    registry="127.0.0.1:9",
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Lay a workspace that no run has used yet."""
    workspace = Workspace(tmp_path / "stack", STACK, PROJECT / "Pulumi.local.yaml")
    workspace.prepare(ENDPOINTS, {})
    return workspace


def engine_of(workspace: Workspace, said: list[str] | None = None) -> Engine:
    """Give the engine of a workspace."""
    return Engine(workspace, ENDPOINTS, (said if said is not None else []).append)


def checkpoint(workspace: Workspace, **latest: object) -> None:
    """Write the stack's state as the engine does."""
    file = workspace.folder / "state/.pulumi/stacks" / PROJECT_NAME / f"{STACK}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": STACK, "latest": latest}}))


def test_a_new_workspace_was_not_cut_off(workspace: Workspace) -> None:
    assert not engine_of(workspace).was_cut_off()


def test_a_finished_run_was_not_cut_off(workspace: Workspace) -> None:
    checkpoint(workspace, resources=[])
    assert not engine_of(workspace).was_cut_off()


def test_a_pending_operation_shows_that_a_run_was_cut_off(workspace: Workspace) -> None:
    checkpoint(workspace, resources=[], pending_operations=[{"type": "creating", "resource": {"urn": "urn:x"}}])
    assert engine_of(workspace).was_cut_off()


def test_a_lock_that_nobody_released_shows_that_a_run_was_cut_off(workspace: Workspace) -> None:
    checkpoint(workspace, resources=[])
    lock = workspace.folder / f"state/.pulumi/locks/organization/{PROJECT_NAME}/{STACK}/1.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    assert engine_of(workspace).was_cut_off()


def test_outputs_are_those_the_last_operation_left(workspace: Workspace) -> None:
    assert engine_of(workspace).outputs() == {}
    bucket = {"type": "aws:s3/bucket:Bucket", "outputs": {"id": "a"}}
    checkpoint(workspace, resources=[bucket, {"type": "pulumi:pulumi:Stack", "outputs": {"modelsBucket": "a"}}])
    assert engine_of(workspace).outputs() == {"modelsBucket": "a"}


def test_a_stack_whose_first_update_was_interrupted_has_no_outputs_yet(workspace: Workspace) -> None:
    checkpoint(workspace, resources=[{"type": "pulumi:pulumi:Stack"}])
    assert engine_of(workspace).outputs() == {}


@pytest.mark.slow
def test_a_stack_with_no_passphrase_is_refused_with_the_variable_to_set(workspace: Workspace) -> None:
    workspace.passphrase_file.unlink()
    with pytest.raises(EngineError) as refused:
        engine_of(workspace).preview()
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in str(refused.value) or "passphrase" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_the_passphrase_is_for_its_owner_only_and_survives(workspace: Workspace) -> None:
    passphrase = workspace.passphrase_file.read_text()
    workspace.prepare(ENDPOINTS, {})
    assert workspace.passphrase_file.read_text() == passphrase
    assert workspace.passphrase_file.stat().st_mode & 0o777 == 0o600


def test_what_the_engine_added_to_the_stack_file_survives(workspace: Workspace) -> None:
    text = workspace.stack_file.read_text()
    workspace.stack_file.write_text(f"encryptionsalt: v1:abc\n{text}")
    workspace.prepare(ENDPOINTS, {"tfserving:instanceType": "m7i.large"})
    assert workspace.stack_file.read_text().startswith("encryptionsalt: v1:abc\n")
    assert "m7i.large" in workspace.stack_file.read_text()
