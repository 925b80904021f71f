"""What the data plane asks and tells behind the curtain, which is not AWS's API."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.codebuild.models import codebuild_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sts.models import sts_backends

from local.aws import builds

CREDENTIAL_SECONDS: Final = 3600
_ROLE: Final = r"(?P<role>[\w+=,.@-]+)"
_BUILD: Final = r"(?P<build>[^/]+)"


@dataclass(frozen=True)
class DataPlane:
    """Answers for one region."""

    region: str

    def answer(self, method: str, path: str, body: bytes) -> Any | None:
        """Answer a request; None if it is none of the data plane's."""
        for (known, pattern), handle in _ROUTES.items():
            if method == known and (match := re.fullmatch(pattern, path)):
                return handle(self, match.groupdict(), body)
        return None

    def instance_credentials(self, names: Mapping[str, str], _: bytes) -> dict[str, str]:
        """Take a role as EC2 does for an instance; the answer has the metadata service's form."""
        role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/{names['role']}"
        return {"Code": "Success", "Type": "AWS-HMAC", **self._credentials(role, "instance")}

    def unfinished_builds(self, _: Mapping[str, str], __: bytes) -> list[dict[str, Any]]:
        """List the builds in progress with everything they were started with."""
        return builds.unfinished(self._codebuild)

    def build_credentials(self, names: Mapping[str, str], _: bytes) -> dict[str, str]:
        """Take the role of a build in progress; the answer has the form of CodeBuild's own endpoint."""
        (build,) = (build for build in builds.unfinished(self._codebuild) if build["id"] == names["build"])
        session = f"AWSCodeBuild-{build['id'].rpartition(':')[2]}"
        return {"RoleArn": build["serviceRole"], **self._credentials(build["serviceRole"], session)}

    def report_build(self, names: Mapping[str, str], body: bytes) -> dict[str, str]:
        """Take the data plane's word on a build."""
        builds.report(self._codebuild, names["build"], json.loads(body))
        return {}

    @property
    def _codebuild(self) -> Any:
        return codebuild_backends[DEFAULT_ACCOUNT_ID][self.region]

    def _credentials(self, role: str, session: str) -> dict[str, str]:
        assumed = sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assume_role(
            region_name=self.region,
            role_session_name=session,
            role_arn=role,
            policy="",
            duration=CREDENTIAL_SECONDS,
            external_id="",
        )
        return {
            "AccessKeyId": assumed.access_key_id,
            "SecretAccessKey": assumed.secret_access_key,
            "Token": assumed.session_token,
            "Expiration": assumed.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


_ROUTES: Final[Mapping[tuple[str, str], Callable[[DataPlane, Mapping[str, str], bytes], Any]]] = {
    ("GET", f"/rehearsal/instance-credentials/{_ROLE}"): DataPlane.instance_credentials,
    ("GET", "/rehearsal/builds"): DataPlane.unfinished_builds,
    ("GET", f"/rehearsal/builds/{_BUILD}/credentials"): DataPlane.build_credentials,
    ("POST", f"/rehearsal/builds/{_BUILD}"): DataPlane.report_build,
}
