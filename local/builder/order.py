"""What a builder is asked to do: the build as the API describes it, and when its container began to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Order:
    """One build."""

    build: Mapping[str, Any]
    region: str
    began: float

    @property
    def source(self) -> str:
        """Give the source's `<bucket>/<key>`."""
        return str(self.build["source"]["location"])

    @property
    def uuid(self) -> str:
        """Give what is unique in the build's id."""
        return str(self.build["id"]).rpartition(":")[2]

    @property
    def privileged(self) -> bool:
        """Tell whether the build gets a Docker engine."""
        return bool(self.build["environment"].get("privilegedMode"))

    @property
    def log(self) -> tuple[str, str] | None:
        """Give group and stream of the log, or None if there is to be none."""
        settings = self.build["logs"]["cloudWatchLogs"]
        if settings["status"] == "DISABLED":
            return None
        prefix = f"{settings['streamName']}/" if settings.get("streamName") else ""
        return settings.get("groupName") or f"/aws/codebuild/{self.build['projectName']}", f"{prefix}{self.uuid}"

    def buildspec(self, read: Any) -> str:
        """Give the specification's text; `read` gives a file's of the source, where it is named or not said at all."""
        said = str(self.build["source"].get("buildspec") or "buildspec.yml")
        return said if "\n" in said else str(read(said))

    def variables(self, folder: str) -> dict[str, str]:
        """Give the variables that commands find whatever the specification says."""
        named = {variable["name"]: variable["value"] for variable in self.build["environment"]["environmentVariables"]}
        return {
            **named,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "CODEBUILD_BUILD_ARN": self.build["arn"],
            "CODEBUILD_BUILD_ID": self.build["id"],
            "CODEBUILD_BUILD_IMAGE": self.build["environment"]["image"],
            "CODEBUILD_BUILD_NUMBER": str(self.build["buildNumber"]),
            "CODEBUILD_KMS_KEY_ID": self.build["encryptionKey"],
            "CODEBUILD_LOG_PATH": self.log[1] if self.log else "",
            "CODEBUILD_SOURCE_REPO_URL": self.source,
            "CODEBUILD_SRC_DIR": folder,
            "CODEBUILD_START_TIME": str(int(self.build["startTime"] * 1000)),
        }
