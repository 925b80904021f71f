"""Serve moto with TLS, IAM enforced: `python -m local.aws.server`."""

import json
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from moto import settings
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

from local.aws import builds, conditions, delete_markers, images, log_keys
from local.aws.data_plane import DataPlane
from local.aws.names import serve_names
from local.aws.seed import create_operator, seed_images, seed_parameters

TLS: Final = ("/etc/rehearsal/server.crt", "/etc/rehearsal/server.key")
# Where nothing of AWS is.
BEHIND_THE_CURTAIN: Final = ("/rehearsal/instance-credentials/", "/rehearsal/builds")

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class Application:
    """moto, and the requests that are not AWS's: those of the data plane."""

    def __init__(self, region: str, secret: str) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._data_plane = DataPlane(region)
        self._secret = secret

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"].startswith(BEHIND_THE_CURTAIN):
            return self._behind_the_curtain(environ, start_response)
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    def _behind_the_curtain(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_X_REHEARSAL_SECRET") != self._secret:
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"This is the data plane's."]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self._data_plane.answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
        start_response("404 Not Found" if answer is None else "200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


def main() -> None:
    """Seed the account, enforce IAM, serve."""
    region = os.environ["AWS_REGION"]
    conditions.install()
    builds.install()
    log_keys.install()
    delete_markers.install()
    registry = os.environ["REHEARSAL_REGISTRY_ADDRESS"]
    images.install(partial(images.registry_of, registry))
    seed_parameters(region)
    seed_images(region)
    create_operator(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    serve_names(
        region=region,
        aws_address=os.environ["REHEARSAL_AWS_ADDRESS"],
        registry_address=registry,
    )
    application = Application(region, os.environ["AWS_SECRET_ACCESS_KEY"])
    # The container's network is the rehearsal's own.
    run_simple("0.0.0.0", 443, application, threaded=True, ssl_context=TLS)  # noqa: S104


if __name__ == "__main__":
    main()
