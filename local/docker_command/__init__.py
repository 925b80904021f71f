"""The docker command as the rehearsal's program finds it: pushes to ECR go to the rehearsal's registry."""

from local.docker_command.command import lay

__all__ = ["lay"]
