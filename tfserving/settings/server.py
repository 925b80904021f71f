"""How tensorflow_model_server runs."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from tfserving.server_flags import FLAGS, check_flags
from tfserving.server_flags.table import parse_version
from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

# The s3:// file system was removed after 2.6.x (tensorflow/serving#1963).
LAST_VERSION_WITH_S3: Final = (2, 6)
AGENT_POLL_SECONDS: Final = 15
LONGEST_AGENT_POLL_SECONDS: Final = 3600
NATIVE_POLL_SECONDS: Final = 3600
LEAST_NATIVE_POLL_SECONDS: Final = 60
# IAM's limit for a user.
MOST_ACCESS_KEYS: Final = 2
FIRST_KEY: Final = ("first",)
_GPU_FRACTION: Final = "per_process_gpu_memory_fraction"
_DIRECTORY_POLL: Final = "file_system_poll_wait_seconds"
_REST_FLAGS: Final = "rest_api_"

ServerVersion = Annotated[
    str,
    AfterValidator(
        matching(r"(0|[1-9]\d{0,3})(\.(0|[1-9]\d{0,3})){2}", "a TensorFlow Serving release, such as '2.20.0'")
    ),
]
AccessKeyName = Annotated[
    str,
    AfterValidator(
        matching(r"[a-z0-9][a-z0-9-]{0,31}", "a name of lower case letters, digits and '-', such as '2026-11'")
    ),
]


class ServerSettings(Concern):
    """The server's release, where it finds its models, and its flags."""

    version: ServerVersion = Field(
        default="2.20.0",
        alias="serverVersion",
        description="TensorFlow Serving release, as in the tags of tensorflow/serving.",
    )
    model_source: Literal["agent", "native"] = Field(
        default="agent",
        alias="modelSource",
        description="How models reach the server: 'agent' mirrors them from S3 under the machine's role; 'native' lets "
        "a server up to 2.6 read s3:// itself, with an IAM user's access key.",
    )
    access_keys: tuple[AccessKeyName, ...] = Field(
        default=(),
        alias="accessKeys",
        description="Names of the IAM user's access keys with modelSource 'native', two at most; new machines use the "
        "last one. To rotate: add a name, up, wait until ready, remove the old one, up. Empty is one key, 'first'.",
    )
    flags: dict[str, Any] = Field(
        default={},
        alias="serverFlags",
        description="Further flags of tensorflow_model_server, as name: value; checked against a table of its flags.",
    )
    rest: bool = Field(
        default=True,
        alias="rest",
        description="Serves the REST API, and the metrics for Prometheus on its port, over plain HTTP; false opens "
        "gRPC and the agent only.",
    )
    config_poll_seconds: int = Field(
        default=0,
        ge=0,
        le=86400,
        alias="configPollSeconds",
        description="Seconds between two looks at models.config in S3; 0 is 15 for the agent, and 3600 for a server "
        "that reads S3 itself and pays for a listing of every model with each look.",
    )
    gpu_memory_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        alias="gpuMemoryPercent",
        description="Percent of the GPU's memory the server takes; 0 is nearly all.",
    )
    gpu_memory_growth: bool = Field(
        default=False,
        alias="gpuMemoryGrowth",
        description="Takes GPU memory as models need it, in place of all at once.",
    )

    @property
    def native(self) -> bool:
        """Tell whether the server reads S3 itself."""
        return self.model_source == "native"

    @property
    def poll_seconds(self) -> int:
        """Give the time between two looks at models.config, in seconds."""
        return self.config_poll_seconds or (NATIVE_POLL_SECONDS if self.native else AGENT_POLL_SECONDS)

    @property
    def agent_poll_seconds(self) -> int:
        """Give the time between two looks of the agent, which beside a native server pays for none, in seconds."""
        return AGENT_POLL_SECONDS if self.native else self.poll_seconds

    @property
    def key_names(self) -> tuple[str, ...]:
        """Name the access keys there have to be, the one in use last."""
        return (self.access_keys or FIRST_KEY) if self.native else ()

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Check the flags against the table of the server's flags, and the model source against the release."""
        for problem in check_flags(self.flags, server_version=self.version, rest=self.rest):
            yield problem.where, problem.message
        if self.gpu_memory_percent and _GPU_FRACTION in self.flags:
            yield "gpuMemoryPercent", f"is set, and so is {_GPU_FRACTION} in serverFlags. Remove one of the two."
        for name in () if self.rest else sorted(self.flags):
            if name.startswith(_REST_FLAGS) and name in FLAGS:
                yield f"serverFlags.{name}", "is set, but rest is false, so nothing reads it. Remove one of the two."
        yield from self._native_mistakes() if self.native else self._agent_mistakes()

    def _native_mistakes(self) -> Iterator[tuple[str, str]]:
        if parse_version(self.version)[:2] > LAST_VERSION_WITH_S3:
            yield (
                "modelSource",
                f"is 'native', but serverVersion is {self.version!r}, and TensorFlow Serving reads s3:// only up to "
                "2.6 (tensorflow/serving#1963). Set modelSource to 'agent', or serverVersion to '2.6.5'.",
            )
        for key, seconds in self._native_polls().items():
            if seconds < LEAST_NATIVE_POLL_SECONDS:
                yield (
                    key,
                    f"{seconds} is too often for a server that lists every model in S3 at each look: looking every "
                    "second costs about 130 USD a month for a model (tensorflow/serving#1291). "
                    f"Set at least {LEAST_NATIVE_POLL_SECONDS}, or leave it out for an hour.",
                )
        if len(self.access_keys) > MOST_ACCESS_KEYS:
            yield (
                "accessKeys",
                f"names {len(self.access_keys)} keys, but an IAM user has two at most. Remove the oldest.",
            )

    def _native_polls(self) -> dict[str, int]:
        flag = self.flags.get(_DIRECTORY_POLL)
        # Text that is no number has been refused as a flag.
        seconds = int(str(flag)) if re.fullmatch(r"[0-9]{1,10}", str(flag)) else None
        own = {} if seconds is None else {f"serverFlags.{_DIRECTORY_POLL}": seconds}
        return {"configPollSeconds": self.poll_seconds, **own}

    def _agent_mistakes(self) -> Iterator[tuple[str, str]]:
        if self.poll_seconds > LONGEST_AGENT_POLL_SECONDS:
            yield (
                "configPollSeconds",
                f"{self.poll_seconds} is more than {LONGEST_AGENT_POLL_SECONDS}. A look of the agent costs next to "
                "nothing; set less.",
            )
        if self.access_keys:
            yield (
                "accessKeys",
                "is set, but modelSource is 'agent', which works under the machine's role and needs no key. Remove it.",
            )
