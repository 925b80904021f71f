"""The cloud-config a machine gets as user-data."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from tfserving.errors import TfServingError
from tfserving.machine.compose import render_compose
from tfserving.machine.plan import MachinePlan

# EC2's limit, before base64.
MOST_BYTES: Final = 16_384
FOLDER: Final = "/opt/tfserving"
_START: Final = Path(__file__).with_name("start.sh")


def render_user_data(plan: MachinePlan) -> str:
    """Render the cloud-config: four files and the command that starts the compose project.

    Raises TfServingError if it is larger than EC2 takes.
    """
    text = "#cloud-config\n" + yaml.dump(_cloud_config(plan), Dumper=_Readable, sort_keys=False, width=1000)
    if (size := len(text.encode())) > MOST_BYTES:
        raise TfServingError(
            f"User-data has {size} bytes, but EC2 takes at most {MOST_BYTES}. Shorten tfserving:serverFlags."
        )
    return text


def _cloud_config(plan: MachinePlan) -> dict[str, Any]:
    return {
        "write_files": [
            _file("docker-compose.yml", render_compose(plan)),
            _file("env.list", "".join(f"{name}\n" for name in plan.environment)),
            _file(".env", "".join(f"{name}={value}\n" for name, value in plan.environment.items())),
            _file("docker/config.json", _docker_config(plan)),
            _file("start.sh", _START.read_text(), "0755"),
        ],
        "runcmd": [[f"{FOLDER}/start.sh"]],
    }


def _file(name: str, content: str, permissions: str = "0644") -> dict[str, str]:
    return {"path": f"{FOLDER}/{name}", "permissions": permissions, "content": content}


def _docker_config(plan: MachinePlan) -> str:
    return json.dumps({"credHelpers": {host: "ecr-login" for host in plan.ecr_hosts}}) + "\n"


class _Readable(yaml.SafeDumper):
    """Writes text of several lines as blocks, so that user-data can be read in the console."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)
