"""Machine plans the tests render."""

from dataclasses import replace

from tfserving.machine import MachinePlan
from tfserving.server_flags import from_s3, server_command

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"

DEFAULT = MachinePlan(
    region="eu-central-1",
    models_bucket="tfserving-dev-models-1a2b3c4",
    config_bucket="tfserving-dev-configs-1a2b3c4",
    server_image=f"{ECR}/tfserving-dev-server@sha256:{'a' * 64}",
    agent_image=f"{ECR}/tfserving-dev-agent@sha256:{'b' * 64}",
    server_command=tuple(server_command(server_version="2.20.0", batching=True, monitoring=True, vcpus=2)),
    poll_seconds=15,
    batching_sha256="c" * 64,
    monitoring_sha256="d" * 64,
    needs=("sse4_1", "sse4_2", "avx", "avx2", "fma"),
)
BARE = MachinePlan(
    region="us-east-1",
    models_bucket="models",
    config_bucket="configs",
    server_image=f"registry.example/server@sha256:{'a' * 64}",
    agent_image=f"registry.example/agent@sha256:{'b' * 64}",
    server_command=tuple(server_command(server_version="2.14.1", batching=False, monitoring=False)),
    poll_seconds=60,
)
GPU = replace(
    DEFAULT,
    server_command=tuple(
        server_command(server_version="2.20.0", batching=True, monitoring=True, vcpus=4, gpu_memory_fraction=0.5)
    ),
    needs=(*DEFAULT.needs, "nvidia"),
    gpu=True,
    gpu_memory_growth=True,
)
NATIVE = replace(
    DEFAULT,
    server_command=tuple(
        server_command(
            server_version="2.6.5",
            batching=True,
            monitoring=True,
            vcpus=2,
            source=from_s3("tfserving-dev-configs-1a2b3c4", 3600),
        )
    ),
    access_key="arn:aws:secretsmanager:eu-central-1:123456789012:secret:tfserving-dev-server-first-1a2b3c4-AbCdEf",
)
TLS = replace(
    DEFAULT,
    server_command=tuple(
        server_command(
            server_version="2.20.0", batching=True, monitoring=False, session=True, tls=True, rest=False, vcpus=2
        )
    ),
    monitoring_sha256="",
    session_sha256="e" * 64,
    rest=False,
    tls_secret="arn:aws:secretsmanager:eu-central-1:123456789012:secret:model-server-tls-AbCdEf",
    tls_version="a1b2c3d4-0000-1111-2222-333344445555",
)
PLANS = {"default": DEFAULT, "bare": BARE, "gpu": GPU, "native": NATIVE, "tls": TLS}
