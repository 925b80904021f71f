"""Whether a server can start with what lies on the disk: it dies of some mistakes, and hangs with others.

Seen on 2.20.0: with a monitoring.config that is missing, empty or wrong, gRPC answers, REST never opens, and nothing is
logged.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tfserving.agent import disk
from tfserving.agent.failures import explain
from tfserving.errors import ServerConfigError, TfServingError
from tfserving.server_configs import BOOT_FILES, parse_models


def prove_boot_file(name: str, content: bytes, sha256: str, origin: str) -> None:
    """Prove that a file is the one the machine was made for, and that its server can read it.

    Raises TfServingError for another file, ServerConfigError for mistakes in it.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise TfServingError(
            f"{origin} has not the sha256 {sha256} this machine was made for. "
            "`pulumi up` writes the object, or makes a machine for the one there is."
        )
    if problems := BOOT_FILES[name](content.decode(), origin):
        raise ServerConfigError(problems)


def prove_each(boot_files: Mapping[str, str], prove: Callable[[str, str], None]) -> None:
    """Prove every file, given as its name and sha256; raises TfServingError with what is wrong with each."""
    complaints = []
    for name, sha256 in boot_files.items():
        try:
            prove(name, sha256)
        except Exception as error:
            # One bad file must not hide what is wrong with the others.
            complaints.append(explain(error))
    if complaints:
        raise TfServingError("\n".join(complaints))


def incomplete_versions(config: Path, models: Path) -> Iterator[str]:
    """Yield the versions a machine's own models.config offers that are not whole on its disk, as `model/version`.

    Raises ServerConfigError for a file that is none.
    """
    parsed = parse_models(config.read_text(), str(config))
    for model in parsed.model_config_list.config:
        for version in model.model_version_policy.specific.versions:
            if not disk.is_complete(models / model.name / str(version)):
                yield f"{model.name}/{version}"
