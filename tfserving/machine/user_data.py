"""The cloud-config a machine gets as user-data."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import yaml

from tfserving.errors import TfServingError
from tfserving.machine.compose import render_compose
from tfserving.machine.plan import MachinePlan

# EC2's limit, before base64.
MOST_BYTES: Final = 16_384
FOLDER: Final = "/opt/tfserving"
_SCRIPTS: Final = Path(__file__).parent
# .env holds a native server's access key once the machine has fetched it.
_OWNER_ONLY: Final = "0600"


def render_user_data(plan: MachinePlan) -> str:
    """Render the cloud-config: the files of the compose project, and the command that starts it.

    Raises TfServingError if it is larger than EC2 takes.
    """
    text = "#cloud-config\n" + yaml.dump(_cloud_config(plan), Dumper=_Readable, sort_keys=False, width=1000)
    if (size := len(text.encode())) > MOST_BYTES:
        raise TfServingError(
            f"User-data has {size} bytes, but EC2 takes at most {MOST_BYTES}. Shorten tfserving:serverFlags."
        )
    return text


def _cloud_config(plan: MachinePlan) -> dict[str, Any]:
    values = {**plan.server_environment, **plan.agent_environment}
    return {
        "write_files": [
            _file("docker-compose.yml", render_compose(plan)),
            _file("env.list", _lines([*plan.server_environment, *plan.secret_variables])),
            _file("agent.list", _lines(plan.agent_environment)),
            _file(".env", _lines(f"{name}={value}" for name, value in values.items()), _OWNER_ONLY),
            _file("docker/config.json", _docker_config(plan)),
            _file("missing.sh", _script("missing.sh"), "0755"),
            _file("start.sh", _script("start.sh"), "0755"),
        ],
        "runcmd": [[f"{FOLDER}/start.sh", *plan.needs]],
    }


def _script(name: str) -> str:
    return (_SCRIPTS / name).read_text()


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _file(name: str, content: str, permissions: str = "0644") -> dict[str, str]:
    return {"path": f"{FOLDER}/{name}", "permissions": permissions, "content": content}


def _docker_config(plan: MachinePlan) -> str:
    return json.dumps({"credHelpers": {host: "ecr-login" for host in plan.ecr_hosts}}) + "\n"


class _Readable(yaml.SafeDumper):
    """Writes text of several lines as blocks, so that user-data can be read in the console."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _text)
