"""One machine's agent: the first state, updates, and everything that can be wrong meanwhile."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.tfserving.agent.conftest import KEY, TalkingServer, models_config, want
from tests.tfserving.stores import CONFIGS, FILES, MODELS, entry, put_version
from tfserving.agent.agent import Agent
from tfserving.agent.settings import AgentSettings
from tfserving.server_configs import parse_models

BATCHING = b"max_batch_size { value: 16 }"
MakeAgent = Callable[[AgentSettings], Agent]


def offered(settings: AgentSettings) -> dict[str, list[int]]:
    """Read what the server is told to serve."""
    path = settings.config_folder / "models.config"
    if not path.exists():
        return {}
    config = parse_models(path.read_text(), str(path))
    return {model.name: list(model.model_version_policy.specific.versions) for model in config.model_config_list.config}


def states(agent: Agent) -> dict[int, str]:
    """Give the state of each version of the only model."""
    return {version.version: version.state for version in agent.status.models}


def test_the_first_state_is_complete_before_the_server_is_told(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1, 2))
    agent = make_agent(settings)
    agent.look()
    assert states(agent) == {1: "on disk", 2: "failed"}
    assert offered(settings) == {}
    put_version(s3, "digits", 2)
    agent.look()
    assert offered(settings) == {"digits": [1, 2]}
    assert (settings.models_folder / "digits/2/saved_model.pb").read_bytes() == FILES["saved_model.pb"]


def test_the_config_names_paths_of_the_servers_own_container(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    make_agent(settings).look()
    config = parse_models((settings.config_folder / "models.config").read_text(), "x")
    assert [model.base_path for model in config.model_config_list.config] == ["/models/digits"]


def test_ready_means_every_version_available_and_every_label_in_place(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1, labels={"live": 1}))
    agent = make_agent(settings)
    server.silent = True
    agent.look()
    assert states(agent) == {1: "offered"}
    assert "does not answer" in agent.status.problems[0]
    server.silent = False
    agent.observe()
    assert (states(agent), agent.status.ready) == ({1: "offered"}, False)
    server.available = {("digits", 1)}
    agent.observe()
    assert (states(agent), agent.status.ready) == ({1: "AVAILABLE"}, False)
    server.labels = {("digits", "live"): 1}
    agent.observe()
    assert (states(agent), agent.status.ready, agent.status.problems) == ({1: "labelled"}, True, ())


def test_a_label_that_leads_elsewhere_is_not_ready(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer
) -> None:
    for version in (1, 2):
        put_version(s3, "digits", version)
    want(s3, models_config(1, 2, labels={"live": 2}))
    server.available = {("digits", 1), ("digits", 2)}
    server.labels = {("digits", "live"): 1}
    agent = make_agent(settings)
    agent.look()
    assert not agent.status.ready


def test_an_update_downloads_first_and_writes_the_config_second(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    agent = make_agent(settings)
    agent.look()
    put_version(s3, "digits", 2)
    want(s3, models_config(1, 2))
    seen: list[dict[str, list[int]]] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda **_: seen.append(offered(settings)))
    agent.look()
    assert {"digits": [1]} in seen
    assert {"digits": [1, 2]} not in seen
    assert offered(settings) == {"digits": [1, 2]}


def test_a_restarted_agent_downloads_nothing_again(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    make_agent(settings).look()
    asked: list[str] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda params, **_: asked.append(params["url_path"]))
    server.available = {("digits", 1)}
    agent = make_agent(settings)
    agent.look()
    assert agent.status.ready
    assert asked == [f"/{KEY}"]


def test_an_unchanged_config_is_not_read_twice(s3: Any, settings: AgentSettings, make_agent: MakeAgent) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    agent = make_agent(settings)
    agent.look()
    first = agent.status.config
    agent.look()
    assert agent.status.config is first


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("model_config_list {", "models.config:1"),
        (models_config(1, labels={"live": 9}), "points to version 9"),
        ("nonsense: 1", "nonsense"),
    ],
)
def test_a_bad_config_leaves_the_old_state_serving_and_is_reported_until_it_is_mended(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer, text: str, complaint: str
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.available = {("digits", 1)}
    agent = make_agent(settings)
    agent.look()
    want(s3, text)
    for _ in range(2):
        agent.look()
        assert not agent.status.ready
        assert complaint in "\n".join(agent.status.problems)
        assert offered(settings) == {"digits": [1]}
    want(s3, models_config(1))
    agent.look()
    assert agent.status.ready


def test_a_config_that_is_no_text_is_reported(s3: Any, settings: AgentSettings, make_agent: MakeAgent) -> None:
    s3.put_object(Bucket=CONFIGS, Key=KEY, Body=b"\xff\xfe")
    agent = make_agent(settings)
    agent.look()
    assert any("UnicodeDecodeError" in problem for problem in agent.status.problems)


def test_a_missing_config_is_reported_with_who_writes_it(settings: AgentSettings, make_agent: MakeAgent) -> None:
    agent = make_agent(settings)
    agent.look()
    assert agent.status.problems == ("s3://configs-bucket/configs/models.config is missing. `pulumi up` writes it.",)
    assert not agent.status.ready


def test_one_bad_version_does_not_keep_the_others_from_being_downloaded(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    for version in (1, 2):
        put_version(s3, "digits", version)
    s3.put_object(Bucket=MODELS, Key="models/digits/1/saved_model.pb", Body=b"other")
    want(s3, models_config(1, 2))
    agent = make_agent(settings)
    agent.look()
    assert states(agent) == {1: "failed", 2: "on disk"}
    assert any(
        "digits/1: s3://models-bucket/models/digits/1/saved_model.pb is not what was published" in problem
        for problem in agent.status.problems
    )


def test_a_version_the_server_cannot_load_is_failed_with_the_servers_words(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.errors = {("digits", 1): "Op type not registered"}
    agent = make_agent(settings)
    agent.look()
    assert states(agent) == {1: "failed"}
    assert agent.status.problems == ("digits/1: Op type not registered",)


class Refused(grpc.RpcError):
    """What a server answers that does not know a call."""


@pytest.mark.parametrize("error", [Refused("unimplemented"), ValueError("odd answer"), OSError("no descriptors left")])
def test_nothing_the_server_does_ends_the_agent(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer, error: Exception
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.raises = error
    agent = make_agent(settings)
    agent.look()
    assert any(str(error) in problem for problem in agent.status.problems)
    server.raises, server.available = None, {("digits", 1)}
    agent.look()
    assert agent.status.ready


def test_a_disk_that_cannot_be_read_is_reported_and_tried_again(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.available = {("digits", 1)}
    agent = make_agent(settings)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "iterdir", lambda self: (_ for _ in ()).throw(OSError("Input/output error")))
        settings.models_folder.joinpath("digits").mkdir(parents=True)
        agent.look()
        assert not agent.status.ready
        assert any("Input/output error" in problem for problem in agent.status.problems)
    agent.look()
    assert agent.status.ready


def test_s3_out_of_reach_is_reported_while_the_old_state_serves(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    agent = make_agent(settings)
    agent.look()

    def fail(**_: Any) -> None:
        raise ConnectionError("S3 is away")

    s3.meta.events.register("before-call.s3", fail)
    agent.look()
    assert any("S3 is away" in problem for problem in agent.status.problems)
    assert offered(settings) == {"digits": [1]}
    assert not agent.write_status()


def test_boot_files_are_fetched_in_the_version_the_machine_was_made_for(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    s3.put_object(Bucket=CONFIGS, Key="configs/batching.config", Body=BATCHING)
    s3.put_object(Bucket=CONFIGS, Key="configs/batching.config", Body=b"# of the next machine")
    agent = make_agent(replace(settings, batching_sha256=entry("", BATCHING).sha256))
    agent.look()
    assert (settings.config_folder / "batching.config").read_bytes() == BATCHING
    assert offered(settings) == {"digits": [1]}
    assert settings.gate_file.exists()


def test_without_its_boot_files_the_server_is_not_started(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    s3.put_object(Bucket=CONFIGS, Key="configs/monitoring.config", Body=b"another")
    agent = make_agent(replace(settings, monitoring_sha256="0" * 64))
    agent.look()
    assert offered(settings) == {}
    assert not settings.gate_file.exists()
    assert any("No version of s3://configs-bucket/configs/monitoring.config" in p for p in agent.status.problems)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("monitoring", b"", "monitoring.config:1:1: The file sets nothing"),
        ("monitoring", b"prometheus { enable: true }", "monitoring.config:1:1: 'prometheus' is not a field"),
        ("batching", b"num_batch_threads { value: 0 }", "num_batch_threads is 0"),
        ("session", b"intra_op_parallelism_threads: 1", "Set tensorflow_intra_op_parallelism"),
        ("session", b"\xff", "UnicodeDecodeError"),
    ],
)
def test_a_boot_file_the_server_could_not_read_never_lies_beside_it(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, name: str, content: bytes, complaint: str
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    s3.put_object(Bucket=CONFIGS, Key=f"configs/{name}.config", Body=content)
    hashes: Any = {f"{name}_sha256": entry("", content).sha256}
    agent = make_agent(replace(settings, **hashes))
    agent.look()
    assert complaint in "\n".join(agent.status.problems)
    assert not (settings.config_folder / f"{name}.config").exists()
    assert not settings.gate_file.exists()


def test_every_bad_boot_file_is_told_at_once(s3: Any, settings: AgentSettings, make_agent: MakeAgent) -> None:
    s3.put_object(Bucket=CONFIGS, Key="configs/monitoring.config", Body=b"")
    agent = make_agent(
        replace(settings, monitoring_sha256=entry("", b"").sha256, batching_sha256="0" * 64, session_sha256="1" * 64)
    )
    agent.look()
    said = "\n".join(agent.status.problems)
    assert all(f"{name}.config" in said for name in ("monitoring", "batching", "session"))


@pytest.mark.parametrize("left", [b"", b"max_batch_size { value", b"max_batch_size { value: 8 }"])
def test_a_half_or_stale_boot_file_is_replaced_before_a_restarted_server_may_start(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, left: bytes
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    s3.put_object(Bucket=CONFIGS, Key="configs/batching.config", Body=BATCHING)
    settings = replace(settings, batching_sha256=entry("", BATCHING).sha256)
    make_agent(settings).look()
    restart(settings)
    (settings.config_folder / "batching.config").write_bytes(left)
    s3.delete_object(Bucket=CONFIGS, Key="configs/batching.config")
    make_agent(settings).look()
    assert (settings.config_folder / "batching.config").read_bytes() == BATCHING
    assert settings.gate_file.exists()


def test_a_restarted_machine_serves_what_it_has_while_s3_is_out_of_reach(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    make_agent(settings).look()
    restart(settings)
    s3.meta.events.register("before-call.s3", out_of_reach)
    agent = make_agent(settings)
    agent.look()
    assert settings.gate_file.exists()
    assert not agent.status.ready


def test_a_version_that_lost_a_file_keeps_the_server_from_hanging_over_it(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    make_agent(settings).look()
    restart(settings)
    (settings.models_folder / "digits/1/saved_model.pb").unlink()
    s3.meta.events.register("before-call.s3", out_of_reach)
    agent = make_agent(settings)
    agent.look()
    assert not settings.gate_file.exists()
    assert any("offers digits/1, not whole on this disk" in problem for problem in agent.status.problems)
    s3.meta.events.unregister("before-call.s3", out_of_reach)
    agent.look()
    assert settings.gate_file.exists()


def restart(settings: AgentSettings) -> None:
    """Take away what the container's memory held."""
    settings.gate_file.unlink()


