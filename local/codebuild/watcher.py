"""Keep one builder running for each build in progress, and tell the AWS API what the builder reports."""

import io
import json
import tarfile
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from docker.errors import DockerException, ImageNotFound, NotFound

from local.codebuild.running_build import RunningBuild
from local.data_plane.curtain import Curtain
from local.data_plane.hosts import BUILD, Hosts

ORDER: Final = "etc/rehearsal/order.json"
CREDENTIALS: Final = "etc/rehearsal/credentials.json"
REPORT: Final = "/var/lib/rehearsal/report.json"
# Well before the hour they last.
CREDENTIALS_SECONDS: Final = 1800
_TIMED_OUT: Final = {"statusCode": "BUILD_TIMED_OUT", "message": "Build has timed out."}


class Watcher:
    """Compares builds with builders and sets the difference right; all it must know outlives it in either of them."""

    def __init__(
        self, hosts: Hosts, curtain: Curtain, image: str, region: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._hosts = hosts
        self._curtain = curtain
        self._image = image
        self._region = region
        self._clock = clock
        self._refreshed: dict[str, float] = {}
        self._told: dict[str, Any] = {}

    def look(self) -> None:
        """Boot and remove builders, pass on what they report, and end builds that take too long."""
        builds = {build.uuid: build for build in map(RunningBuild, self._curtain.unfinished_builds())}
        builders = self._hosts.labelled(BUILD)
        for uuid in builders.keys() - builds.keys():
            self._remove(uuid, builders[uuid])
        for uuid, build in builds.items():
            self._advance(build, builders.get(uuid))

    def _advance(self, build: RunningBuild, builder: Any | None) -> None:
        if build.is_timed_out(self._clock()):
            self._end(build, "TIMED_OUT", _TIMED_OUT)
        elif builder is not None:
            self._follow(build, builder)
        elif build.is_queued:
            self._boot(build)
        else:
            self._fault(build, "The build's container is gone.")

    def _boot(self, build: RunningBuild) -> None:
        began = self._clock()
        order = {"build": build.record, "region": self._region, "began": began}
        files = {ORDER: json.dumps(order).encode(), CREDENTIALS: self._credentials(build)}
        try:
            self._hosts.boot(self._image, build.uuid, label=BUILD, files=files)
        except ImageNotFound:
            self._fault(build, f"There is no image {self._image} to build in: nobody has asked for a builder.")
        except DockerException as error:
            self._fault(build, f"The build's container did not start: {error}")
        else:
            self._curtain.report_build(build.build_id, {"phases": [{"phaseType": "PROVISIONING", "startTime": began}]})
            print(f"started {build.build_id}", flush=True)

    def _follow(self, build: RunningBuild, builder: Any) -> None:
        told = self._report(builder)
        if told and told != self._told.get(build.uuid):
            self._curtain.report_build(build.build_id, told)
            self._told[build.uuid] = told
        if "buildStatus" in told:
            self._remove(build.uuid, builder)
        elif builder.status != "running":
            self._fault(build, "The build's container ended before the build did.")
        elif self._clock() - self._refreshed.get(build.uuid, 0.0) >= CREDENTIALS_SECONDS:
            self._hosts.write(builder, {CREDENTIALS: self._credentials(build)})

    def _report(self, builder: Any) -> dict[str, Any]:
        try:
            packed = b"".join(builder.get_archive(REPORT)[0])
        except NotFound:
            return {}
        with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            found = tar.extractfile(tar.getmembers()[0])
            assert found is not None
            told: dict[str, Any] = json.load(found)
            return told

    def _credentials(self, build: RunningBuild) -> bytes:
        self._refreshed[build.uuid] = self._clock()
        return json.dumps(self._curtain.build_credentials(build.build_id)).encode()

    def _fault(self, build: RunningBuild, why: str) -> None:
        self._end(build, "FAULT", {"statusCode": "INTERNAL_SERVICE_ERROR", "message": why})

    def _end(self, build: RunningBuild, status: str, context: Mapping[str, str]) -> None:
        # The next look removes the container of a build that is not in progress any more.
        self._curtain.report_build(build.build_id, {"buildStatus": status, "context": context})
        print(f"{build.build_id}: {status}", flush=True)

    def _remove(self, uuid: str, builder: Any) -> None:
        self._hosts.remove(uuid, builder)
        self._refreshed.pop(uuid, None)
        self._told.pop(uuid, None)
