"""The stack's configuration as frozen, validated settings: one model per concern, every mistake reported at once."""

from tfserving.settings.build import BuildSettings
from tfserving.settings.images import ImageSettings
from tfserving.settings.load import NAMESPACE, Settings, load_settings
from tfserving.settings.machine import MachineSettings
from tfserving.settings.network import NetworkSettings
from tfserving.settings.server import ServerSettings
from tfserving.settings.stack import StackSettings
from tfserving.settings.storage import StorageSettings
from tfserving.settings.tls import TlsSettings
from tfserving.settings.update import UpdateSettings

__all__ = [
    "NAMESPACE",
    "BuildSettings",
    "ImageSettings",
    "MachineSettings",
    "NetworkSettings",
    "ServerSettings",
    "Settings",
    "StackSettings",
    "StorageSettings",
    "TlsSettings",
    "UpdateSettings",
    "load_settings",
]
