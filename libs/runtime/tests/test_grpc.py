from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tidelake.runtime.grpc import grpc_server
from tidelake.runtime.health import Health
from tidelake.runtime.ports import PortTaken

_STUB: Any = health_pb2_grpc.HealthStub


def _nothing(server: grpc.aio.Server) -> None:
    """No service but health."""


async def test_the_standard_health_service_says_what_readyz_says():
    health = Health()
    async with (
        grpc_server(health, "127.0.0.1", 0, _nothing) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        stub = _STUB(channel)
        asked = health_pb2.HealthCheckRequest()
        assert (await stub.Check(asked)).status == health_pb2.HealthCheckResponse.NOT_SERVING
        health.set("kafka", True)
        assert (await stub.Check(asked)).status == health_pb2.HealthCheckResponse.SERVING


async def test_a_watcher_is_told_of_each_change():
    health = Health()
    async with (
        grpc_server(health, "127.0.0.1", 0, _nothing) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        watch = _STUB(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        health.set("kafka", True)
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()


async def test_a_port_that_is_taken_is_named():
    async with grpc_server(Health(), "127.0.0.1", 0, _nothing) as port:
        with pytest.raises(PortTaken, match=f"{port}.*DOOR_GRPC_PORT"):
            async with grpc_server(Health(), "127.0.0.1", port, _nothing, "DOOR_GRPC_PORT"):
                pytest.fail("it served")
