"""`tfs image`."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from tfserving.cli.stack import Stack
    from tfserving.images import ImageSource
    from tfserving.images.building import Target
    from tfserving.images.code_build import Project

app = typer.Typer(help="Build a stack's images apart from its updates.", no_args_is_help=True)


class What(StrEnum):
    """Which image."""

    SERVER = "server"
    AGENT = "agent"


class On(StrEnum):
    """Where it is built."""

    HERE = "here"
    CODEBUILD = "codebuild"


_DIGEST_KEYS: Final = {What.SERVER: "serverImageDigest", What.AGENT: "agentImageDigest"}


@app.callback()
def image() -> None:
    """Build a stack's images apart from its updates."""


@app.command()
def build(
    stack: Annotated[
        str, typer.Option(help="The stack whose settings say what is built, and whose repository takes it.")
    ],
    what: Annotated[What, typer.Option("--image", help="Which image.")] = What.SERVER,
    on: Annotated[
        On, typer.Option(help="On this machine's Docker engine, or in the CodeBuild project of a stack with codeBuild.")
    ] = On.HERE,
    set_digest: Annotated[bool, typer.Option("--set", help="Name the image in the stack's configuration.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the image as JSON.")] = False,
    root: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
) -> None:
    """Build an image, push it to the stack's repository, and print its digest.

    An image whose content has been pushed before is neither built nor pushed again. A build that fails or is killed
    leaves the stack as it was: only --set changes it, at the end. A build on CodeBuild goes on when this command is
    interrupted; the same command follows it again.

    Example: tfs image build --stack prod --on codebuild --set
    """
    from tfserving.cli.aws import ecr_client, told_plainly
    from tfserving.cli.stack import Stack
    from tfserving.images.building import pushed_digest

    order = _order(Stack(stack, root), what)
    ecr = ecr_client()
    with told_plainly(order.target.repository):
        digest = pushed_digest(ecr, order.target)
        if digest:
            print(f"{order.target.name} has been pushed before.", file=sys.stderr)
        else:
            digest = _BUILDERS[on](order)
    if set_digest:
        order.stack.set(_DIGEST_KEYS[what], digest)
    tag = order.target.tag
    print(json.dumps({"image": digest, "tag": tag, "stack": stack, "set": set_digest}) if as_json else digest)


@dataclass(frozen=True)
class Order:
    """What is to be built, for which stack, and where it goes."""

    stack: "Stack"
    source: "ImageSource"
    target: "Target"


def _order(stack: "Stack", what: What) -> Order:
    from tfserving.images import agent_source, server_source
    from tfserving.images.building import Target
    from tfserving.settings import load_settings

    settings = load_settings({k: v for k, v in stack.configuration().items() if k not in _DIGEST_KEYS.values()})
    repository = stack.outputs().get(f"{what}Repository")
    if not repository:
        raise TfServingError(f"The stack {stack.name!r} has no repository yet. Run `pulumi up` once.")
    server = server_source(settings.images, settings.build, settings.server.version)
    source = server if what is What.SERVER else agent_source(settings.images)
    return Order(stack, source, Target(repository, source.tag(stack.folder)))


def _build_here(order: Order) -> str:
    from tfserving.cli.aws import ecr_client
    from tfserving.images import building

    ecr = ecr_client()
    building.build(order.source, order.stack.folder, order.target)
    try:
        return building.push(ecr, order.target)
    except TfServingError:
        # Somebody else may have pushed the same content in the meantime, and tags are immutable.
        if digest := building.pushed_digest(ecr, order.target):
            return digest
        raise


def _build_on_code_build(order: Order) -> str:
    from tfserving.cli.aws import build_clients, ecr_client
    from tfserving.cli.following import follow
    from tfserving.images import building, code_build

    project = _project(order.stack)
    clients = build_clients()
    build_id = code_build.running_build(clients, project, order.target)
    if build_id:
        print(f"{build_id} builds this already.", file=sys.stderr)
    else:
        build_id = code_build.start_build(clients, project, order.source, order.stack.folder, order.target)
    follow(clients, build_id)
    digest = building.pushed_digest(ecr_client(), order.target)
    if digest is None:
        raise TfServingError(f"The build {build_id} succeeded, but {order.target.name} is not in its repository.")
    return digest


def _project(stack: "Stack") -> "Project":
    from tfserving.images.code_build import Project

    outputs = stack.outputs()
    if "buildProject" not in outputs:
        raise TfServingError(
            f"The stack {stack.name!r} has no CodeBuild project. Set tfserving:codeBuild to true and run `pulumi up`."
        )
    return Project(outputs["buildProject"], outputs["configsBucket"])


_BUILDERS: Final[Mapping[On, Callable[[Order], str]]] = {On.HERE: _build_here, On.CODEBUILD: _build_on_code_build}
