"""The file system for s3:// that servers had up to release 2.6."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.stand_in import filesystem
from local.stand_in.config import Model, VersionPolicy, read_models
from local.stand_in.s3 import S3, Settings
from local.stand_in.source import wanted_versions
from local.stand_in.status import Code, StatusError
from tests.local.stand_in.conftest import Start, eventually

REGION = "eu-central-1"
CONFIG = (
    'model_config_list { config { name: "line" base_path: "s3://models/models/line" model_platform: "tensorflow" } }'
)
DIRECT = Model(name="line", base_path="s3://models/models/line")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Give the address of an AWS of the tests' own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def store(endpoint: str, line: Path) -> Any:
    """Upload both versions of the line, a config, and a model whose name begins alike."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": REGION}
    make: Any = boto3.client
    s3 = make("s3", endpoint_url=f"http://{endpoint}", **keys)
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="models", CreateBucketConfiguration=where)
    for path in (path for path in line.rglob("*") if path.is_file()):
        s3.upload_file(str(path), "models", f"models/line/{path.relative_to(line)}")
    s3.put_object(Bucket="models", Key="models/line-of-another/7/saved_model.pb", Body=b"")
    s3.put_object(Bucket="models", Key="configs/models.config", Body=CONFIG.encode())
    return s3


@pytest.fixture
def native(endpoint: str, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a server of release 2.6 with the variables it reads."""
    variables = {
        "STAND_IN_RELEASE": "2.6.5",
        "AWS_REGION": REGION,
        "S3_ENDPOINT": endpoint,
        "S3_USE_HTTPS": "0",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_a_server_reads_its_config_and_its_models_from_s3(native: None, start: Start) -> None:
    server = start("--model_config_file=s3://models/configs/models.config")
    server.wait()
    assert server.states() == {"2": "AVAILABLE"}
    assert server.predict(1, 2.5) == (200, {"predictions": [3.0, 7.5]})


def test_versions_are_the_folders_below_the_base_path(native: None) -> None:
    every = Model(name="line", base_path=DIRECT.base_path, policy=VersionPolicy(kind="all"))
    assert wanted_versions(every) == {2: "s3://models/models/line/2", 1: "s3://models/models/line/1"}
    specific = Model(name="line", base_path=DIRECT.base_path, policy=VersionPolicy(kind="specific", versions=(1, 9)))
    assert wanted_versions(specific) == {1: "s3://models/models/line/1"}


def test_a_folder_exists_by_what_is_in_it_and_not_by_what_begins_like_it(native: None) -> None:
    assert filesystem.exists("s3://models/models/line")
    assert filesystem.exists("s3://models/models/line/")
    assert filesystem.exists("s3://models/configs/models.config")
    assert not filesystem.exists("s3://models/models/lin")
    with pytest.raises(StatusError, match="Could not find base path s3://models/models/lin "):
        wanted_versions(Model(name="lin", base_path="s3://models/models/lin"))


def test_a_missing_object_is_not_found(native: None) -> None:
    with pytest.raises(StatusError, match="NoSuchKey") as missing:
        read_models("s3://models/configs/none.config")
    assert missing.value.code is Code.NOT_FOUND


KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def test_the_endpoint_is_read_from_the_variable_tensorflow_reads_and_from_no_other() -> None:
    tutorial = {**KEYS, "AWS_REGION": REGION, "AWS_ENDPOINT": "elsewhere"}
    assert Settings.read(tutorial).endpoint_url == f"https://s3.{REGION}.amazonaws.com"
    assert Settings.read({**tutorial, "S3_ENDPOINT": "minio:9000"}).endpoint_url == "https://minio:9000"


@pytest.mark.parametrize("missing", KEYS)
def test_without_keys_nothing_is_reached(missing: str) -> None:
    with pytest.raises(StatusError, match="AWS Credentials have not been set properly") as refused:
        Settings.read({name: value for name, value in KEYS.items() if name != missing})
    assert refused.value.code is Code.PERMISSION_DENIED


def test_what_the_sdk_of_python_reads_has_no_influence(
    native: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = us-west-2\nendpoint_url = http://127.0.0.1:1\n")
    ambient = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_PROFILE": "nobody",
        "AWS_SESSION_TOKEN": "token",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    for name, value in ambient.items():
        monkeypatch.setenv(name, value)
    assert filesystem.exists("s3://models/models/line")
    # A server's own settings, read anew: the client of the line before may come from a cache.
    client = S3(Settings.read({**KEYS, "AWS_REGION": "eu-west-3"}))._client
    assert client.meta.endpoint_url == "https://s3.eu-west-3.amazonaws.com"
    assert client._request_signer._credentials.token is None


def test_a_copy_holds_files_only_and_never_reaches_outside(native: None, store: Any, tmp_path: Path) -> None:
    for key in ("odd/", "odd/folder/", "odd/good", "odd/../bad", "odd//bad"):
        store.put_object(Bucket="models", Key=key, Body=b"x")
    with filesystem.local_copy("s3://models/odd") as folder:
        assert [str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()] == ["good"]
    assert not Path(folder).exists()


@pytest.mark.parametrize("release", ["2.7.0", "2.20.0", ""])
def test_servers_from_2_7_on_know_no_s3(release: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_RELEASE", release)
    with pytest.raises(StatusError, match=r"File system scheme 's3' not implemented \(file: 's3://b/k'\)") as refused:
        filesystem.read_bytes("s3://b/k")
    assert refused.value.code is Code.UNIMPLEMENTED


def test_a_server_from_2_7_on_exits_when_its_config_is_in_s3(
    native: None, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN_RELEASE", "2.7.0")
    server = start("--model_config_file=s3://models/configs/models.config")
    eventually(lambda: server.process.poll() is not None, "The server's end")
    assert server.process.returncode == 255
    assert "File system scheme 's3' not implemented" in server.log.read_text()
