"""The tutorial's short version: the stock server, which finds every version of a model in S3 itself."""

import pytest

from local.report import predictions
from tests.local.rehearsal.conftest import Trial

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]


def test_it_serves_every_version_there_is(short: Trial) -> None:
    short.up()
    results = predictions(short.rehearsal)
    assert {(result.api, result.model, result.version_or_label) for result in results} == {
        (api, "model_1", version) for api in ("gRPC", "REST") for version in (0, 1)
    }
    assert min(result.accuracy for result in results) >= 0.95


def test_its_server_reads_config_and_models_from_s3_and_batches_nothing(short: Trial) -> None:
    code, said = short.on_machine("docker", "inspect", "--format", "{{json .Args}}", "tfserving-server-1")
    assert code == 0, said
    assert f"--model_config_file=s3://{short.outputs['configsBucket']}/configs/models.config" in said
    assert "--model_config_file_poll_wait_seconds=3600" in said
    assert "batching" not in said
    models = short.on_machine("find", "/var/lib/tfserving/models", "-mindepth", "1")
    assert models == (0, "")
