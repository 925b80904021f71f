"""CodeBuild's builds, which moto forgets the settings of and lets succeed at the first question.

Here they are in progress until the data plane says how they ended, or somebody stops them.
"""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any, Final

from moto.codebuild import responses
from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from local.aws import build_records
from local.aws.build_records import RUNNING, Record
from local.aws.trust import trusts

SERVICE: Final = "codebuild.amazonaws.com"
# What AWS has and moto refuses.
_MORE_COMPUTE_TYPES: Final = {"BUILD_GENERAL1_XLARGE": "BUILD_GENERAL1_2XLARGE"}
# The data plane's word and a wish to stop may come at the same time.
_LOCK: Final = threading.RLock()


def install() -> None:
    """Make moto keep builds, and projects that AWS would take."""
    _take_more_compute_types()
    _demand_trust()
    _keep_builds_of_projects()
    CodeBuildResponse.start_build = _start_build
    CodeBuildResponse.batch_get_builds = _batch_get_builds
    CodeBuildResponse.list_builds_for_project = _newest_first(CodeBuildResponse.list_builds_for_project)
    CodeBuildBackend.stop_build = _stop


def unfinished(backend: Any) -> list[Record]:
    """Give the builds in progress, oldest first."""
    return [build for build in _builds(backend) if build["buildStatus"] == RUNNING]


def report(backend: Any, build_id: str, told: Any) -> None:
    """Take the data plane's word on a build; what comes after its end counts no more."""
    with _LOCK:
        for build in unfinished(backend):
            if build["id"] == build_id:
                build_records.progress(build, told.get("phases", ()), told.get("log"))
                if status := told.get("buildStatus"):
                    build_records.end(build, status, time.time(), told.get("context"))


def _builds(backend: Any) -> Iterator[Record]:
    for history in list(backend.build_metadata_history.values()):
        yield from history


def _take_more_compute_types() -> None:
    validate = responses._validate_required_params_environment

    def validated(environment: dict[str, Any]) -> None:
        known = _MORE_COMPUTE_TYPES.get(environment["computeType"], environment["computeType"])
        validate({**environment, "computeType": known})

    responses._validate_required_params_environment = validated


def _demand_trust() -> None:
    validate = responses._validate_required_params_service_role

    def validated(account: str, region: str, role: str) -> None:
        validate(account, region, role)
        _demand_trust_of(account, role)

    responses._validate_required_params_service_role = validated


def _demand_trust_of(account: str, role: str) -> None:
    if not trusts(account, role, SERVICE):
        raise InvalidInputException(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}")


def _keep_builds_of_projects() -> None:
    create = CodeBuildBackend.create_project

    def created(self: Any, project_name: str, *args: Any, **kwargs: Any) -> Any:
        # A project of that name may have been deleted; its builds are there still.
        history = self.build_history.get(project_name, [])
        project = create(self, project_name, *args, **kwargs)
        self.build_history[project_name] = history
        return project

    CodeBuildBackend.create_project = created


def _start_build(self: Any) -> ActionResult:
    request = json.loads(self.body)
    backend, name = self.codebuild_backend, request["projectName"]
    project_arn = f"arn:aws:codebuild:{self.region}:{self.current_account}:project/{name}"
    if name not in backend.codebuild_projects:
        raise ResourceNotFoundException(f"Project cannot be found: {project_arn}")
    _demand_known(request)
    project = backend.codebuild_projects[name].project_metadata
    _demand_trust_of(self.current_account, project["serviceRole"])
    history = backend.build_metadata_history[name]
    arn = project_arn.replace(":project/", ":build/") + f":{mock_random.uuid4()}"
    build = build_records.queued(project, request, arn=arn, number=len(history) + 1, now=time.time())
    history.append(build)
    backend.build_history[name].append(build["id"])
    return ActionResult({"build": build})


def _demand_known(request: dict[str, Any]) -> None:
    unknown = sorted(request.keys() - build_records.KNOWN)
    unknown += [
        f"type {kind}"
        for variable in request.get("environmentVariablesOverride", ())
        if (kind := variable.get("type", "PLAINTEXT")) != "PLAINTEXT"
    ]
    if unknown:
        raise InvalidInputException(f"The rehearsal knows no {', '.join(unknown)} of builds.")


def _batch_get_builds(self: Any) -> ActionResult:
    wanted = self._get_param("ids")
    if any(":" not in build_id for build_id in wanted):
        raise InvalidInputException("Invalid build ID provided")
    found = [build for build in _builds(self.codebuild_backend) if {build["id"], build["arn"]} & set(wanted)]
    known = {name for build in found for name in (build["id"], build["arn"])}
    return ActionResult({"builds": found, "buildsNotFound": [name for name in wanted if name not in known]})


def _newest_first(list_builds: Any) -> Any:
    def listed(self: Any) -> ActionResult:
        oldest_first = list_builds(self).result["ids"]
        ascending = self._get_param("sortOrder") == "ASCENDING"
        return ActionResult({"ids": oldest_first if ascending else oldest_first[::-1]})

    return listed


def _stop(self: Any, build_id: str) -> Record | None:
    with _LOCK:
        for build in _builds(self):
            if build["id"] == build_id:
                if build["buildStatus"] == RUNNING:
                    build_records.end(build, "STOPPED", time.time())
                return build
    return None
