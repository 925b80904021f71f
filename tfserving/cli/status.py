"""`tfs status`."""

import datetime
import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_READY: Final = 1
# Two heartbeats and some patience: an agent that says nothing for so long is not there any more.
STALE_SECONDS: Final = 150
_LOOK_AGAIN_SECONDS: Final = 1.0

Machine = dict[str, Any]


def status(
    bucket: Annotated[str, typer.Option(envvar="TFS_CONFIG_BUCKET", help="The stack's output configsBucket.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the machines' status objects as JSON.")] = False,
    wait: Annotated[int, typer.Option(help="Wait so many seconds at most until every machine is ready.")] = 0,
) -> None:
    """Show every machine, and how far each model version on it has come; exit code 1 unless all are ready.

    Machines that have not reported for some minutes are gone and left out.

    Example: tfs status --bucket $(pulumi stack output configsBucket) --wait 120
    """
    from tfserving.cli.aws import s3_client, told_plainly

    deadline = time.monotonic() + wait
    client = s3_client()
    with told_plainly(f"s3://{bucket}"):
        machines = read_machines(client, bucket)
        while not all_ready(machines) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_SECONDS)
            machines = read_machines(client, bucket)
    if as_json:
        print(json.dumps(machines, indent=1))
    else:
        _show(machines)
    if not all_ready(machines):
        raise typer.Exit(NOT_READY)


def read_machines(client: "S3Client", bucket: str) -> list[Machine]:
    """Read the status objects of the machines that still report."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="status/")
    oldest = datetime.datetime.now(tz=datetime.UTC) - datetime.timedelta(seconds=STALE_SECONDS)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ()) if entry["LastModified"] >= oldest]
    return [json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]


def all_ready(machines: Iterable[Machine]) -> bool:
    """Tell whether there is a machine, and every one is ready."""
    states = [machine["ready"] for machine in machines]
    return bool(states) and all(states)


def _show(machines: list[Machine]) -> None:
    console = Console(width=None if Console().is_terminal else 120)
    if not machines:
        console.print("No machine has reported yet.")
        return
    table = Table("machine", "model", "version", "label", "state", "reported")
    for machine in machines:
        for row in machine["models"] or [{"model": "", "version": "", "labels": [], "state": ""}]:
            labels = ", ".join(row["labels"])
            table.add_row(
                machine["instance_id"],
                row["model"],
                str(row["version"]),
                labels,
                row["state"],
                machine["updated_at"],
            )
    console.print(table)
    for machine in machines:
        for problem in machine["problems"]:
            console.print(f"{machine['instance_id']}: {problem}", markup=False, highlight=False)
