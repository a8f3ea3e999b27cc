"""The load generator's process: `python -m tidelake.bench.road.generator LOAD REPORT`.

Does as little as it can while it sends, as it shares the processors with what is measured: requests are put
together before, answers are read after.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec
from tidelake.bench.road.load import Answer, Load, LoadReport


@dataclass(frozen=True, slots=True)
class _Raw:
    due: float
    sent: float
    done: float
    status: int
    body: bytes


class _Generator:
    def __init__(self, load: Load, session: aiohttp.ClientSession) -> None:
        self._load = load
        self._session = session
        # The wall clock names the start, the monotonic one measures from there.
        self._zero = time.monotonic() + load.start_at - time.time()
        self._cpu_at: list[float] = []

    async def send_all(self, bodies: Sequence[bytes]) -> tuple[list[_Raw], float]:
        schedule = self._load.schedule
        sending: list[asyncio.Task[_Raw]] = []
        async with asyncio.TaskGroup() as group:
            for request, body in enumerate(bodies):
                due = schedule.due(request)
                if schedule.is_counted(request) and not self._cpu_at:
                    self._cpu_at.append(time.process_time())
                await self._until(due)
                sending.append(group.create_task(self._send(due, body)))
            await self._until(schedule.total_s)
            cpu_seconds = time.process_time() - self._cpu_at[0]
        return [one.result() for one in sending], cpu_seconds

    async def _send(self, due: float, body: bytes) -> _Raw:
        sent = self._now()
        try:
            async with self._session.post(self._load.url, data=body) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return _Raw(due, sent, self._now(), 0, b"")
        return _Raw(due, sent, self._now(), response.status, content)

    async def _until(self, seconds: float) -> None:
        if (left := seconds - self._now()) > 0:
            await asyncio.sleep(left)

    def _now(self) -> float:
        return time.monotonic() - self._zero


def bodies_of(load: Load) -> list[bytes]:
    """The body of each request of the schedule: its events, one a line."""
    lines = Path(load.events).read_bytes().splitlines()
    batch, count = load.schedule.batch, load.schedule.requests
    wanted = (lines[(load.skip + nth) % len(lines)] for nth in range(batch * count))
    return [b"\n".join(next(wanted) for _ in range(batch)) for _ in range(count)]


def positions_in(content: bytes) -> list[tuple[int, int]]:
    """Partition and offset of each accepted event in the door's answer."""
    answer = msgspec.json.decode(content, type=_Receipts)
    return [(one.partition, one.offset) for one in answer.receipts if one.status == "accepted"]


class _Receipt(msgspec.Struct):
    status: str
    partition: int = -1
    offset: int = -1


class _Receipts(msgspec.Struct):
    receipts: list[_Receipt] = []


async def _run(load: Load) -> LoadReport:
    headers = {"authorization": f"Bearer {load.api_key}", "content-type": "application/x-ndjson"}
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=load.connections),
        timeout=aiohttp.ClientTimeout(total=load.timeout_s),
        headers=headers,
    )
    bodies = bodies_of(load)
    async with session:
        raw, cpu_seconds = await _Generator(load, session).send_all(bodies)
    answers = [
        Answer(
            one.due,
            one.sent,
            one.done,
            one.status,
            positions_in(one.body) if one.status in (200, 207) else [],
        )
        for one in raw
    ]
    return LoadReport(answers=answers, cpu_seconds=cpu_seconds)


def main(arguments: Sequence[str]) -> int:
    """Sends the load that the first file names and writes the report to the second."""
    load_file, report_file = map(Path, arguments)
    load = msgspec.json.decode(load_file.read_bytes(), type=Load)
    report_file.write_bytes(msgspec.json.encode(asyncio.run(_run(load))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
