"""Print the `config` block of Pulumi.yaml, made from the settings: `python -m tfserving.settings`."""

import yaml

from tfserving.settings.schema import config_block

print(yaml.safe_dump({"config": config_block()}, sort_keys=False, width=120), end="")
