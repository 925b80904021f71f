"""moto in this process, patched as the rehearsal's is; the patches end with the test."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from moto.codebuild import responses
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.ecr.models import ECRBackend
from moto.iam.access_control import IAMPolicyStatement

PATCHED: tuple[Any, ...] = (responses, CodeBuildBackend, CodeBuildResponse, ECRBackend, IAMPolicyStatement)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mock AWS, and undo whatever is patched meanwhile."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for owner in PATCHED:
        for name, value in list(vars(owner).items()):
            if callable(value) and not name.startswith("__"):
                monkeypatch.setattr(owner, name, value)
    with mock_aws():
        yield
