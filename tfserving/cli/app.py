"""The commands of `tfs`, one module each."""

import typer

from tfserving.cli import image
from tfserving.cli.add import add
from tfserving.cli.adopt import adopt
from tfserving.cli.check import check
from tfserving.cli.history import history
from tfserving.cli.models import models
from tfserving.cli.predict import predict
from tfserving.cli.promote import promote
from tfserving.cli.publish import publish
from tfserving.cli.retire import retire
from tfserving.cli.rollback import rollback
from tfserving.cli.signature import signature
from tfserving.cli.status import status

app = typer.Typer(
    help=(
        "Publish models to a stack's model store, decide which versions are served, and see what machines serve.\n\n"
        "What is served is decided by the server configs under version control: add, promote, retire and rollback "
        "change configs/<stack>/models.config, and `pulumi up` rolls it out. With the setting modelsConfigWriter: tfs, "
        "the same commands with --apply change it in S3."
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
app.command()(add)
app.command()(promote)
app.command()(retire)
app.command()(rollback)
app.command()(history)
app.command()(status)
app.command()(predict)
app.add_typer(image.app, name="image")
