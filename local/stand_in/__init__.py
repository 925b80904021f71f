"""A stand-in for tensorflow_model_server, for where the image cannot be had: same flags, files, APIs and traps."""

NOTICE = "stand-in for tensorflow_model_server, not the real one"
