"""The machine's user-data, once everything it names is known."""

import pulumi

from components.model_store import ModelStore
from components.server_configs import ServerConfigs
from components.server_images import ServerImages
from tfserving.instance_types import vcpus_of
from tfserving.machine import MachinePlan, render_user_data
from tfserving.server_flags import server_command
from tfserving.settings import ServerSettings


def user_data(
    region: pulumi.Input[str],
    server: ServerSettings,
    instance_type: str,
    store: ModelStore,
    configs: ServerConfigs,
    images: ServerImages,
) -> pulumi.Output[str]:
    """Render the user-data of a machine that serves the store's models as the configs say."""
    command = server_command(
        server_version=server.version,
        batching=bool(configs.batching_sha256),
        monitoring=bool(configs.monitoring_sha256),
        flags=server.flags,
        vcpus=vcpus_of(instance_type),
    )

    def render(values: dict[str, str]) -> str:
        plan = MachinePlan(
            **values,
            server_command=tuple(command),
            poll_seconds=server.config_poll_seconds,
            batching_sha256=configs.batching_sha256,
            monitoring_sha256=configs.monitoring_sha256,
        )
        return render_user_data(plan)

    return pulumi.Output.all(
        region=region,
        models_bucket=store.models.name,
        config_bucket=store.configs.name,
        server_image=images.server,
        agent_image=images.agent,
    ).apply(render)
