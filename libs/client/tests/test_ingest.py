"""The client against scripted answers: what it repeats, under which ids, and what it never repeats."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
import zstandard
from tidelake.client import IngestClient, MaybeKept, NothingTaken, Receipts, RequestRefused

RECORD = {"n": 1}


class Script:
    """Answers requests in turn; the last answer stands for all later ones."""

    def __init__(
        self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
    ) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def keys(self) -> list[str]:
        return [request.headers["idempotency-key"] for request in self.requests]


def client(script: Script, give_up_after: float = 5.0, **more: Any) -> IngestClient:
    span = timedelta(seconds=give_up_after)
    return IngestClient(
        "http://door", "tl_key", give_up_after=span, transport=httpx.MockTransport(script), **more
    )


def receipt(index: int, status: str = "accepted", **more: Any) -> dict[str, Any]:
    if status == "refused":
        rule = {"field": "n", "rule": "type", "value": '"x"', "expected": "a whole number"}
        return {"index": index, "status": status, "broken_rules": [rule]}
    where = {"topic": "events.x", "partition": 0, "offset": 40 + index} if status == "accepted" else {}
    return {"index": index, "status": status, "event_id": f"e{index}", "retry_recognised": True, **where}


def answer(status: int, *receipts: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
    content = {"dataset": "x", "version": "1.0.0", "receipts": list(receipts)}
    return httpx.Response(status, headers=headers, content=orjson.dumps(content))


def problem(status: int, kind: str, headers: dict[str, str] | None = None) -> httpx.Response:
    content = {"type": f"urn:tidelake:problem:{kind}", "title": kind, "detail": "Why.", "next_step": "Do."}
    return httpx.Response(status, headers=headers, content=orjson.dumps(content))


OK = answer(200, receipt(0))
SOON = {"retry-after": "1"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """stamina's pauses, noted and not made."""
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    return pauses


def test_receipts_are_given_back_record_by_record() -> None:
    mixed = answer(207, receipt(0), receipt(1, "refused"))
    with client(Script(mixed)) as lake:
        receipts = lake.publish("x", [RECORD, {"n": "x"}])
    assert [one.offset for one in receipts.accepted] == [40]
    assert receipts.refused[0].broken_rules[0].expected == "a whole number"
    assert receipts.by_status() == {"accepted": 1, "refused": 1}


@pytest.mark.parametrize("status", [413, 422])
def test_records_that_are_all_refused_are_receipts_and_no_error(status: int) -> None:
    with client(Script(answer(status, receipt(0, "refused")))) as lake:
        assert len(lake.publish("x", [RECORD]).refused) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "malformed"), (401, "unauthenticated"), (403, "not-allowed"), (404, "unknown-dataset")],
)
def test_a_request_that_is_wrong_is_never_repeated(status: int, kind: str) -> None:
    script = Script(problem(status, kind))
    with client(script) as lake, pytest.raises(RequestRefused, match=r"Why\. Do\.") as caught:
        lake.publish("x", [RECORD])
    assert len(script.requests) == 1
    assert caught.value.problem.type == kind


@pytest.mark.parametrize(
    "first",
    [
        problem(429, "backpressure", SOON),
        problem(503, "not-ready", SOON),
        answer(503, receipt(0, "unconfirmed"), headers=SOON),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("no answer"),
        httpx.RemoteProtocolError("cut off"),
        httpx.Response(502, content=b"bad gateway"),
    ],
)
def test_what_may_pass_later_is_repeated_under_the_same_ids(first: httpx.Response | Exception) -> None:
    script = Script(first, OK)
    with client(script) as lake:
        receipts = lake.publish("x", [RECORD])
    assert len(receipts.accepted) == 1
    assert script.keys[0] == script.keys[1]
    assert script.requests[0].content == script.requests[1].content


def test_the_door_says_how_long_to_wait(no_waiting: list[float]) -> None:
    with client(Script(problem(429, "backpressure", {"retry-after": "3"}), OK)) as lake:
        lake.publish("x", [RECORD])
    assert no_waiting == [3.0]


