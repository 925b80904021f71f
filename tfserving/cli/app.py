"""The commands of `tfs`, one module each."""

import typer

from tfserving.cli import image
from tfserving.cli.adopt import adopt
from tfserving.cli.check import check
from tfserving.cli.models import models
from tfserving.cli.predict import predict
from tfserving.cli.publish import publish
from tfserving.cli.signature import signature
from tfserving.cli.status import status

app = typer.Typer(
    help=(
        "Publish models to a stack's model store, and see what its machines serve.\n\n"
        "What is served is decided by the server configs under version control: change configs/<stack>/models.config "
        "and run `pulumi up`."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(publish)
app.command()(adopt)
app.command()(models)
app.command()(signature)
app.command()(check)
app.command()(status)
app.command()(predict)
app.add_typer(image.app, name="image")
