"""The machine's user-data, once everything it names is known."""

import pulumi

from components.access_keys import AccessKeys
from components.model_store import ModelStore
from components.server_configs import ServerConfigs
from components.server_images import ServerImages
from tfserving.instance_types import vcpus_of
from tfserving.machine import MachinePlan, render_user_data
from tfserving.server_flags import FROM_AGENT, from_s3, server_command
from tfserving.settings import Settings


def user_data(
    region: pulumi.Input[str],
    settings: Settings,
    store: ModelStore,
    configs: ServerConfigs,
    images: ServerImages,
    keys: AccessKeys | None,
) -> pulumi.Output[str]:
    """Render the user-data of a machine that serves the store's models as the configs say."""
    server = settings.server
    _warn_of_open_rest(settings)

    def render(values: dict[str, str]) -> str:
        plan = MachinePlan(
            **values,
            server_command=tuple(_command(settings, configs, values["config_bucket"])),
            poll_seconds=server.agent_poll_seconds,
            batching_sha256=configs.batching_sha256,
            monitoring_sha256=configs.monitoring_sha256,
            session_sha256=configs.session_sha256,
            rest=server.rest,
            tls_secret=settings.tls.secret,
            tls_version=settings.tls.version,
            needs=settings.images.needs_in_order,
            gpu=settings.images.kind == "gpu",
            gpu_memory_growth=server.gpu_memory_growth,
        )
        return render_user_data(plan)

    return pulumi.Output.all(
        region=region,
        models_bucket=store.models.name,
        config_bucket=store.configs.name,
        server_image=images.server,
        agent_image=images.agent,
        access_key=keys.secret_arn if keys else "",
    ).apply(render)


def _warn_of_open_rest(settings: Settings) -> None:
    callers = (*settings.network.caller_cidrs, *settings.network.caller_security_groups)
    if settings.tls.secret and settings.server.rest and callers:
        pulumi.log.warn(
            "tfserving:tlsSecret is for gRPC: whoever may call reaches the same models over REST in the clear, and "
            "without a certificate. `pulumi config set rest false` closes REST."
        )


def _command(settings: Settings, configs: ServerConfigs, config_bucket: str) -> list[str]:
    server = settings.server
    return server_command(
        server_version=server.version,
        batching=bool(configs.batching_sha256),
        monitoring=bool(configs.monitoring_sha256),
        session=bool(configs.session_sha256),
        tls=bool(settings.tls.secret),
        rest=server.rest,
        flags=server.flags,
        vcpus=vcpus_of(settings.machine.instance_type),
        gpu_memory_fraction=server.gpu_memory_percent / 100,
        source=from_s3(config_bucket, server.poll_seconds) if server.native else FROM_AGENT,
    )
