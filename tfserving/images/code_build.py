"""Building an image on AWS CodeBuild, in the project that a stack with `codeBuild` has."""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tfserving.errors import TfServingError
from tfserving.images.building import Target
from tfserving.images.source import ImageSource

if TYPE_CHECKING:
    from mypy_boto3_codebuild import CodeBuildClient
    from mypy_boto3_codebuild.type_defs import BuildTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

BUILDS_PREFIX: Final = "builds/"
RUNNING: Final = "IN_PROGRESS"
_LOOK_AGAIN_SECONDS: Final = 3.0
# CloudWatch shows the last lines of a log a moment after the build has ended.
_LAST_LINES_SECONDS: Final = 3.0
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_ENDS: Final = {
    "TIMED_OUT": "Set codeBuildTimeoutMinutes higher, or codeBuildComputeType larger, and run `pulumi up`.",
    "STOPPED": "Somebody stopped it.",
}


@dataclass(frozen=True)
class Clients:
    """What of AWS a build takes."""

    codebuild: "CodeBuildClient"
    logs: "CloudWatchLogsClient"
    s3: "S3Client"


@dataclass(frozen=True)
class Project:
    """A CodeBuild project, and the bucket that takes what it builds."""

    name: str
    bucket: str


def archive(source: ImageSource, folder: Path) -> bytes:
    """Pack what dockerfiles/buildspec.yml builds: equal content gives equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, content, mode in _parts(source, folder):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archived.writestr(entry, content)
    return packed.getvalue()


def _parts(source: ImageSource, folder: Path) -> Iterator[tuple[str, bytes, int]]:
    yield "Dockerfile", (folder / source.dockerfile).read_bytes(), 0o644
    yield "build-arguments", "".join(f"{argument}\n" for argument in source.build_arguments).encode(), 0o644
    context = folder / source.context
    for path in source.files(folder):
        mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
        yield f"context/{path.relative_to(context)}", path.read_bytes(), mode


def running_build(clients: Clients, project: Project, target: Target) -> str | None:
    """Give the id of a build of this content that runs already, or None."""
    ids = clients.codebuild.list_builds_for_project(projectName=project.name, sortOrder="DESCENDING")["ids"]
    builds = clients.codebuild.batch_get_builds(ids=ids)["builds"] if ids else []
    same = (build["id"] for build in builds if _builds(build, _location(project, target)))
    return next(same, None)


def _builds(build: "BuildTypeDef", location: str) -> bool:
    return build["buildStatus"] == RUNNING and build["source"].get("location") == location


def _location(project: Project, target: Target) -> str:
    return f"{project.bucket}/{BUILDS_PREFIX}{target.tag}.zip"


def start_build(clients: Clients, project: Project, source: ImageSource, folder: Path, target: Target) -> str:
    """Send what is to be built, start the build, and give its id."""
    clients.s3.put_object(Bucket=project.bucket, Key=f"{BUILDS_PREFIX}{target.tag}.zip", Body=archive(source, folder))
    build = clients.codebuild.start_build(
        projectName=project.name,
        sourceLocationOverride=_location(project, target),
        environmentVariablesOverride=[{"name": "IMAGE", "value": target.name, "type": "PLAINTEXT"}],
    )["build"]
    return build["id"]


def follow(clients: Clients, build_id: str, say: Callable[[str], None], phase: Callable[[str], None]) -> None:
    """Tell a build's log, line by line, and its phases until it ends; raises TfServingError unless it succeeded."""
    log = _Log(clients.logs)
    while True:
        (build,) = clients.codebuild.batch_get_builds(ids=[build_id])["builds"]
        phase(build.get("currentPhase", "QUEUED"))
        log.tell(build, say)
        if build["buildStatus"] != RUNNING:
            break
        time.sleep(_LOOK_AGAIN_SECONDS)
    time.sleep(_LAST_LINES_SECONDS)
    log.tell(build, say)
    if build["buildStatus"] != "SUCCEEDED":
        raise TfServingError(f"The build {build_id} ended as {build['buildStatus']}. {_reason(build)}")


class _Log:
    """A build's log, which begins to exist while the build runs."""

    def __init__(self, logs: "CloudWatchLogsClient") -> None:
        self._logs = logs
        self._where: dict[str, Any] = {"startFromHead": True}

    def tell(self, build: "BuildTypeDef", say: Callable[[str], None]) -> None:
        """Tell the lines that are new."""
        where = build.get("logs", {})
        if not where.get("groupName") or not where.get("streamName"):
            return
        # An empty page is not the end of a log; a token that comes again is.
        while (page := self._next(where["groupName"], where["streamName"])) is not None:
            for event in page:
                say(event["message"].rstrip("\n"))

    def _next(self, group: str, stream: str) -> list[Any] | None:
        try:
            page = self._logs.get_log_events(logGroupName=group, logStreamName=stream, **self._where)
        except self._logs.exceptions.ResourceNotFoundException:
            return None
        ended = page["nextForwardToken"] == self._where.get("nextToken")
        self._where["nextToken"] = page["nextForwardToken"]
        return None if ended else page["events"]


def _reason(build: "BuildTypeDef") -> str:
    if known := _ENDS.get(build["buildStatus"]):
        return known
    contexts = (
        f"{phase['phaseType']}: {context['message']}"
        for phase in build.get("phases", ())
        for context in phase.get("contexts", ())
        if context.get("message") and phase.get("phaseStatus") != "SUCCEEDED"
    )
    return next(contexts, "Its log says why.")