def out_of_reach(**_: Any) -> None:
    raise ConnectionError("S3 is away")


def test_a_server_that_answers_over_grpc_but_not_over_rest_is_not_ready(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.available, server.rest_answers = {("digits", 1)}, False
    agent = make_agent(settings)
    agent.look()
    assert (states(agent), agent.status.ready) == ({1: "AVAILABLE"}, False)
    (problem,) = agent.status.problems
    assert problem.startswith("The server answers over gRPC on 127.0.0.1:8500, but not over REST on 127.0.0.1:8501.")
    assert "monitoring file" in problem
    server.rest_answers = True
    agent.observe()
    assert agent.status.ready


@pytest.mark.parametrize(
    ("expires", "complaint"),
    [
        ("2020-02-03T04:05:06+00:00", "expired on 2020-02-03 04:05 UTC"),
        ("2120-01-01T00:00:00+00:00", "does not answer"),
    ],
)
def test_an_expired_certificate_is_told_apart_from_a_silent_server_and_seen_coming(
    s3: Any,
    settings: AgentSettings,
    make_agent: MakeAgent,
    server: TalkingServer,
    tmp_path: Path,
    expires: str,
    complaint: str,
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.silent = True
    agent = make_agent(replace(settings, tls=tmp_path))
    assert "tfserving_tls_expiry" not in agent.metrics.render().decode()
    (tmp_path / "expires").write_text(expires)
    agent.look()
    (problem,) = agent.status.problems
    assert complaint in problem
    assert "tfserving_tls_expiry_timestamp_seconds" in agent.metrics.render().decode()


def test_a_secret_the_boot_could_not_use_is_why_the_server_was_not_started(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.silent = True
    settings.root.mkdir()
    settings.refused_file.write_text("arn server_key: is encrypted.\narn server_cert: names no host.\n")
    agent = make_agent(settings)
    agent.look()
    assert agent.status.problems == (
        "The server was not started: arn server_key: is encrypted.",
        "The server was not started: arn server_cert: names no host.",
    )


def test_the_latest_version_is_followed_where_the_policy_says_so(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1).replace("specific { versions: 1 }", "latest { num_versions: 1 }"))
    agent = make_agent(settings)
    agent.look()
    assert offered(settings) == {"digits": [1]}
    put_version(s3, "digits", 2)
    agent.look()
    assert offered(settings) == {"digits": [2]}


def test_a_policy_that_finds_nothing_is_reported(s3: Any, settings: AgentSettings, make_agent: MakeAgent) -> None:
    want(s3, models_config(1).replace("specific { versions: 1 }", "latest { num_versions: 1 }"))
    agent = make_agent(settings)
    agent.look()
    assert agent.status.problems == ("No wanted model has a version in the store. Publish one with `tfs publish`.",)


def test_the_status_object_is_written_under_the_instances_name(
    s3: Any, settings: AgentSettings, make_agent: MakeAgent
) -> None:
    agent = make_agent(settings)
    assert agent.write_status()
    body = s3.get_object(Bucket=CONFIGS, Key="status/i-1.json")["Body"].read()
    assert json.loads(body)["problems"] == ["The agent has just started."]


def test_failures_and_downloads_are_counted(s3: Any, settings: AgentSettings, make_agent: MakeAgent) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1, 2))
    agent = make_agent(settings)
    agent.look()
    text = agent.metrics.render().decode()
    size = float(sum(len(content) for content in FILES.values()))
    assert f"tfserving_agent_downloaded_bytes_total {size}" in text
    assert 'tfserving_agent_failures_total{step="download"} 1.0' in text
    assert 'tfserving_model_version_state{model="digits",state="on disk",version="1"} 1.0' in text
    assert "tfserving_agent_ready 0.0" in text
    assert "tfserving_agent_last_look_timestamp_seconds 1.7e+09" in text
