"""What requests are for, as policies name it."""

from typing import Any

import pytest

from local.aws.resources import resource_of

GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:builds"


@pytest.mark.parametrize(
    ("service", "parameters", "expected"),
    [
        ("logs", {"logGroupName": "builds", "logStreamName": "1"}, f"{GROUP}:log-stream:1"),
        ("logs", {"logGroupName": "builds"}, f"{GROUP}:log-stream:"),
        ("ecr", {"repositoryName": "server"}, "arn:aws:ecr:eu-central-1:123456789012:repository/server"),
        ("codebuild", {"projectName": "images"}, "arn:aws:codebuild:eu-central-1:123456789012:project/images"),
        ("secretsmanager", {"SecretId": "key"}, "key"),
        ("ecr", {}, None),
        ("ssm", {"repositoryName": "server"}, None),
    ],
)
def test_a_request_is_for_what_its_parameters_name(
    service: str, parameters: dict[str, Any], expected: str | None
) -> None:
    assert resource_of(service, parameters, "eu-central-1", "123456789012") == expected
