"""Who writes a stack's models.config in S3."""

from pathlib import Path

from tfserving.errors import SettingsError
from tfserving.server_configs.rendering import ModelsConfigWriter
from tfserving.settings import load_settings
from tfserving.stacks.names import project_name, stack_file
from tfserving.stacks.stack_file import read_stack_file

_KEY = "modelsConfigWriter"


def models_config_writer(root: Path, stack: str) -> ModelsConfigWriter:
    """Read from the stack's settings file below `root` who writes models.config.

    Raises SettingsError if the file does not say it in a way that counts, and OSError if it cannot be read.
    """
    origin = stack_file(stack)
    if not (root / origin).exists():
        return load_settings({}).stack.models_config_writer
    found = read_stack_file((root / origin).read_text("utf-8"), origin, project_name(root))
    if found.problems:
        raise SettingsError(found.problems)
    # Mistakes of other settings are for `tfs check` to tell.
    values = {key: value for key, value in found.values.items() if key == _KEY}
    return load_settings(values).stack.models_config_writer
