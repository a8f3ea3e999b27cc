"""The one flow behind HTTP and gRPC, at its edges."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_router.core.outcomes import Accepted, Outcome, Refused
from ingest_router.core.refusals import RequestRefused
from ingest_router.flows.accept_events import Batch
from ingest_router.on_twins import DoorOnTwins
from tidelake.contracts.contract import Version
from tidelake.streams.producer import Failed
from tidelake.testkit.clock import FakeClock

PUBLISHED = Path(__file__).parents[1] / "published"
GOOD = b'{"id": "t1", "distance": 12, "started": "2013-01-01T10:00:00Z"}'


def trip(number: int, text: str) -> bytes:
    record = {"id": text, "distance": number, "started": "2013-01-01T10:00:00Z", "driver": None}
    return orjson.dumps(record)


# Anything that a sender may call a record: good ones, wrong ones, ones that are no JSON at all.
RECORDS = st.one_of(
    st.builds(
        trip,
        st.integers(-(2**31), 2**31 - 1),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    ),
    st.just(GOOD),
    st.just(b'{"id": "x' + b"x" * 1100 + b'"}'),
    st.binary(min_size=1, max_size=30).filter(lambda raw: b"\n" not in raw and raw.strip(b" \t\r") != b""),
)
KAFKA = st.lists(st.sampled_from(["kept", "maybe", "surely not"]), max_size=30)


async def opened(clock: FakeClock, **door_settings: object) -> tuple[DoorOnTwins, Any]:
    door = DoorOnTwins(clock, door_settings)
    text = (PUBLISHED / "trips.odcs.yaml").read_text(encoding="utf-8")
    door.publish(text, (PUBLISHED / "trips.schema.json").read_bytes())
    token = door.key_for("terminals")
    await door.look()
    return door, door.door.reception.intake.open(f"Bearer {token}", "trips")


@settings(max_examples=150)
@given(records=st.lists(RECORDS, min_size=1, max_size=30), kafka=KAFKA, as_array=st.booleans())
def test_every_record_gets_exactly_one_receipt_and_the_count_balances(
    records: list[bytes], kafka: list[str], as_array: bool
) -> None:
    async def one_request() -> tuple[DoorOnTwins, list[bytes], Outcome]:
        door, dataset = await opened(FakeClock(), max_record_bytes=1024)
        intake = door.door.reception.intake
        for fate in kafka:
            if fate == "kept":
                break
            door.producer.fail_next(Failed(fate, maybe_kept=fate == "maybe"), kept=False)
        if as_array:
            good = [record for record in records if record.startswith(b"{") and record.endswith(b"}")] or [
                GOOD
            ]
            sent = intake.split(b"[" + b" , ".join(good) + b"]", "application/json")
            assert sent == good
        else:
            sent = intake.split(b"\n".join(records), "application/x-ndjson")
            assert sent == [record.strip(b" \t\r") for record in records]
        return door, sent, await intake.accept(dataset, Batch(sent))

    door, sent, result = asyncio.run(one_request())
    assert [receipt.index for receipt in result.receipts] == list(range(len(sent)))
    counted = result.accepted + result.refused + result.not_taken + result.unconfirmed
    assert result.received == len(sent) == counted
    (count,) = door.door.tally.counts()
    assert count.received == len(sent)
    assert count.received == count.acknowledged + sum(count.refused.values()) + count.unconfirmed
    kept = door.kept("events.trips")
    accepted = [receipt for receipt in result.receipts if isinstance(receipt, Accepted)]
    assert [kept[receipt.offset].value for receipt in accepted] == [
        sent[receipt.index] for receipt in accepted
    ]
    assert len(kept) == len(accepted)


async def test_a_large_request_lets_others_have_their_turn(clock: FakeClock) -> None:
    door, dataset = await opened(clock)
    intake = door.door.reception.intake
    large = asyncio.create_task(intake.accept(dataset, Batch([GOOD] * 5000)))
    await asyncio.sleep(0)
    await intake.accept(dataset, Batch([GOOD]))
    assert not large.done()
    assert (await large).accepted == 5000


async def test_records_of_an_older_contract_are_checked_by_the_newest(clock: FakeClock) -> None:
    door, dataset = await opened(clock)
    text = (PUBLISHED / "trips.odcs.yaml").read_text(encoding="utf-8").replace("1.0.0", "1.1.0")
    schema = orjson.loads((PUBLISHED / "trips.schema.json").read_bytes())
    schema["properties"]["distance"]["maximum"] = 10
    door.publish(text, orjson.dumps(schema))
    await door.look()
    intake = door.door.reception.intake
    token = door.key_for("terminals")
    await door.look()
    newest = intake.open(f"Bearer {token}", "trips")
    assert (await intake.accept(dataset, Batch([GOOD]))).version == Version(1, 0, 0)
    result = await intake.accept(newest, Batch([GOOD]))
    assert result.version == Version(1, 1, 0)
    assert isinstance(result.receipts[0], Refused)


async def test_a_drain_waits_for_what_kafka_has_and_refuses_what_comes(clock: FakeClock) -> None:
    door, dataset = await opened(clock)
    intake = door.door.reception.intake
    door.producer.hold()
    sending = asyncio.create_task(intake.accept(dataset, Batch([GOOD])))
    await asyncio.sleep(0.01)
    draining = asyncio.create_task(intake.drain())
    await asyncio.sleep(0.01)
    assert not draining.done()
    with pytest.raises(RequestRefused, match="it stops"):
        intake.open("Bearer x", "trips")
    door.producer.release()
    await draining
    assert (await sending).accepted == 1


async def test_a_bearer_scheme_is_read_whatever_its_case(clock: FakeClock) -> None:
    door, _ = await opened(clock)
    token = door.key_for("terminals")
    await door.look()
    assert door.door.reception.intake.open(f"bearer  {token} ", "trips").producer == "terminals"


async def test_a_request_of_wrong_records_is_not_answered_by_a_library(clock: FakeClock) -> None:
    door, dataset = await opened(clock)
    result = await door.door.reception.intake.accept(dataset, Batch([b"{}"] * 150))
    told = [len(receipt.broken_rules) for receipt in result.receipts if isinstance(receipt, Refused)]
    assert told == [3] * 100 + [1] * 50
