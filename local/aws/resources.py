"""The resource a request is for, as policies name it; moto tells those of S3 only and takes `*` for all others."""

from collections.abc import Mapping
from typing import Any, Final

# By the parameter that names it, within `arn:aws:<service>:<region>:<account>:`.
_NAMED: Final = {
    "codebuild": {"projectName": "project/{}"},
    "ecr": {"repositoryName": "repository/{}"},
}


def resource_of(service: str, parameters: Mapping[str, Any], region: str, account: str) -> str | None:
    """Give the resource's ARN, or what stands for it in policies here, if the request's parameters name one."""
    within = f"arn:aws:{service}:{region}:{account}:"
    if service == "secretsmanager":
        return parameters.get("SecretId")
    if service == "logs" and "logGroupName" in parameters:
        # A group's own ARN names none of its streams: policies say `<group>:*`.
        return f"{within}log-group:{parameters['logGroupName']}:log-stream:{parameters.get('logStreamName', '')}"
    for name, pattern in _NAMED.get(service, {}).items():
        if name in parameters:
            return within + pattern.format(parameters[name])
    return None
