"""What becomes of builds: booted, followed, ended in time, removed; with a clock and an engine that are not real."""

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest
from docker.errors import APIError, ImageNotFound, NotFound

from local.aws import build_records
from local.codebuild.running_build import RunningBuild
from local.codebuild.watcher import CREDENTIALS, CREDENTIALS_SECONDS, ORDER, Watcher

START = 1e9
DOWNLOADING = [
    {"phaseType": "PROVISIONING", "startTime": START + 1, "endTime": START + 3, "phaseStatus": "SUCCEEDED"},
    {"phaseType": "DOWNLOAD_SOURCE", "startTime": START + 3},
]


def record(uuid: str = "1") -> build_records.Record:
    """Give a build that has just been queued, as the AWS API keeps it."""
    project = {
        "name": "images",
        "source": {},
        "cache": {},
        "environment": {},
        "serviceRole": "",
        "encryptionKey": "",
        "timeoutInMinutes": 10,
        "queuedTimeoutInMinutes": 5,
    }
    return build_records.queued(project, {}, arn=f"arn:build/images:{uuid}", number=1, now=START)


class Curtain:
    """The AWS API's side."""

    def __init__(self, *builds: build_records.Record) -> None:
        self.builds = list(builds)

    def unfinished_builds(self) -> list[build_records.Record]:
        return [build for build in self.builds if build["buildStatus"] == "IN_PROGRESS"]

    def build_credentials(self, build_id: str) -> dict[str, str]:
        return {"AccessKeyId": build_id}

    def report_build(self, build_id: str, told: Mapping[str, Any]) -> None:
        (build,) = (build for build in self.builds if build["id"] == build_id)
        build_records.progress(build, told.get("phases", ()), told.get("log"))
        if status := told.get("buildStatus"):
            build_records.end(build, status, START, told.get("context"))


class Builder:
    """A container."""

    status = "running"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.report: Any = None

    def get_archive(self, _: str) -> tuple[list[bytes], None]:
        if self.report is None:
            raise NotFound("no such file")
        content = json.dumps(self.report).encode()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("report.json")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        return [packed.getvalue()], None


class Hosts:
    """The engine's side."""

    def __init__(self) -> None:
        self.builders: dict[str, Builder] = {}
        self.failure: Exception | None = None

    def labelled(self, _: str) -> dict[str, Builder]:
        return dict(self.builders)

    def boot(self, _: str, uuid: str, *, label: str, files: Mapping[str, bytes]) -> None:
        if self.failure:
            raise self.failure
        self.builders[uuid] = Builder(files)

    def write(self, builder: Builder, files: Mapping[str, bytes]) -> None:
        builder.files.update(files)

    def remove(self, uuid: str, _: Builder) -> None:
        del self.builders[uuid]


class World:
    """A watcher between both sides, and the time."""

    def __init__(self, *builds: build_records.Record) -> None:
        self.now = START
        self.curtain: Any = Curtain(*builds)
        self.hosts: Any = Hosts()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Let the data plane start again, knowing nothing."""
        self._watcher = Watcher(self.hosts, self.curtain, "builder:1", "eu-central-1", lambda: self.now)

    def look(self, after: float = 0.0) -> Any:
        """Look again, some seconds later, and give the first build."""
        self.now += after
        self._watcher.look()
        return self.curtain.builds[0]


@pytest.fixture
def world() -> World:
    return World(record())


def why(build: Any) -> str:
    """Give what the phase the build ended in says."""
    return str(build["phases"][-2]["contexts"][0]["message"])


def test_a_queued_build_gets_a_builder_that_knows_the_build_and_its_roles_credentials(world: World) -> None:
    build = world.look(after=1)
    assert build["currentPhase"] == "PROVISIONING"
    files = world.hosts.builders["1"].files
    assert json.loads(files[ORDER])["build"]["id"] == "images:1"
    assert json.loads(files[CREDENTIALS]) == {"AccessKeyId": "images:1"}


def test_builds_run_beside_each_other() -> None:
    world = World(record("1"), record("2"))
    world.look()
    assert set(world.hosts.builders) == {"1", "2"}


def test_what_a_builder_reports_is_told_and_a_build_that_has_ended_has_no_builder(world: World) -> None:
    world.look()
    world.hosts.builders["1"].report = {"phases": DOWNLOADING, "log": {"groupName": "g", "streamName": "s"}}
    build = world.look()
    assert (build["currentPhase"], build["logs"]["streamName"]) == ("DOWNLOAD_SOURCE", "s")
    world.hosts.builders["1"].report = {"phases": DOWNLOADING, "buildStatus": "SUCCEEDED", "context": None}
    assert world.look()["buildStatus"] == "SUCCEEDED"
    assert world.hosts.builders == {}


def test_a_builder_whose_build_was_stopped_is_removed(world: World) -> None:
    build_records.end(world.look(), "STOPPED", START)
    world.look()
    assert world.hosts.builders == {}


def test_a_build_that_runs_for_longer_than_it_may_times_out(world: World) -> None:
    world.look(after=60)
    assert world.look(after=599)["buildStatus"] == "IN_PROGRESS"
    build = world.look(after=1)
    assert (build["buildStatus"], why(build)) == ("TIMED_OUT", "Build has timed out.")
    world.look()
    assert world.hosts.builders == {}


def test_time_in_the_queue_counts_by_itself() -> None:
    queued = RunningBuild(record())
    assert not queued.is_timed_out(START + 299)
    assert queued.is_timed_out(START + 300)


def test_a_data_plane_that_starts_again_goes_on_with_the_builders_there_are(world: World) -> None:
    world.look()
    world.begin_anew()
    world.hosts.builders["1"].report = {"phases": DOWNLOADING}
    assert world.look()["currentPhase"] == "DOWNLOAD_SOURCE"


def test_a_build_whose_builder_is_gone_ends(world: World) -> None:
    world.look()
    world.hosts.builders.clear()
    world.begin_anew()
    build = world.look()
    assert (build["buildStatus"], why(build)) == ("FAULT", "The build's container is gone.")


def test_a_builder_that_ends_before_its_build_ends_the_build(world: World) -> None:
    world.look()
    world.hosts.builders["1"].status = "exited"
    assert why(world.look()) == "The build's container ended before the build did."


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ImageNotFound("no such image"), "There is no image builder:1 to build in: nobody has asked for a builder."),
        (APIError("no space left"), "The build's container did not start: no space left"),
    ],
)
def test_a_builder_that_cannot_be_had_ends_the_build_and_is_not_asked_for_again(
    world: World, failure: Exception, reason: str
) -> None:
    world.hosts.failure = failure
    build = world.look()
    assert (build["buildStatus"], why(build)) == ("FAULT", reason)


def test_credentials_are_renewed_before_they_end(world: World) -> None:
    world.curtain.builds[0]["timeoutInMinutes"] = 2160
    world.look()
    builder = world.hosts.builders["1"]
    del builder.files[CREDENTIALS]
    world.look(after=CREDENTIALS_SECONDS - 1)
    assert CREDENTIALS not in builder.files
    world.look(after=1)
    assert CREDENTIALS in builder.files
