"""Where things are in the store."""

import re
from typing import Final

from tfserving.server_configs.paths import MODEL_NAME as MODEL_NAME

MANIFEST: Final = "manifest.json"
RESERVATION: Final = "reservation.json"
MODELS: Final = "models/"
# Servers read versions as int64, and pass over a folder whose name is no such number.
MAX_VERSION: Final = (1 << 63) - 1
# S3's own limit, in bytes of UTF-8.
MAX_KEY_BYTES: Final = 1024
_VERSION: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# What other tools put before a bucket's name.
_BEFORE_BUCKET: Final = re.compile(r"(?:s3[an]?|https?)://|arn:[^:]*:s3:[^:]*:[^:]*:(?!accesspoint)", re.IGNORECASE)


def model_prefix(model: str) -> str:
    """Give the prefix below which a model's versions lie."""
    return f"{MODELS}{model}/"


def version_prefix(model: str, version: int) -> str:
    """Give the prefix of one version's files."""
    return f"{model_prefix(model)}{version}/"


def manifest_key(model: str, version: int) -> str:
    """Give the key of a version's manifest, whose presence makes the version complete."""
    return f"{version_prefix(model, version)}{MANIFEST}"


def reservation_key(model: str, version: int) -> str:
    """Give the key of the object by which whoever publishes holds a version until it is complete."""
    return f"{version_prefix(model, version)}{RESERVATION}"


def version_of(folder: str) -> int | None:
    """Read a version's folder name; None for anything else, leading zeros and numbers beyond int64 included."""
    if not _VERSION.fullmatch(folder) or int(folder) > MAX_VERSION:
        return None
    return int(folder)


def bucket_mistake(bucket: str) -> str | None:
    """Tell what is wrong with a bucket's name and what to write; None if it is one."""
    if _BUCKET.fullmatch(bucket):
        return None
    if not bucket.strip():
        return "is empty. Name a bucket, such as the stack's output; `pulumi stack output` shows whether there is one."
    # The host of an object's URL begins with the bucket.
    meant = _BEFORE_BUCKET.sub("", bucket.strip()).partition("/")[0].partition(".s3")[0].lower()
    if _BUCKET.fullmatch(meant) and meant != "s3.amazonaws.com":
        return f"{bucket!r} is not a bucket's plain name. Write {meant!r}."
    return f"{bucket!r} is not a bucket's name: 3 to 63 lower-case letters, digits, '.' and '-'. Write the name alone."
