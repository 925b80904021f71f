"""The release the stand-in speaks as, where releases differ."""

import os
from pathlib import Path
from typing import Final

FILE: Final = Path("/opt/stand_in/release")
DEFAULT: Final = "2.20.0"
LAST_WITH_S3: Final = (2, 6)


def release() -> str:
    """Name the release: what STAND_IN_RELEASE says, or else the image's own file, or else a recent one."""
    return os.environ.get("STAND_IN_RELEASE") or _written() or DEFAULT


def _written() -> str:
    return FILE.read_text().strip() if FILE.exists() else ""


def reads_s3() -> bool:
    """Tell whether servers of the release have a file system for s3:// (tensorflow/serving#1963)."""
    major, minor = release().split(".")[:2]
    return (int(major), int(minor)) <= LAST_WITH_S3
