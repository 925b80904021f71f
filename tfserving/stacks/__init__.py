"""The stacks of a project folder, checked without Pulumi: their names, their settings, their server configs."""

from tfserving.stacks.checking import Checked, check_stack
from tfserving.stacks.fit import file_misfits
from tfserving.stacks.names import known_stacks, stack_name
from tfserving.stacks.stack_file import StackFile, read_stack_file
from tfserving.stacks.writer import models_config_writer

__all__ = [
    "Checked",
    "StackFile",
    "check_stack",
    "file_misfits",
    "known_stacks",
    "models_config_writer",
    "read_stack_file",
    "stack_name",
]
