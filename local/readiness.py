"""Waiting until a machine serves what its stack wants."""

import datetime
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.cloud import Cloud, Ports
from tfserving.errors import TfServingError
from tfserving.fleet import Config, parse_report, status_key

LONGEST_SECONDS: Final = 300
_LAST_LINES: Final = 25


def wait_until_ready(
    cloud: Cloud, ports: Ports, instance_id: str, report: Callable[[str], None], config: Config | None = None
) -> None:
    """Wait for a machine's agent to say that every wanted version and label is served; reports each change of state.

    If a config is given, the agent has to say it of that one.

    Raises TfServingError with the end of the machine's console when it takes longer than five minutes.
    """
    deadline = time.monotonic() + LONGEST_SECONDS
    told = ""
    while time.monotonic() < deadline:
        state = describe(_status(ports), instance_id, config)
        if state != told:
            report(f"  {state}")
            told = state
        if state == READY:
            return
        if _boot_failed(cloud, instance_id):
            raise TfServingError(
                f"Machine {instance_id} did not boot. Its console ends with:\n{_console(cloud, instance_id)}"
            )
        time.sleep(0.5)
    raise TfServingError(
        f"Machine {instance_id} was not ready within {LONGEST_SECONDS} s; last seen: {told}. Its console ends with:\n"
        f"{_console(cloud, instance_id)}"
    )


READY: Final = "serving every wanted version under every label"


def describe(status: Mapping[str, Any] | None, instance_id: str, config: Config | None = None) -> str:
    """Say in one line how far a machine is, from its agent's status; None is an agent that does not answer yet."""
    if status is None or status["instance_id"] != instance_id:
        return "booting: cloud-init starts the compose project, images are pulled"
    if config and not _is_of(config, status):
        return "the agent has not taken up the newest models.config yet"
    if status["ready"]:
        return READY
    versions = (f"{model['model']}/{model['version']} {model['state']}" for model in status["models"])
    return "; ".join([*versions, *status["problems"]]) or "the agent is up"


def _is_of(config: Config, status: Mapping[str, Any]) -> bool:
    now = datetime.datetime.now(tz=datetime.UTC)
    return config.is_of(parse_report(status_key(status["instance_id"]), json.dumps(status), now))


def _status(ports: Ports) -> Mapping[str, Any] | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports.agent}/status", timeout=2) as response:
            status: Mapping[str, Any] = json.load(response)
            return status
    except (OSError, urllib.error.URLError, ValueError):
        return None


def _boot_failed(cloud: Cloud, instance_id: str) -> bool:
    return "status: error" in cloud.execute(instance_id, ["cloud-init", "status"])[1]


def _console(cloud: Cloud, instance_id: str) -> str:
    return "\n".join(cloud.console(instance_id).splitlines()[-_LAST_LINES:])
