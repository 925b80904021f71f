"""The command line of tensorflow_model_server: its flags, who may set them, and how it is started."""

from tfserving.server_flags.checking import check_flags
from tfserving.server_flags.command import FROM_AGENT, ConfigSource, from_s3, render_flags, server_command
from tfserving.server_flags.table import FLAGS, Flag

__all__ = ["FLAGS", "FROM_AGENT", "ConfigSource", "Flag", "check_flags", "from_s3", "render_flags", "server_command"]