def test_a_batch_has_a_key_of_its_own_unless_the_caller_names_one() -> None:
    script = Script(OK)
    with client(script) as lake:
        lake.publish("x", [RECORD])
        lake.publish("x", [RECORD])
        lake.publish("x", [RECORD], idempotency_key="mine")
    assert len(set(script.keys)) == 3
    assert script.keys[2] == "mine"


def test_what_an_earlier_try_accepted_is_not_forgotten() -> None:
    first = answer(503, receipt(0), receipt(1, "unconfirmed"))
    with client(Script(first, answer(200, receipt(0), receipt(1)))) as lake:
        receipts = lake.publish("x", [RECORD, RECORD])
    assert [one.status for one in receipts.earlier[0].receipts] == ["accepted", "unconfirmed"]


class TestGivingUp:
    def test_a_door_that_never_takes_it_took_nothing(self) -> None:
        script = Script(httpx.ConnectError("refused"))
        with (
            client(script, give_up_after=0.05) as lake,
            pytest.raises(NothingTaken, match="can't be reached"),
        ):
            lake.publish("x", [RECORD])

    def test_an_answer_that_was_lost_once_may_be_kept_whatever_comes_later(self) -> None:
        script = Script(httpx.ReadTimeout("no answer"), problem(429, "backpressure"))
        with client(script, give_up_after=0.05) as lake, pytest.raises(MaybeKept) as caught:
            lake.publish("x", [RECORD], idempotency_key="k")
        assert len(script.requests) > 1
        assert caught.value.idempotency_key == "k"

    def test_the_receipts_of_a_batch_that_stays_unconfirmed_are_in_the_error(self) -> None:
        script = Script(answer(503, receipt(0, "unconfirmed")))
        with client(script, give_up_after=0.05) as lake, pytest.raises(MaybeKept) as caught:
            lake.publish("x", [RECORD])
        assert caught.value.attempts[0].receipts[0].status == "unconfirmed"


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_body_may_be_compressed(compression: str) -> None:
    script = Script(OK)
    with client(script, compression=compression) as lake:
        lake.publish("x", [RECORD])
    (request,) = script.requests
    unpack = gzip.decompress if compression == "gzip" else zstandard.ZstdDecompressor().decompress
    assert request.headers["content-encoding"] == compression
    assert unpack(request.content) == b'{"n":1}'


class TestMany:
    def test_every_batch_is_reported_once_and_in_order(self) -> None:
        def answered(request: httpx.Request) -> httpx.Response:
            return answer(200, *(receipt(index) for index in range(request.content.count(b"\n") + 1)))

        seen: list[Receipts] = []
        with client(Script(answered)) as lake:
            sent = lake.publish_many(
                "x", ({"n": n} for n in range(25)), batch=10, in_flight=2, on_receipts=seen.append
            )
        assert [len(receipts.receipts) for receipts in seen] == [10, 10, 5]
        assert (sent.records, sent.accepted, sent.refused) == (25, 25, 0)
        assert sent.bytes_sent == sum(len(orjson.dumps({"n": n})) for n in range(25))

    def test_a_batch_that_fails_ends_it_after_the_ones_before_it_were_reported(self) -> None:
        script = Script(OK, problem(403, "not-allowed"))
        seen: list[Receipts] = []
        with client(script) as lake, pytest.raises(RequestRefused):
            lake.publish_many("x", [RECORD] * 9, batch=1, in_flight=1, on_receipts=seen.append)
        assert len(seen) == 1
        assert len(script.requests) == 2

    def test_nothing_to_send_is_nothing_sent(self) -> None:
        script = Script(OK)
        with client(script) as lake:
            assert lake.publish_many("x", []).records == 0
        assert script.requests == []


def test_a_dataset_that_the_door_does_not_know_yet_is_none() -> None:
    with client(Script(problem(404, "not-found"), httpx.Response(200, json={"version": "1.0.0"}))) as lake:
        assert lake.dataset("x") is None
        assert lake.dataset("x") == {"version": "1.0.0"}
