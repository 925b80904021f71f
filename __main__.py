"""One stack: settings to components to outputs."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.access_keys import AccessKeys, AccessKeysArgs
from components.configuration import read_configuration
from components.gate import GateArgs, wait_until_serving
from components.image_builder import ImageBuilder, ImageBuilderArgs
from components.machine_identity import MachineIdentity, MachineIdentityArgs
from components.model_registry import ModelRegistry
from components.model_server import ModelServer, ModelServerArgs
from components.model_store import ModelStore, ModelStoreArgs
from components.naming import resource_prefix
from components.server_configs import ServerConfigs, ServerConfigsArgs
from components.server_images import ServerImages, ServerImagesArgs
from components.user_data import user_data

folder = Path(__file__).parent
settings, config_files = read_configuration(folder)
name = resource_prefix(pulumi.get_project(), pulumi.get_stack())
protected = settings.stack.protected
tags = {"Project": pulumi.get_project(), "Stack": pulumi.get_stack(), **settings.stack.tags}

region = aws.get_region_output().region
key = settings.storage.kms_key_arn

store = ModelStore(
    name,
    ModelStoreArgs(
        protected=protected,
        kms_key_arn=key,
        access_logs_bucket=settings.storage.access_logs_bucket,
        models_bucket=settings.storage.models_bucket,
        tags=tags,
    ),
)
registry = ModelRegistry(
    f"{name}-registry",
    configs_bucket=store.configs.name,
    protected=protected,
    kms_key_arn=key,
    tags=tags,
)
configs = ServerConfigs(
    f"{name}-config",
    ServerConfigsArgs(
        files=config_files,
        bucket=store.configs.name,
        models_bucket=store.models.name,
        models_writer=settings.stack.models_config_writer,
        protected=protected,
        tags=tags,
    ),
)
images = ServerImages(
    name,
    ServerImagesArgs(
        images=settings.images,
        build=settings.build,
        server_version=settings.server.version,
        folder=folder,
        protected=protected,
        kms_key_arn=key,
        tags=tags,
    ),
)
builder = settings.build.code_build and ImageBuilder(
    f"{name}-build",
    ImageBuilderArgs(
        build=settings.build,
        buildspec=(folder / "dockerfiles/buildspec.yml").read_text(),
        bucket=store.configs.name,
        bucket_arn=store.configs.arn,
        repository_arns=[repository.arn for repository in images.repositories.values()],
        bases=images.bases,
        account=images.account,
        kms_key_arn=key,
        tags=tags,
    ),
)
keys = settings.server.native and AccessKeys(
    f"{name}-server",
    AccessKeysArgs(
        names=settings.server.key_names,
        models_bucket_arn=store.models.arn,
        configs_bucket_arn=store.configs.arn,
        protected=protected,
        kms_key_arn=key,
        tags=tags,
    ),
)
identity = MachineIdentity(
    f"{name}-machine",
    MachineIdentityArgs(
        models_bucket_arn=store.models.arn,
        configs_bucket_arn=store.configs.arn,
        repository_arns=images.repository_arns,
        secret_arns=keys.secret_arns if keys else [],
        account=images.account,
        kms_key_arn=key,
        tls_secret=settings.tls.secret,
        tls_kms_key=settings.tls.kms_key,
        tags=tags,
    ),
)
server = ModelServer(
    f"{name}-server",
    ModelServerArgs(
        machine=settings.machine,
        network=settings.network,
        rest=settings.server.rest,
        instance_profile=identity.instance_profile.name,
        user_data=user_data(region, settings, store, configs, images, keys or None),
        region=region,
        account=images.account,
        reads_secrets=bool(keys or settings.tls.secret),
        kms_key_arn=key,
        server_image=images.server,
        tags=tags,
    ),
)
wait_until_serving(
    GateArgs(
        update=settings.update,
        configs_bucket=store.configs.name,
        instance_ids=[server.instance.id],
        config_versions=configs.version_ids,
        poll_seconds=settings.server.poll_seconds if settings.server.native else 0,
    ),
    server,
)

pulumi.export("modelsBucket", store.models.name)
pulumi.export("configsBucket", store.configs.name)
pulumi.export("registryTable", registry.name)
pulumi.export("configVersions", configs.version_ids)
pulumi.export("serverRepository", images.repositories["server"].url)
pulumi.export("agentRepository", images.repositories["agent"].url)
if builder:
    pulumi.export("buildProject", builder.project.name)
pulumi.export("serverImage", images.server)
pulumi.export("agentImage", images.agent)
pulumi.export("instanceId", server.instance.id)
pulumi.export("privateIp", server.instance.private_ip)
if settings.network.public_ip:
    pulumi.export("publicIp", server.instance.public_ip)
pulumi.export("grpcEndpoint", pulumi.Output.concat(server.instance.private_ip, ":8500"))
if settings.server.rest:
    pulumi.export("restEndpoint", pulumi.Output.concat("http://", server.instance.private_ip, ":8501"))
pulumi.export("readyUrl", pulumi.Output.concat("http://", server.instance.private_ip, ":8502/ready"))
pulumi.export("securityGroup", server.security_group.id)
