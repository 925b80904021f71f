"""Print key and certificates as a tar archive of the files for server and agent.

`python -m tfserving.agent.tls SECRET_ARN [VERSION_ID]`
"""

import datetime
import io
import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import grpc

from tfserving.agent.channel import EXPIRES, SECONDS, credentials, options
from tfserving.agent.secrets import read_secret, secrets_client, told
from tfserving.agent.tls_secret import TlsMaterial, parse_tls_secret
from tfserving.errors import TfServingError

# The users of the two images.
AGENT_USER: Final = 10500
SERVER_USER: Final = 10501
_OWNER_READS: Final = 0o400
_OWNER_ENTERS: Final = 0o500


@dataclass(frozen=True)
class _File:
    path: str
    owner: int
    content: bytes


def main() -> None:
    """Print the archive; the exit code is 1, and the reasons on stderr, if the secret is not fit for it."""
    secret, *version = sys.argv[1:]
    try:
        text = read_secret(
            secrets_client(os.environ["AWS_REGION"]), secret, what="secret for TLS", version="".join(version)
        )
        material = parse_tls_secret(text, secret, datetime.datetime.now(tz=datetime.UTC))
        shake_hands(material, secret)
    except TfServingError as error:
        sys.exit(told(error))
    sys.stdout.buffer.write(archive(material))


def archive(material: TlsMaterial) -> bytes:
    """Pack the files, each for its owner only: `server/` for the server's container, `agent/` for the agent's."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for folder, owner in (("server", SERVER_USER), ("agent", AGENT_USER)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, _OWNER_ENTERS, owner, owner
            tar.addfile(entry)
        for file in _files(material):
            entry = tarfile.TarInfo(file.path)
            entry.size, entry.mode, entry.uid, entry.gid = len(file.content), _OWNER_READS, file.owner, file.owner
            tar.addfile(entry, io.BytesIO(file.content))
    return packed.getvalue()


def _files(material: TlsMaterial) -> Iterator[_File]:
    yield _File("server/ssl.config", SERVER_USER, material.ssl_config.encode())
    yield from (_File(f"agent/{name}", AGENT_USER, content) for name, content in agent_files(material).items())


def agent_files(material: TlsMaterial) -> dict[str, bytes]:
    """Give what the agent trusts, which is the server's own certificate alone, and what it shows where it is asked to.

    The names are those that tfserving.agent.channel reads.
    """
    files = {
        "roots.pem": material.server.leaf_text,
        "name": material.name.encode(),
        EXPIRES: material.expires.isoformat().encode(),
    }
    if material.client:
        files |= {"client.pem": material.client.chain, "client_key.pem": material.client.key}
    return files


def shake_hands(material: TlsMaterial, origin: str) -> None:
    """Let a server with this material and a client with the agent's meet once, in this process.

    Raises TfServingError if gRPC's own TLS, the same as in the model server, does not let them.
    """
    pair = (material.server.key, material.server.chain)
    roots = material.custom_ca or None
    keys = grpc.ssl_server_credentials([pair], root_certificates=roots, require_client_auth=material.client is not None)
    files = agent_files(material)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as workers:
        server = grpc.server(workers)
        address = f"unix:{folder}/socket"
        try:
            server.add_secure_port(address, keys)
        except RuntimeError:
            raise TfServingError(f"{origin}: gRPC refuses the server's key and certificates.") from None
        server.start()
        try:
            with grpc.secure_channel(address, credentials(files), options(files)) as channel:
                channel.unary_unary("/handshake", bytes, bytes)(b"", timeout=SECONDS)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNIMPLEMENTED:
                raise TfServingError(
                    f"{origin}: the agent and a server with these do not trust each other: {error.details()}"
                ) from None
        finally:
            server.stop(None).wait()


if __name__ == "__main__":
    main()
