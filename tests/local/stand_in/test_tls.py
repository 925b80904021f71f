"""TLS with a stand-in in a process of its own, from the file that the machine's boot would write."""

import json
from pathlib import Path

import pytest

from tests.local.stand_in.conftest import Start, eventually
from tests.tfserving.agent.test_tls_secret import MUTUAL, PAIR, parse
from tfserving.agent.server import Server
from tfserving.agent.tls import agent_files

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("values", [PAIR, MUTUAL], ids=["tls", "mutual"])
def test_the_agent_finds_its_server_over_tls_and_not_in_the_clear(
    values: dict[str, object], tmp_path: Path, start: Start
) -> None:
    material = parse(json.dumps(values))
    (tmp_path / "ssl.config").write_text(material.ssl_config)
    for name, content in agent_files(material).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "models.config").write_text("model_config_list {}")
    server = start(f"--model_config_file={tmp_path}/models.config", f"--ssl_config_file={tmp_path}/ssl.config")
    address = f"127.0.0.1:{server.port}"
    agent = Server(address, rest=f"127.0.0.1:{server.rest_port}", tls=tmp_path)
    eventually(lambda: agent.observe(["line"], []).answers, "The server's start")
    eventually(lambda: agent.observe(["line"], []).rest_answers, "The opening of REST")
    assert not Server(address).observe(["line"], []).answers


@pytest.mark.parametrize("content", [None, "", "server_key: unquoted", "servr_key: 'x'"])
def test_a_missing_or_bad_file_for_tls_aborts_the_server(content: str | None, tmp_path: Path, start: Start) -> None:
    if content is not None:
        (tmp_path / "ssl.config").write_text(content)
    (tmp_path / "models.config").write_text("model_config_list {}")
    server = start(f"--model_config_file={tmp_path}/models.config", f"--ssl_config_file={tmp_path}/ssl.config")
    assert server.process.wait(timeout=60) == -6
