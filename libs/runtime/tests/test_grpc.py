import asyncio
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


async def test_watchers_never_take_the_last_call():
    async with (
        grpc_server(Health(), "127.0.0.1", 0, _nothing, max_rpcs=20) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        stub, asked = _STUB(channel), health_pb2.HealthCheckRequest()
        watchers = [stub.Watch(asked) for _ in range(2)]
        for watch in watchers:
            await watch.read()
        assert await stub.Watch(asked).code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        await stub.Check(asked)
        watchers[0].cancel()
        async with asyncio.timeout(5):
            while not isinstance(await stub.Watch(asked).read(), health_pb2.HealthCheckResponse):
                await asyncio.sleep(0.01)
        watchers[1].cancel()


async def test_a_call_beyond_the_most_is_refused_at_once():
    async with (
        grpc_server(Health(), "127.0.0.1", 0, _nothing, max_rpcs=1) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as one,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", [("grpc.use_local_subchannel_pool", 1)]) as other,
    ):
        asked = health_pb2.HealthCheckRequest()
        watch = _STUB(one).Watch(asked)
        await watch.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await _STUB(other).Check(asked)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        watch.cancel()


async def test_a_port_that_is_taken_is_named():
    async with grpc_server(Health(), "127.0.0.1", 0, _nothing) as port:
        with pytest.raises(PortTaken, match=f"{port}.*DOOR_GRPC_PORT"):
            async with grpc_server(Health(), "127.0.0.1", port, _nothing, "DOOR_GRPC_PORT"):
                pytest.fail("it served")
