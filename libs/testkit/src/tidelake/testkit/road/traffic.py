"""Senders that run beside a test and keep every receipt: the count that the lake did not make."""

import itertools
import random
import threading
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self, cast

import orjson
from confluent_kafka import KafkaError, Message, Producer
from tidelake.client.errors import IngestError
from tidelake.client.ingest import IngestClient
from tidelake.client.receipts import Receipts
from tidelake.testkit.road.records import Position
from tidelake.testkit.road.waiting import until


class _Beside:
    """Runs `_send_once` in threads until stopped, and lets nothing that they raise go unseen.

    `acknowledged`: at which position, with which bytes.
    """

    def __init__(self, threads: int, seed: int) -> None:
        self.acknowledged: dict[Position, bytes] = {}
        self._stopping = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed + nth),), daemon=True)
            for nth in range(threads)
        ]

    def start(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, within: float = 60.0) -> None:
        """Ends the traffic and waits for what is under way. Raises what a sender raised."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(within)
            assert not thread.is_alive(), f"a sender still waits for its answer after {within:g} s"
        self._finish(within)
        if self._failures:
            raise self._failures[0]

    def until_acknowledged(self, more: int, within: float = 30.0) -> None:
        """Waits for that many acknowledged records more than there are now. Raises what a sender raised."""
        wanted = len(self.acknowledged) + more
        until(
            lambda: self._failures or len(self.acknowledged) >= wanted,
            within,
            lambda: f"{wanted} acknowledged records; there are {len(self.acknowledged)}",
        )
        if self._failures:
            raise self._failures[0]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.stop()
        else:
            self._stopping.set()

    def _run(self, chance: random.Random) -> None:
        while not self._stopping.is_set():
            try:
                self._send_once(chance)
            except BaseException as failure:  # noqa: BLE001  # told by stop()
                self._failures.append(failure)
                return

    def _send_once(self, chance: random.Random) -> None:
        raise NotImplementedError

    def _finish(self, within: float) -> None: ...


class DoorTraffic(_Beside):
    """Good records through the door by HTTP, batch after batch, each repeated until it is answered."""

    def __init__(
        self,
        url: str,
        api_key: str,
        dataset: str,
        topic_id: str,
        *,
        seed: int,
        senders: int = 2,
        batch: int = 20,
        every: timedelta = timedelta(milliseconds=10),
        give_up_after: timedelta = timedelta(seconds=60),
    ) -> None:
        super().__init__(senders, seed)
        self.errors: list[IngestError] = []
        self._give_up = give_up_after
        self._client = IngestClient(url, api_key, give_up_after=give_up_after)
        self._dataset = dataset
        self._topic_id = topic_id
        self._batch = batch
        self._every_s = every.total_seconds()
        self._run_id = uuid.uuid4().hex[:8]
        self._numbers = itertools.count()

    def _send_once(self, chance: random.Random) -> None:
        records = [self._record(chance) for _ in range(self._batch)]
        try:
            receipts = self._client.publish(self._dataset, records)
        except IngestError as error:
            if not self._stopping.is_set() and self._give_up > timedelta(seconds=5):
                raise
            self.errors.append(error)
        else:
            self._keep(records, receipts)
        self._stopping.wait(self._every_s * 2 * chance.random())

    def _record(self, chance: random.Random) -> bytes:
        number = next(self._numbers)
        text = "x" * chance.randrange(200)
        return orjson.dumps({"id": f"{self._run_id}-{number}", "n": number, "text": text})

    def _keep(self, records: list[bytes], receipts: Receipts) -> None:
        for answered in (receipts, *receipts.earlier):
            for receipt in answered.accepted:
                assert receipt.partition is not None
                assert receipt.offset is not None
                position = Position(self._topic_id, receipt.partition, receipt.offset)
                self.acknowledged[position] = records[receipt.index]

    def _finish(self, within: float) -> None:  # noqa: ARG002
        self._client.close()


class KafkaTraffic(_Beside):
    """Records straight to Kafka, as fast as `per_second`, to given partitions in turn."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        topic_id: str,
        partitions: int,
        *,
        seed: int,
        per_second: int = 400,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(1, seed)
        self._topic = topic
        self._topic_id = topic_id
        self._partitions = itertools.cycle(range(partitions))
        self._every_s = 20 / per_second
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 5,
                "delivery.timeout.ms": 60_000,
                "log_level": 2,
                **(settings or {}),
            }
        )

    def send(
        self, records: int, partition: int | None = None, size: int | None = None, within: float = 30.0
    ) -> None:
        """Sends so many now and returns when Kafka has acknowledged them. Without `start`, for one thread."""
        chance = random.Random(records)
        for _ in range(records):
            self._produce(chance, next(self._partitions) if partition is None else partition, size)
        self._finish(within)

    def _send_once(self, chance: random.Random) -> None:
        for _ in range(20):
            self._produce(chance, next(self._partitions))
        self._producer.poll(0)
        self._stopping.wait(self._every_s)

    def _produce(self, chance: random.Random, partition: int, size: int | None = None) -> None:
        value = chance.randbytes(chance.randrange(200) if size is None else size)
        self._producer.produce(
            self._topic, value, key=chance.randbytes(8), partition=partition, on_delivery=self._delivered
        )

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            at = cast("tuple[int, int]", (message.partition(), message.offset()))
            self.acknowledged[Position(self._topic_id, *at)] = cast("bytes", message.value())

    def _finish(self, within: float) -> None:
        left: Any = self._producer.flush(within)
        assert not left, f"{left} records were not acknowledged within {within:g} s"
