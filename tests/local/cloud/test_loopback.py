"""Ports on loopback."""

import socket

import pytest

from local.cloud import Ports
from local.cloud.loopback import PortsInUseError, demand_free, free_ports, is_free


def test_a_port_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert not is_free(listening.getsockname()[1])


def test_three_different_free_ports_are_found() -> None:
    ports = free_ports()
    assert len({ports.grpc, ports.rest, ports.agent}) == 3
    demand_free(ports)


def test_every_port_in_use_is_named_with_its_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        taken = (first.getsockname()[1], second.getsockname()[1])
        with pytest.raises(PortsInUseError) as refused:
            demand_free(Ports(grpc=taken[0], rest=free_ports().rest, agent=taken[1]))
    said = str(refused.value)
    assert f"port {taken[0]}" in said
    assert f"port {taken[1]}" in said
    assert "LOCAL_GRPC_PORT=" in said
    assert "LOCAL_AGENT_PORT=" in said
    assert "LOCAL_REST_PORT=" not in said
