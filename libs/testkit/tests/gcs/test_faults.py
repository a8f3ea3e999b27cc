"""Which calls a fault strikes, and how often."""

import pytest
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.exchange import Request
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.gcs.faults import ALL_WELL, Faults
from tidelake.testkit.gcs.in_process import Ask
from tidelake.testkit.gcs.routes import call_of

COMMIT = Request("PUT", "/lake/t/%5Fdelta%5Flog/00000000000000000001%2Ejson")
READ = Request("GET", "/lake/t/part-0.parquet")
LIST = Request("GET", "/lake", {"list-type": "2", "prefix": "t/_delta_log/"})


def _strikes(rule: FaultRule, *requests: Request) -> list[bool]:
    faults = Faults()
    faults.add(rule)
    return [faults.verdict(request, call_of(request)) != ALL_WELL for request in requests]


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        (FaultRule("status"), [True, True, True]),
        (FaultRule("status", method="PUT"), [True, False, False]),
        (FaultRule("status", call="xml.objects.*"), [True, True, True]),
        (FaultRule("status", call="xml.objects.get"), [False, True, False]),
        (FaultRule("status", path=r"_delta_log/\d+\.json$"), [True, False, False]),
        (FaultRule("status", object_prefix="t/_delta_log/"), [True, False, True]),
        (FaultRule("status", object_prefix="t/", method="GET"), [False, True, True]),
        (FaultRule("status", object_prefix="u/"), [False, False, False]),
    ],
)
def test_all_conditions_of_a_rule_must_hold(rule: FaultRule, struck: list[bool]) -> None:
    assert _strikes(rule, COMMIT, READ, LIST) == struck


def test_a_rule_strikes_as_often_as_it_says_after_letting_some_pass() -> None:
    rule = FaultRule("status", skip=1, count=2)
    assert _strikes(rule, *[READ] * 5) == [False, True, True, False, False]


def test_chance_is_repeatable() -> None:
    rule = FaultRule("status", probability=0.3, seed=7)
    first, second = _strikes(rule, *[READ] * 200), _strikes(rule, *[READ] * 200)
    assert first == second
    assert 30 < sum(first) < 90


def test_rules_that_strike_together_add_up() -> None:
    faults = Faults()
    for rule in (
        FaultRule("latency", seconds=0.1),
        FaultRule("latency", seconds=0.2),
        FaultRule("cut_after"),
        FaultRule("ignore_preconditions"),
    ):
        faults.add(rule)
    verdict = faults.verdict(READ, call_of(READ))
    assert verdict.wait_before == pytest.approx(0.3)
    assert (verdict.cut_before, verdict.cut_after, verdict.ignore_preconditions) == (False, True, True)


def test_a_removed_rule_strikes_no_more() -> None:
    faults = Faults()
    number = faults.add(FaultRule("status"))
    faults.remove(number)
    faults.remove(number)
    assert faults.verdict(READ, call_of(READ)) == ALL_WELL


@pytest.mark.parametrize(
    "rule",
    [FaultRule("status", probability=1.5), FaultRule("status", status=200), FaultRule("status", path="(")],
)
def test_a_rule_that_can_not_be_meant_is_refused(rule: FaultRule) -> None:
    with pytest.raises(Invalid):
        Faults().add(rule)


@pytest.mark.parametrize(("status", "reason"), [(429, b"SlowDown"), (503, b"ServiceUnavailable")])
def test_an_injected_status_does_nothing_and_is_worded_as_google_does(
    ask: Ask, status: int, reason: bytes
) -> None:
    ask.core.faults.add(FaultRule("status", status=status, count=1))
    answer = ask("PUT /lake/a", b"content")
    assert (answer.status, reason in answer.body) == (status, True)
    assert ask.content("a") is None
    assert ask("PUT /lake/a", b"content").status == 200


def test_ignored_preconditions_let_every_writer_win(ask: Ask) -> None:
    ask.put("a")
    number = ask.core.faults.add(FaultRule("ignore_preconditions"))
    absent = {"x-goog-if-generation-match": "0"}
    assert ask("PUT /lake/a", b"second", absent).status == 200
    ask.core.faults.remove(number)
    assert ask("PUT /lake/a", b"third", absent).status == 412


def test_a_fault_finds_the_object_that_a_multipart_upload_names_in_its_metadata(ask: Ask) -> None:
    ask.core.faults.add(FaultRule("status", object_prefix="keys/"))
    line = "POST /upload/storage/v1/b/lake/o?uploadType=multipart"
    related = {"content-type": "multipart/related; boundary=mark"}

    def upload(name: str) -> int:
        body = f'--mark\r\n\r\n{{"name": "{name}"}}\r\n--mark\r\n\r\ncontent\r\n--mark--'
        return ask(line, body.encode(), related).status

    assert (upload("keys/1"), upload("contracts/1")) == (503, 200)


def test_a_fault_strikes_the_parts_of_a_batch_one_by_one(ask: Ask) -> None:
    for name in "ab":
        ask.put(name)
    ask.core.faults.add(FaultRule("status", object_prefix="b"))
    calls = "".join(
        f"--mark\r\nContent-Type: application/http\r\n\r\nDELETE /storage/v1/b/lake/o/{name} HTTP/1.1"
        "\r\n\r\n\r\n"
        for name in "ab"
    )
    answer = ask(
        "POST /batch/storage/v1",
        f"{calls}--mark--".encode(),
        {"content-type": "multipart/mixed; boundary=mark"},
    )
    assert (b"204 No Content" in answer.body, b"503 Service Unavailable" in answer.body) == (True, True)
    assert (ask.content("a"), ask("HEAD /lake/a").status) == (None, 404)
    ask.core.faults.clear()
    assert ask.content("b") is not None
