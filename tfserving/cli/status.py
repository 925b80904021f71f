"""`tfs status`."""

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from tfserving.cli.durations import seconds_of
from tfserving.cli.stack import Stack
from tfserving.cli.status_table import show
from tfserving.fleet import STALE_SECONDS, Outcome, Verdict, document, judge, lines_of

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_s3 import S3Client

NOT_READY: Final = 1
LOST_MACHINE: Final = 3
EXIT_CODES: Final = {Outcome.READY: 0, Outcome.NOT_READY: NOT_READY, Outcome.LOST: LOST_MACHINE}
_LOOK_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Fleet:
    """Where a stack's status objects lie, and its instances if the stack named them."""

    bucket: str
    instance_ids: tuple[str, ...] | None = None


def status(
    context: typer.Context,
    bucket: Annotated[
        str | None, typer.Option(envvar="TFS_CONFIG_BUCKET", help="The stack's output configsBucket.")
    ] = None,
    stack: Annotated[
        str | None,
        typer.Option(help="The stack, whose outputs name the bucket and the machines. Run in its folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as a JSON document.")] = False,
    wait: Annotated[
        str, typer.Option(metavar="DURATION", help="Wait so long at most, such as 10m or 30s, until all is ready.")
    ] = "0",
) -> None:
    """Show every machine there should be, and how far each model version on it has come.

    Ready is a machine that has reported the models.config that lies in S3 now as served. Machines are those that the
    stack's outputs name, else the EC2 instances with the bucket's tags. One that has not reported for 150 s is lost as
    long as it is one of them. Objects that no machine wrote are named on the standard error stream, and what is waited
    for is told there.

    Exit codes: 0 all ready, 1 not ready, 2 wrong usage, 3 a machine is lost.

    Example: tfs status --stack dev --wait 10m
    """
    from tfserving.cli.aws import ec2_client, s3_client, told_plainly

    seconds = _seconds(wait)
    fleet = _fleet(context, bucket, stack)
    with told_plainly(f"s3://{fleet.bucket}"):
        verdict, notes = _settled(s3_client(), ec2_client(), fleet, seconds)
    for note in notes:
        print(note, file=sys.stderr)
    if as_json:
        print(json.dumps(document(verdict, fleet.bucket, notes), indent=1))
    else:
        show(verdict)
    if code := EXIT_CODES[verdict.outcome]:
        raise typer.Exit(code)


def _seconds(wait: str) -> int:
    try:
        return seconds_of(wait)
    except typer.BadParameter as error:
        raise typer.BadParameter(error.message, param_hint="--wait") from None


def _fleet(context: typer.Context, bucket: str | None, stack: str | None) -> Fleet:
    from tfserving.cli.aws import demand_bucket

    # Who names a stack means that one, wherever the environment leads by default.
    source = context.get_parameter_source("bucket")
    typed = source is not None and source.name == "COMMANDLINE"
    if (stack is None and bucket is None) or (stack is not None and typed):
        raise typer.BadParameter("Name one of the two.", param_hint="--stack or --bucket")
    if stack is not None:
        return _fleet_of(stack)
    demand_bucket(str(bucket))
    return Fleet(str(bucket))


def _fleet_of(stack: str) -> Fleet:
    from tfserving.errors import TfServingError

    outputs = Stack(stack, Path()).outputs()
    if not outputs.get("configsBucket"):
        raise TfServingError(f"The stack {stack!r} has no output configsBucket yet. Run `pulumi up` once.")
    return Fleet(str(outputs["configsBucket"]), tuple(_instance_ids(outputs)))


def _instance_ids(outputs: dict[str, Any]) -> Iterable[str]:
    several = outputs.get("instanceIds") or [outputs.get("instanceId")]
    return (str(id_) for id_ in several if id_)


def _settled(s3: "S3Client", ec2: "EC2Client", fleet: Fleet, seconds: int) -> tuple[Verdict, tuple[str, ...]]:
    """Look until every machine is ready, or the time is over; says on standard error how far it is."""
    began = time.monotonic()
    told: tuple[str, ...] = ()
    while True:
        verdict, notes = _look(s3, ec2, fleet)
        passed = time.monotonic() - began
        if verdict.outcome is Outcome.READY or passed >= seconds:
            return verdict, notes
        if (lines := lines_of(verdict)) != told:
            told = lines
            for line in lines:
                print(f"{passed:4.0f} s  {line}", file=sys.stderr)
        time.sleep(min(_LOOK_AGAIN_SECONDS, seconds - passed))


def _look(s3: "S3Client", ec2: "EC2Client", fleet: Fleet) -> tuple[Verdict, tuple[str, ...]]:
    from tfserving.fleet.lookup import look

    seen = look(s3, ec2, fleet.bucket, fleet.instance_ids, STALE_SECONDS)
    return judge(seen.wanted, seen.reports, seen.now, STALE_SECONDS), seen.notes
