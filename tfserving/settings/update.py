"""What an update waits for."""

from pydantic import Field

from tfserving.settings.concern import Concern


class UpdateSettings(Concern):
    """When `pulumi up` has succeeded."""

    wait_until_ready: bool = Field(
        default=True,
        alias="waitUntilReady",
        description="`pulumi up` succeeds only once every machine serves what models.config wants, and deletes a "
        "replaced machine only then; false ends it as soon as AWS has taken the changes.",
    )
    ready_seconds: int = Field(
        default=900,
        ge=1,
        le=86400,
        alias="readySeconds",
        description="Seconds that `pulumi up` waits for it at most before it fails with what the machines say; with "
        "modelSource 'native' the server's own configPollSeconds come on top.",
    )
