"""Look after instances and builds: `python -m local.watchers`."""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

import boto3
import docker
from botocore.exceptions import BotoCoreError, ClientError
from docker.errors import APIError, NotFound

from local.codebuild.watcher import Watcher as BuildWatcher
from local.data_plane.curtain import Curtain
from local.data_plane.hosts import Hosts
from local.ec2.forwarder import PORTS, forward
from local.ec2.watcher import Watcher

PERIOD_SECONDS: Final = 0.5


async def keep_looking(look: Callable[[], None]) -> None:
    """Look every half second."""
    while True:
        try:
            await asyncio.to_thread(look)
        except (NotFound, APIError, BotoCoreError, ClientError, OSError) as error:
            # Containers and instances come and go between two calls; the next look sees what is there then.
            print(f"looking again: {error}", file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
        await asyncio.sleep(PERIOD_SECONDS)


async def serve(instances: Watcher, builds: BuildWatcher) -> None:
    """Look after both, and forward connections meanwhile."""
    for port in PORTS:
        await forward(port, lambda: instances.current.address if instances.current else None)
    # Each at its own pace: a machine does not wait for a builder.
    await asyncio.gather(keep_looking(instances.look), keep_looking(builds.look))


def main() -> None:
    """Watch the rehearsal named in the environment."""
    environment = dict(os.environ)
    hosts = Hosts(
        docker.from_env(),
        network=environment["REHEARSAL_NETWORK"],
        resolver=environment["REHEARSAL_AWS_ADDRESS"],
        labels=json.loads(environment["REHEARSAL_LABELS"]),
    )
    curtain = Curtain.of(environment)
    instances = Watcher(boto3.client("ec2"), boto3.client("iam"), hosts, curtain, environment)
    builds = BuildWatcher(hosts, curtain, environment["REHEARSAL_BUILDER_IMAGE"], environment["AWS_REGION"])
    asyncio.run(serve(instances, builds))


if __name__ == "__main__":
    main()
