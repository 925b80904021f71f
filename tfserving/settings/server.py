"""How tensorflow_model_server runs."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from tfserving.server_flags import check_flags
from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

# The s3:// file system was removed after 2.6.x (tensorflow/serving#1963).
LAST_VERSION_WITH_S3: Final = (2, 6)

ServerVersion = Annotated[
    str,
    AfterValidator(matching(r"\d+\.\d+\.\d+", "a TensorFlow Serving release, such as '2.20.0'")),
]


class ServerSettings(Concern):
    """The server's release, where it finds its models, and its flags."""

    version: ServerVersion = Field(
        default="2.20.0",
        alias="serverVersion",
        description="TensorFlow Serving release, as in the tags of tensorflow/serving.",
    )
    model_source: Literal["agent"] = Field(
        default="agent",
        alias="modelSource",
        description="How models reach the server: 'agent' mirrors them from S3 under the machine's role.",
    )
    flags: dict[str, Any] = Field(
        default={},
        alias="serverFlags",
        description="Further flags of tensorflow_model_server, as name: value; checked against a table of its flags.",
    )
    config_poll_seconds: int = Field(
        default=15,
        ge=1,
        le=3600,
        alias="configPollSeconds",
        description="Seconds between two looks of the agent at models.config in S3.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Check the flags against the table of the server's flags."""
        for problem in check_flags(self.flags, server_version=self.version):
            yield problem.where, problem.message
