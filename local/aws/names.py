"""Names as machines resolve them: AWS's point to this container, ECR's to the registry, all others go on."""

import subprocess


def serve_names(*, region: str, aws_address: str, registry_address: str) -> "subprocess.Popen[bytes]":
    """Start dnsmasq on the container's own address."""
    return subprocess.Popen(
        [
            "dnsmasq",
            "--keep-in-foreground",
            "--user=root",
            "--bind-interfaces",
            "--except-interface=lo",
            f"--listen-address={aws_address}",
            f"--address=/amazonaws.com/{aws_address}",
            f"--address=/dkr.ecr.{region}.amazonaws.com/{registry_address}",
        ]
    )
