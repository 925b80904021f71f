"""start.sh, with a docker that does what a test tells it to."""

import io
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import tfserving.machine

SCRIPT = Path(tfserving.machine.__file__).with_name("start.sh")
DOCKER = """#!/bin/sh
# The words after "compose" and its options, one call a line.
echo "$*" | sed 's/^compose --env-file .env -f docker-compose.yml //' >>"$CALLS"
case "$*" in
    *"run --rm -T tls") [ -e "$TLS_SAYS" ] && { cat "$TLS_SAYS" >&2; exit 1; }; cat "$TLS_TAR" ;;
    *"run --rm -T access-key") printf 'AWS_ACCESS_KEY_ID=id\\nAWS_SECRET_ACCESS_KEY=key\\n' ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A folder that stands for /opt/tfserving, and one for /var/lib/tfserving."""

    folder: Path
    state: Path

    def start(self) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(self.folder / "calls"),
            "TLS_SAYS": str(self.folder / "says"),
            "TLS_TAR": str(self.folder / "tls.in.tar"),
        }
        command = ["sh", str(self.folder / "start.sh")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "opt", tmp_path / "state")
    programs = {
        "docker": DOCKER,
        "docker-credential-ecr-login": "#!/bin/sh\n",
        "sleep": "#!/bin/sh\n",
        # Only root may give files away.
        "install": f"#!/bin/sh\nmkdir -p {made.state}\n",
    }
    (made.folder / "bin").mkdir(parents=True)
    for name, text in programs.items():
        program(made.folder / "bin" / name, text)
    program(made.folder / "start.sh", SCRIPT.read_text().replace("/var/lib/tfserving", str(made.state)))
    program(made.folder / "missing.sh", "#!/bin/sh\n")
    for name in (".env", "env.list", "agent.list"):
        (made.folder / name).write_text("")
    return made


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def pack(path: Path, **files: str) -> None:
    """Write an archive of files for the server, owned by whoever runs the tests."""
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"server/{name}.config")
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o400, os.getuid(), os.getgid()
            tar.addfile(entry, io.BytesIO(content.encode()))


def test_a_machine_without_secrets_pulls_and_starts(machine: Machine) -> None:
    assert machine.start().returncode == 0
    assert machine.calls[-2:] == ["pull --quiet", "up -d"]


def test_files_for_tls_are_unpacked_for_their_owner_only_and_leave_no_archive(machine: Machine) -> None:
    (machine.folder / "agent.list").write_text("TFSERVING_TLS\n")
    pack(machine.folder / "tls.in.tar", ssl="the key")
    for _ in range(2):
        assert machine.start().returncode == 0
        config = machine.folder / "tls/server/ssl.config"
        assert (config.read_text(), config.stat().st_mode & 0o777) == ("the key", 0o400)
    assert (machine.folder / "tls").stat().st_mode & 0o777 == 0o700
    assert not (machine.folder / ".tls.tar").exists()
    assert machine.calls[-1] == "up -d"


def test_a_secret_that_is_refused_leaves_the_agent_to_say_why(machine: Machine) -> None:
    (machine.folder / "agent.list").write_text("TFSERVING_TLS\n")
    (machine.folder / "says").write_text(" Container tls Creating\nerror: arn server_key: is encrypted.\n")
    ended = machine.start()
    assert ended.returncode == 1
    refused = machine.state / "refused"
    assert refused.read_text() == "arn server_key: is encrypted.\n"
    assert refused.stat().st_mode & 0o044 == 0o044, "the agent's user must be able to read it"
    assert machine.calls.count("run --rm -T tls") == 10
    assert machine.calls[-1] == "up -d agent"
    assert "The server is not started: arn server_key: is encrypted." in ended.stderr


def test_a_service_that_dies_without_a_reason_is_said_too(machine: Machine) -> None:
    (machine.folder / "agent.list").write_text("TFSERVING_TLS\n")
    (machine.folder / "says").write_text("no space left on device\n")
    assert machine.start().returncode == 1
    assert "the service tls could not be run" in (machine.state / "refused").read_text()


def test_a_mended_secret_starts_the_server_and_takes_the_reason_away(machine: Machine) -> None:
    (machine.folder / "agent.list").write_text("TFSERVING_TLS\n")
    (machine.folder / "says").write_text("error: bad\n")
    machine.start()
    (machine.folder / "says").unlink()
    pack(machine.folder / "tls.in.tar", ssl="the key")
    assert machine.start().returncode == 0
    assert (machine.state / "refused").read_text() == ""
    assert machine.calls[-1] == "up -d"


def test_an_access_key_goes_into_dot_env_for_root_only(machine: Machine) -> None:
    (machine.folder / "env.list").write_text("AWS_ACCESS_KEY_ID\n")
    (machine.folder / ".env").write_text("A=1\nAWS_ACCESS_KEY_ID=old\n")
    assert machine.start().returncode == 0
    env = machine.folder / ".env"
    assert env.read_text() == "A=1\nAWS_ACCESS_KEY_ID=id\nAWS_SECRET_ACCESS_KEY=key\n"
    assert env.stat().st_mode & 0o777 == 0o600


def test_a_machine_that_lacks_what_the_image_needs_starts_the_agent_only(machine: Machine) -> None:
    program(machine.folder / "missing.sh", "#!/bin/sh\necho avx512f\n")
    ended = machine.start()
    assert ended.returncode == 1
    assert machine.calls[-2:] == ["pull --quiet agent", "up -d agent"]
    assert "this machine lacks avx512f" in ended.stderr
