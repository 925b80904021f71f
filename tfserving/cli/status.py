"""`tfs status`."""

import datetime
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_READY: Final = 1
# Two heartbeats and some patience: an agent that says nothing for so long is not there any more.
STALE_SECONDS: Final = 150
_LOOK_AGAIN_SECONDS: Final = 1.0
# A status object has a line for each model version, and a few for each problem.
_MOST_BYTES: Final = 4 << 20

Machine = dict[str, Any]


@dataclass(frozen=True)
class Reported:
    """What lies below status/: machines' status objects, and a line about each object that is none."""

    machines: list[Machine]
    foreign: list[str]


def status(
    bucket: Annotated[str, typer.Option(envvar="TFS_CONFIG_BUCKET", help="The stack's output configsBucket.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the machines' status objects as JSON.")] = False,
    wait: Annotated[int, typer.Option(help="Wait so many seconds at most until every machine is ready.")] = 0,
) -> None:
    """Show every machine, and how far each model version on it has come; exit code 1 unless all are ready.

    Machines that have not reported for some minutes are gone and left out. Objects that no machine wrote are named on
    the standard error stream.

    Example: tfs status --bucket $(pulumi stack output configsBucket) --wait 120
    """
    from tfserving.cli.aws import demand_bucket, s3_client, told_plainly

    demand_bucket(bucket)
    deadline = time.monotonic() + wait
    client = s3_client()
    with told_plainly(f"s3://{bucket}"):
        reported = read_reported(client, bucket)
        while not all_ready(reported.machines) and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_SECONDS)
            reported = read_reported(client, bucket)
    for line in reported.foreign:
        print(line, file=sys.stderr)
    if as_json:
        print(json.dumps(reported.machines, indent=1))
    else:
        _show(reported.machines)
    if not all_ready(reported.machines):
        raise typer.Exit(NOT_READY)


def read_machines(client: "S3Client", bucket: str) -> list[Machine]:
    """Read the status objects of the machines that still report."""
    return read_reported(client, bucket).machines


def read_reported(client: "S3Client", bucket: str) -> Reported:
    """Read what lies below status/ and was written in the last minutes."""
    reported = Reported([], [])
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="status/")
    oldest = datetime.datetime.now(tz=datetime.UTC) - datetime.timedelta(seconds=STALE_SECONDS)
    for entry in (entry for page in pages for entry in page.get("Contents", ()) if entry["LastModified"] >= oldest):
        try:
            machine = _machine(client, bucket, entry["Key"], entry["Size"])
        except client.exceptions.NoSuchKey:
            continue
        except ValueError as error:
            where = f"s3://{bucket}/{entry['Key']}"
            reported.foreign.append(f"{where!r} is no machine's status: {error}. Only agents write there; delete it.")
        else:
            reported.machines.append(machine)
    return reported


def _machine(client: "S3Client", bucket: str, key: str, size: int) -> Machine:
    """Read a status object; raises ValueError, with the reason, if it is none."""
    if size > _MOST_BYTES:
        raise ValueError(f"it has {size} bytes")
    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    if not body:
        raise ValueError("it is empty")
    try:
        content = json.loads(body)
        # A lone surrogate can be written as JSON, and not be printed.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if mistake := _mistake(content):
        raise ValueError(mistake)
    if key != f"status/{content['instance_id']}.json":
        raise ValueError(f"it is a copy of the machine {content['instance_id']!r}")
    machine: Machine = content
    return machine


def _mistake(content: Any) -> str | None:
    if not isinstance(content, dict):
        return "it is no object of JSON"
    wrong = _wrong(content, {"instance_id": str, "updated_at": str, "ready": bool, "problems": list, "models": list})
    if wrong:
        return wrong
    if not all(isinstance(problem, str) for problem in content["problems"]):
        return "its 'problems' are no list of texts"
    rows = map(_row_mistake, content["models"])
    return next((f"an entry of its 'models' is wrong: {mistake}" for mistake in rows if mistake), None)


def _row_mistake(row: Any) -> str | None:
    if not isinstance(row, dict):
        return "it is no object"
    return _wrong(row, {"model": str, "version": int, "labels": list, "state": str})


def _wrong(content: dict[str, Any], types: dict[str, type]) -> str | None:
    for key, kind in types.items():
        if not isinstance(content.get(key), kind):
            return f"its {key!r} is {'missing' if key not in content else f'no {kind.__name__}'}"
    return None


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
            labels = ", ".join(map(str, row["labels"]))
            # As text, because what machines write is no markup.
            cells = (machine["instance_id"], row["model"], row["version"], labels, row["state"], machine["updated_at"])
            table.add_row(*(Text(str(cell)) for cell in cells))
    console.print(table)
    for machine in machines:
        for problem in machine["problems"]:
            console.print(f"{machine['instance_id']}: {problem}", markup=False, highlight=False)
