"""Run the build that was ordered: `python -m local.builder`."""

import json
import os
import uuid
from pathlib import Path
from typing import Any, Final

import boto3

from local.builder import credentials
from local.builder.build import Build
from local.builder.order import Order
from local.builder.report import Report

ORDER: Final = Path("/etc/rehearsal/order.json")
CREDENTIALS: Final = Path("/etc/rehearsal/credentials.json")
REPORT: Final = Path("/var/lib/rehearsal/report.json")
ROOT: Final = Path("/codebuild/output")


def main() -> None:
    """Serve the role's credentials, then run the build with them."""
    order = Order(**json.loads(ORDER.read_text()))
    report = Report(REPORT)
    path = credentials.path_for(str(uuid.uuid4()))
    credentials.serve(CREDENTIALS, path)
    os.environ[credentials.VARIABLE] = path
    make: Any = boto3.client
    try:
        Build(order, report, lambda service: make(service, region_name=order.region), ROOT).run()
    except BaseException as error:
        report.finish("FAULT", {"statusCode": "INTERNAL_SERVICE_ERROR", "message": repr(error)})
        raise


if __name__ == "__main__":
    main()
