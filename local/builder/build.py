"""A build, phase by phase."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from local.builder.buildspec import Buildspec, BuildspecError, parse
from local.builder.log import Log, Stream
from local.builder.order import Order
from local.builder.report import PhaseError, Report
from local.builder.session import Session
from local.builder.source import fetch

Client = Callable[[str], Any]
_NOTHING: Final = Buildspec({}, {})


class Build:
    """Runs one build; commands are run in `root`/src and leave what they carry over in `root`/tmp."""

    def __init__(self, order: Order, report: Report, client: Client, root: Path) -> None:
        self._order = order
        self._report = report
        self._client = client
        self._folder = root / "src"
        self._carried = root / "tmp"
        self._log = Log(lambda _: None)
        self._spec = _NOTHING
        self._succeeding = True

    def run(self) -> None:
        """Go through all phases and report how the build ended, once its log has been sent."""
        succeeded = self._prepare() and self._build()
        self._phase("FINALIZING", _nothing)
        self._log.close()
        self._report.finish("SUCCEEDED" if succeeded else "FAILED")

    def _prepare(self) -> bool:
        return self._phase("PROVISIONING", self._provision, self._order.began) and self._phase(
            "DOWNLOAD_SOURCE", self._download
        )

    def _build(self) -> bool:
        if not (self._commands("install") and self._commands("pre_build")):
            return False
        built = self._succeeding = self._commands("build")
        # A build that failed may have something to tidy up.
        posted = self._commands("post_build")
        return self._phase("UPLOAD_ARTIFACTS", _nothing) and built and posted

    def _phase(self, name: str, work: Callable[[], None], began: float | None = None) -> bool:
        self._report.begin(name, began)
        self._log.say(f"Entering phase {name}")
        try:
            work()
        except PhaseError as error:
            status, context = "FAILED", error.context
        else:
            status, context = "SUCCEEDED", {"statusCode": "", "message": ""}
        self._log.say(f"Phase complete: {name} State: {status}")
        self._log.say(f"Phase context status code: {context['statusCode']} Message: {context['message']}")
        self._report.end(status, context)
        return status == "SUCCEEDED"

    def _provision(self) -> None:
        if self._order.log:
            self._open_log(Stream(self._client("logs"), *self._order.log))
        if self._order.privileged:
            start_engine()

    def _open_log(self, stream: Stream) -> None:
        try:
            stream.create()
        except ClientError as error:
            raise PhaseError(
                "ACCESS_DENIED",
                f"Service role {self._order.build['serviceRole']} does not allow AWS CodeBuild to create Amazon "
                f"CloudWatch Logs log streams for build {self._order.build['arn']}. Error message: {error}",
            ) from error
        self._log.close()
        self._log = Log(stream.send)
        self._report.log(stream.group, stream.name)

    def _download(self) -> None:
        fetch(self._client("s3"), self._order.source, self._folder)
        try:
            self._spec = parse(self._order.buildspec(self._read))
        except (BuildspecError, OSError) as error:
            raise PhaseError("YAML_FILE_ERROR", str(error)) from error
        environment = {**os.environ, **self._spec.variables, **self._order.variables(str(self._folder))}
        self._session = Session(self._spec.shell, self._carried, self._folder, environment, self._log.output)

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text()

    def _commands(self, phase: str) -> bool:
        return self._phase(phase.upper(), lambda: self._run(self._spec.commands[phase]))

    def _run(self, commands: tuple[str, ...]) -> None:
        for command in commands:
            self._log.say(f"Running command {command}")
            if code := self._session.run(command, succeeding=self._succeeding):
                raise PhaseError(
                    "COMMAND_EXECUTION_ERROR", f"Error while executing command: {command}. Reason: exit status {code}"
                )


def start_engine() -> None:
    """Start the Docker engine; it answers afterwards."""
    started = subprocess.run(["systemctl", "start", "docker.service"], capture_output=True, text=True, check=False)
    if started.returncode:
        raise PhaseError("INTERNAL_SERVICE_ERROR", f"The Docker engine did not start: {started.stderr}")


def _nothing() -> None:
    return
