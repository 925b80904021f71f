"""How far a machine is, in one line."""

from local.readiness import READY, describe
from tfserving.fleet import Config

STATUS = {"instance_id": "i-1", "updated_at": "", "ready": False, "problems": [], "models": []}


def test_a_machine_whose_agent_is_silent_boots() -> None:
    assert describe(None, "i-1").startswith("booting")


def test_another_machines_agent_says_nothing_about_this_one() -> None:
    assert describe({**STATUS, "ready": True}, "i-2").startswith("booting")


def test_versions_and_problems_stand_in_one_line() -> None:
    models = [{"model": "digits", "version": 2, "state": "downloading"}]
    assert describe({**STATUS, "models": models, "problems": ["Late."]}, "i-1") == "digits/2 downloading; Late."


def test_a_ready_machine_is_called_so() -> None:
    assert describe({**STATUS, "ready": True}, "i-1") == READY


def test_a_machine_is_ready_of_the_config_in_s3_alone() -> None:
    ready = {**STATUS, "ready": True, "config": {"version_id": "v1", "etag": "e1"}}
    assert describe(ready, "i-1", Config("v1", "e1")) == READY
    assert "has not taken up the newest models.config" in describe(ready, "i-1", Config("v2", "e2"))
