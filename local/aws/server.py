"""Serve moto with TLS, IAM enforced: `python -m local.aws.server`."""

import json
import os
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends
from werkzeug.serving import run_simple

from local.aws import conditions
from local.aws.names import serve_names
from local.aws.seed import create_operator, seed_images, seed_parameters

TLS: Final = ("/etc/rehearsal/server.crt", "/etc/rehearsal/server.key")
# What EC2 does behind the curtain: it takes an instance's role, which trusts the service and no user.
INSTANCE_CREDENTIALS: Final = re.compile(r"/rehearsal/instance-credentials/(?P<role>[\w+=,.@-]+)")
CREDENTIAL_SECONDS: Final = 3600

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Application:
    """moto, and the one request that is not AWS's: credentials of an instance's role, for the data plane."""

    def __init__(self, region: str, secret: str) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._region = region
        self._secret = secret

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        match = INSTANCE_CREDENTIALS.fullmatch(environ["PATH_INFO"])
        if match is None:
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        if environ.get("HTTP_X_REHEARSAL_SECRET") != self._secret:
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"This is the data plane's."]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(instance_credentials(match["role"], self._region)).encode()]


def instance_credentials(role: str, region: str) -> dict[str, str]:
    """Take a role as EC2 does for an instance; the answer has the metadata service's form."""
    assumed = sts_backends[DEFAULT_ACCOUNT_ID]["aws"].assume_role(
        region_name=region,
        role_session_name="instance",
        role_arn=f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/{role}",
        policy="",
        duration=CREDENTIAL_SECONDS,
        external_id="",
    )
    return {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": assumed.access_key_id,
        "SecretAccessKey": assumed.secret_access_key,
        "Token": assumed.session_token,
        "Expiration": assumed.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def main() -> None:
    """Seed the account, enforce IAM, serve."""
    region = os.environ["AWS_REGION"]
    conditions.install()
    seed_parameters(region)
    seed_images(region)
    create_operator(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    serve_names(
        region=region,
        aws_address=os.environ["REHEARSAL_AWS_ADDRESS"],
        registry_address=os.environ["REHEARSAL_REGISTRY_ADDRESS"],
    )
    application = Application(region, os.environ["AWS_SECRET_ACCESS_KEY"])
    # The container's network is the rehearsal's own.
    run_simple("0.0.0.0", 443, application, threaded=True, ssl_context=TLS)  # noqa: S104


if __name__ == "__main__":
    main()
