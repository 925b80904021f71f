"""TensorFlow Serving's own configuration files: found, checked, each mistake at its line, and written."""

from tfserving.server_configs.batching import check_batching, parse_batching
from tfserving.server_configs.files import (
    BOOT_FILES,
    ServerConfigFile,
    ServerConfigFiles,
    check_server_configs,
    find_server_configs,
)
from tfserving.server_configs.models import check_models, parse_models
from tfserving.server_configs.monitoring import check_monitoring, parse_monitoring
from tfserving.server_configs.rendering import ModelsConfigWriter, local_models_config, store_models_config
from tfserving.server_configs.session import check_session, parse_session

__all__ = [
    "BOOT_FILES",
    "ModelsConfigWriter",
    "ServerConfigFile",
    "ServerConfigFiles",
    "check_batching",
    "check_models",
    "check_monitoring",
    "check_server_configs",
    "check_session",
    "find_server_configs",
    "local_models_config",
    "parse_batching",
    "parse_models",
    "parse_monitoring",
    "parse_session",
    "store_models_config",
]
