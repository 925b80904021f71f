"""TensorFlow's S3 file system: what it reads of the environment, and how it looks at objects as files and folders."""

import contextlib
import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import BotoCoreError, ClientError

from .status import Code, StatusError, invalid

_CODES: Final = {
    "NoSuchKey": Code.NOT_FOUND,
    "NoSuchBucket": Code.NOT_FOUND,
    "404": Code.NOT_FOUND,
    "AccessDenied": Code.PERMISSION_DENIED,
    "InvalidAccessKeyId": Code.PERMISSION_DENIED,
    "SignatureDoesNotMatch": Code.PERMISSION_DENIED,
    "403": Code.PERMISSION_DENIED,
}
_DEFAULT_REGION: Final = "us-east-1"
_DEFAULT_TIMEOUT_MS: Final = 300_000
_NO_KEYS: Final = (
    "AWS Credentials have not been set properly. Unable to access the specified S3 location: "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are needed"
)


@dataclass(frozen=True)
class Settings:
    """All that the environment says to the S3 client."""

    region: str
    endpoint_url: str
    verify: bool | str
    connect_timeout: float
    request_timeout: float
    access_key: str
    secret_key: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Take the variables that s3_file_system.cc of TensorFlow 2.6 reads; raises StatusError without keys."""
        region = environment.get("AWS_REGION") or environment.get("S3_REGION") or _DEFAULT_REGION
        scheme = "http" if environment.get("S3_USE_HTTPS", "").startswith("0") else "https"
        # AWS_ENDPOINT, which the tutorials name, is not read.
        host = environment.get("S3_ENDPOINT") or f"s3.{region}.amazonaws.com"
        access_key, secret_key = _keys(environment)
        return cls(
            region=region,
            endpoint_url=f"{scheme}://{host}",
            verify=_verification(environment),
            connect_timeout=_seconds(environment.get("S3_CONNECT_TIMEOUT_MSEC", "")),
            request_timeout=_seconds(environment.get("S3_REQUEST_TIMEOUT_MSEC", "")),
            access_key=access_key,
            secret_key=secret_key,
        )


def _keys(environment: Mapping[str, str]) -> tuple[str, str]:
    access_key, secret_key = (environment.get(f"AWS_{name}", "") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
    if not (access_key and secret_key):
        raise StatusError(Code.PERMISSION_DENIED, _NO_KEYS)
    return access_key, secret_key


def _verification(environment: Mapping[str, str]) -> bool | str:
    if environment.get("S3_VERIFY_SSL", "").startswith("0"):
        return False
    named = environment.get("S3_CA_FILE") or environment.get("SSL_CERT_FILE")
    return named or ssl.get_default_verify_paths().cafile or True


def _seconds(milliseconds: str) -> float:
    known = milliseconds.isascii() and milliseconds.isdecimal() and int(milliseconds)
    return (known or _DEFAULT_TIMEOUT_MS) / 1000


class S3:
    """Objects as files; what keys have in common up to a slash is a folder."""

    def __init__(self, settings: Settings) -> None:
        self._client = _client(settings)

    def read_bytes(self, path: str) -> bytes:
        """Read an object."""
        bucket, key = _split(path)
        with _as_status(path):
            content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return content

    def exists(self, path: str) -> bool:
        """Tell whether there is an object of that key, or any below it; of a bucket, whether it is there."""
        bucket, key = _split(path)
        with _as_status(path):
            if not key:
                return self._finds(self._client.head_bucket, Bucket=bucket)
            if self._finds(self._client.head_object, Bucket=bucket, Key=key):
                return True
            page = self._client.list_objects_v2(Bucket=bucket, Prefix=_below(key), MaxKeys=1)
            return bool(page.get("Contents"))

    def names_under(self, path: str) -> list[str]:
        """List the first part of each key below a folder."""
        bucket, key = _split(path)
        prefix = _below(key)
        with _as_status(path):
            pages = list(self._pages(bucket, prefix, Delimiter="/"))
        folders = [entry["Prefix"].removesuffix("/") for page in pages for entry in page.get("CommonPrefixes", ())]
        files = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        names = [entry.removeprefix(prefix) for entry in folders + files]
        return [name for name in names if name]

    @contextlib.contextmanager
    def local_copy(self, path: str) -> Iterator[str]:
        """Download a folder; the real file system reads its files where they lie."""
        with tempfile.TemporaryDirectory() as folder:
            with _as_status(path):
                self._download(*_split(path), Path(folder))
            try:
                yield folder
            except StatusError as error:
                raise StatusError(error.code, error.message.replace(folder, path.rstrip("/"))) from error

    def _download(self, bucket: str, key: str, folder: Path) -> None:
        for page in self._pages(bucket, _below(key)):
            for entry in page.get("Contents", ()):
                name = entry["Key"].removeprefix(_below(key))
                if not _is_file_name(name):
                    continue
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                body = self._client.get_object(Bucket=bucket, Key=entry["Key"])["Body"]
                with (folder / name).open("wb") as file:
                    shutil.copyfileobj(body, file)

    def _pages(self, bucket: str, prefix: str, **options: str) -> Any:
        return self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **options)

    def _finds(self, head: Any, **what: str) -> bool:
        try:
            head(**what)
        except ClientError as error:
            if _code(error) is Code.NOT_FOUND:
                return False
            raise
        return True


def _split(path: str) -> tuple[str, str]:
    bucket, _, key = path.removeprefix("s3://").partition("/")
    if not bucket:
        raise invalid(f"S3 path doesn't contain a bucket name: {path}")
    return bucket, key.rstrip("/")


def _below(key: str) -> str:
    return f"{key}/" if key else ""


def _is_file_name(name: str) -> bool:
    # A key may hold anything: what ends in a slash marks a folder, and `..` or `//` would lead out of the copy.
    return str(PurePosixPath(name)) == name and not name.startswith("/") and not {".", ".."} & set(name.split("/"))


@cache
def _client(settings: Settings) -> Any:
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.request_timeout,
        # None would ask the environment for proxies; the SDK of C++ does not.
        proxies={},
    )
    try:
        return _session().create_client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            verify=settings.verify,
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise invalid(f"No S3 client can be made: {error}") from error


def _session() -> Any:
    # The SDK of C++ in the server knows nothing of what the one of Python reads from files and variables.
    variables = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    for file in ("config_file", "credentials_file"):
        variables[file] = (None, None, os.devnull, None)
    return botocore.session.Session(session_vars=variables)


@contextlib.contextmanager
def _as_status(path: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        details = error.response["Error"]
        raise StatusError(_code(error), f"{path}: {details['Code']}: {details.get('Message', '')}") from error
    except BotoCoreError as error:
        raise StatusError(Code.UNAVAILABLE, f"{path}: {error}") from error


def _code(error: ClientError) -> Code:
    return _CODES.get(str(error.response["Error"]["Code"]), Code.UNKNOWN)
