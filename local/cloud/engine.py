"""The Docker engine the rehearsal runs on."""

import docker
from docker.errors import DockerException

from tfserving.errors import TfServingError


def answers() -> bool:
    """Tell whether an engine answers."""
    try:
        connect().close()
    except TfServingError:
        return False
    return True


def connect() -> docker.DockerClient:
    """Give a client of an engine that answers.

    Raises TfServingError with what to do if none does.
    """
    try:
        client = docker.from_env(timeout=600)
        client.ping()
    except DockerException as error:
        raise TfServingError(
            f"No Docker engine answers ({error}). Start it, or run `make setup`, which installs one on Debian and "
            "Ubuntu; for an engine elsewhere set DOCKER_HOST."
        ) from error
    return client
