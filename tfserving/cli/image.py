"""`tfs image`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from tfserving.errors import TfServingError

app = typer.Typer(help="Build a stack's images apart from its updates.", no_args_is_help=True)
_DIGEST_KEYS = {"server": "serverImageDigest", "agent": "agentImageDigest"}


@app.callback()
def image() -> None:
    """Build a stack's images apart from its updates."""


@app.command()
def build(
    stack: Annotated[
        str, typer.Option(help="The stack whose settings say what is built, and whose repository takes it.")
    ],
    what: Annotated[str, typer.Option("--image", help="'server' or 'agent'.")] = "server",
    set_digest: Annotated[bool, typer.Option("--set", help="Name the image in the stack's configuration.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the image as JSON.")] = False,
    root: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
) -> None:
    """Build an image on this machine's Docker engine, push it to the stack's repository, and print its digest.

    An image whose content has been pushed before is neither built nor pushed again. A build that fails or is killed
    leaves the stack as it was: only --set changes it, at the end.

    Example: tfs image build --stack prod --set
    """
    from tfserving.cli.aws import ecr_client, told_plainly
    from tfserving.cli.stack import Stack
    from tfserving.images import agent_source, building, server_source
    from tfserving.settings import load_settings

    if what not in _DIGEST_KEYS:
        raise TfServingError(f"--image is {what!r}, but there are only 'server' and 'agent'.")
    target_stack = Stack(stack, root)
    settings = load_settings({k: v for k, v in target_stack.configuration().items() if k not in _DIGEST_KEYS.values()})
    repository = target_stack.outputs().get(f"{what}Repository")
    if not repository:
        raise TfServingError(f"The stack {stack!r} has no repository yet. Run `pulumi up` once.")
    server = server_source(settings.images, settings.build, settings.server.version)
    source = server if what == "server" else agent_source(settings.images)
    target = building.Target(repository, source.tag(root))
    ecr = ecr_client()
    with told_plainly(repository):
        digest = building.pushed_digest(ecr, target)
        if digest:
            print(f"{target.name} has been pushed before.", file=sys.stderr)
        else:
            building.build(source, root, target)
            digest = building.push(ecr, target)
    if set_digest:
        target_stack.set(_DIGEST_KEYS[what], digest)
    print(json.dumps({"image": digest, "tag": target.tag, "stack": stack, "set": set_digest}) if as_json else digest)
