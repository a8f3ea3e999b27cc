from datetime import timedelta

import pytest
from tidelake.client.answers import parse_problem, parse_receipts, parse_retry_after


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b'{"receipts": 1}'])
def test_an_answer_that_is_not_the_doors_has_no_receipts(content: bytes) -> None:
    assert parse_receipts(content) is None


def test_an_answer_of_a_proxy_is_told_as_it_came() -> None:
    problem = parse_problem(b"<html>502 Bad Gateway</html>", 502)
    assert problem.status == 502
    assert "Bad Gateway" in problem.detail


@pytest.mark.parametrize(("text", "span"), [("2", timedelta(seconds=2)), ("Wed, 21 Oct", None), ("", None)])
def test_only_seconds_are_read_as_retry_after(text: str, span: timedelta | None) -> None:
    assert parse_retry_after({"retry-after": text}) == span


def test_a_field_added_to_receipts_later_harms_no_older_client() -> None:
    content = (
        b'{"dataset":"x","version":"1.0.0","receipts":[{"index":0,"status":"accepted","new_field":1,'
        b'"event_id":"e","topic":"t","partition":0,"offset":3,"retry_recognised":true}]}'
    )
    receipts = parse_receipts(content)
    assert receipts is not None
    assert receipts.receipts[0].offset == 3
