"""The rules of monitoring.config, which a server reads last, after it has loaded every model."""

import re
from collections.abc import Iterator

from tfserving.errors import Problem
from tfserving.protos.server_config_pb2 import MonitoringConfig
from tfserving.server_configs.reading import Entry, checked, parsed

_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")
_EXAMPLE = "prometheus_config { enable: true }"


def parse_monitoring(text: str, origin: str) -> MonitoringConfig:
    """The message of a monitoring.config; raises ServerConfigError for mistakes of form."""
    return parsed(text, origin, MonitoringConfig)


def check_monitoring(text: str, origin: str) -> list[Problem]:
    """Every mistake of a monitoring.config, in its order."""
    return checked(text, origin, MonitoringConfig, _rules)


def _rules(root: Entry) -> Iterator[Problem]:
    if not root.fields and root.whole:
        yield Problem(
            root.where,
            "The file sets nothing, and a file of zero bytes keeps the server from starting. "
            f"Write '{_EXAMPLE}', or delete the file.",
        )
    for prometheus in root.all("prometheus_config"):
        if not prometheus.get("enable") and prometheus.whole and not prometheus.refused:
            yield Problem(
                prometheus.where,
                f"prometheus_config does not say whether it is on, and without 'enable' it is off. Write '{_EXAMPLE}'.",
            )
        for path in prometheus.all("path"):
            yield from _path_rules(path)


def _path_rules(path: Entry) -> Iterator[Problem]:
    if not isinstance(path.value, str):
        return
    if not _PATH.fullmatch(path.value):
        yield Problem(
            path.where,
            f"The metrics path is {path.value!r}, but must begin with '/' and hold only letters, digits and "
            "'._~-/'. Write '/monitoring/prometheus/metrics', which is also what leaving it out means.",
        )
    # The server matches URLs without regard to case.
    elif f"{path.value.lower()}/".startswith("/v1/"):
        yield Problem(
            path.where,
            f"The metrics path {path.value!r} lies in the REST API, which owns /v1/. Choose a path outside of it.",
        )
