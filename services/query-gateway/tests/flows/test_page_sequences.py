"""Pages of an answer: read once more, by their asker alone, and ended in Trino when nobody comes for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from query_gateway.core.as_of import AsOf
from query_gateway.core.question import Question
from query_gateway.core.refusals import QuestionRefused, Reason
from query_gateway.flows import page_sequences
from query_gateway.flows.ask import Answer
from query_gateway.flows.page_sequences import PageSequences
from query_gateway.outbound.trino import Read, Statement
from tidelake.runtime.shutdown import Deadline
from tidelake.testkit.clock import FakeClock

IDLE, TIMEOUT = timedelta(seconds=60), timedelta(seconds=600)


class TrinoOf:
    """What a statement asks of Trino: its rows in some parts. Knows which statements were ended early."""

    def __init__(self, parts: Sequence[Sequence[int]]) -> None:
        self._parts = list(parts)
        self.cancelled: list[str] = []

    def page(self) -> Read:
        rows = [[value] for value in self._parts.pop(0)] if self._parts else []
        column: dict[str, Any] = {
            "name": "x",
            "type": "bigint",
            "typeSignature": {"rawType": "bigint", "arguments": []},
        }
        more = {"nextUri": "next"} if self._parts else {}
        return Read({"id": "query-1", "data": rows, "columns": [column], **more}, len(rows))

    async def get(self, uri: str, query_id: str) -> Read:
        await asyncio.sleep(0)  # as whatever comes over a network
        return self.page()

    def cancel(self, uri: str, query_id: str) -> None:
        self.cancelled.append(query_id)


class Pages:
    """Sequences over one answer of 7 rows in parts of 3, read 2 a page."""

    def __init__(self, clock: FakeClock, max_rows: int = 100) -> None:
        self.trino = TrinoOf([[0, 1, 2], [3, 4, 5], [6]])
        statement = Statement(cast("Any", self.trino), self.trino.page())
        question = Question("select x", (), AsOf(), max_rows, TIMEOUT, 2)
        self.answer = Answer(statement, question, {"silver.trips": 3}, Deadline(question.timeout, clock))
        self.left: list[Answer] = []

        def leave(answer: Answer) -> None:
            self.left.append(answer)
            answer.close()

        self.sequences = PageSequences(
            cast("Any", SimpleNamespace(leave=leave, retry_after=timedelta(seconds=1))), clock, IDLE
        )

    async def begin(self, page_rows: int = 2) -> Any:
        await self.answer.open()
        return await self.sequences.begin("analysts", self.answer, page_rows)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pages(clock: FakeClock) -> Pages:
    return Pages(clock)


async def refused(ask: Callable[[], Any]) -> Reason:
    with pytest.raises(QuestionRefused) as caught:
        await ask()
    return caught.value.reason


async def test_all_rows_come_in_order_and_the_last_page_says_so(pages: Pages) -> None:
    page = await pages.begin()
    rows = list(page.rows)
    while page.next_number is not None:
        page = await pages.sequences.page("analysts", page.sequence, page.next_number)
        rows += page.rows
    assert rows == [[value] for value in range(7)]
    assert (page.number, page.cut, page.versions) == (3, False, {"silver.trips": 3})
    assert pages.left == [pages.answer]
    assert pages.trino.cancelled == [], "it had ended by itself"


async def test_a_page_whose_answer_was_lost_is_had_again_and_no_other(pages: Pages) -> None:
    first = await pages.begin()
    second = await pages.sequences.page("analysts", first.sequence, 1)
    assert await pages.sequences.page("analysts", first.sequence, 1) == second
    assert await refused(lambda: pages.sequences.page("analysts", first.sequence, 0)) == Reason.UNKNOWN_QUERY
    assert await refused(lambda: pages.sequences.page("analysts", first.sequence, 3)) == Reason.UNKNOWN_QUERY


async def test_pages_are_nobody_elses(pages: Pages) -> None:
    first = await pages.begin()
    assert await refused(lambda: pages.sequences.page("couriers", first.sequence, 1)) == Reason.UNKNOWN_QUERY
    with pytest.raises(QuestionRefused):
        pages.sequences.cancel("couriers", first.sequence)
    assert not pages.left


async def test_pages_that_nobody_comes_for_end_the_query(pages: Pages, clock: FakeClock) -> None:
    first = await pages.begin()
    clock.advance(IDLE)
    pages.sequences.end_idle()
    second = await pages.sequences.page("analysts", first.sequence, 1)
    clock.advance(IDLE + timedelta(seconds=1))
    pages.sequences.end_idle()
    assert pages.trino.cancelled == ["query-1"]
    assert second.next_number == 2
    assert await refused(lambda: pages.sequences.page("analysts", first.sequence, 2)) == Reason.UNKNOWN_QUERY


async def test_rows_beyond_the_limit_are_cut_at_the_last_page_and_the_query_ends(clock: FakeClock) -> None:
    pages = Pages(clock, max_rows=4)
    page = await pages.begin()
    assert not page.cut
    page = await pages.sequences.page("analysts", page.sequence, 1)
    assert (list(page.rows), page.cut, page.next_number) == ([[2], [3]], True, None)
    assert pages.trino.cancelled == ["query-1"]


async def test_the_time_limit_holds_for_all_pages_together(pages: Pages, clock: FakeClock) -> None:
    first = await pages.begin()
    await pages.sequences.page("analysts", first.sequence, 1)  # reads on to the sixth row
    clock.advance(TIMEOUT)
    assert await refused(lambda: pages.sequences.page("analysts", first.sequence, 2)) == Reason.TIME_LIMIT
    assert pages.trino.cancelled == ["query-1"]


async def test_a_first_page_that_takes_long_is_not_abandoned(pages: Pages, clock: FakeClock) -> None:
    taken = pages.trino.get

    async def slowly(uri: str, query_id: str) -> Read:
        clock.advance(IDLE + timedelta(seconds=1))
        pages.sequences.end_idle()
        return await taken(uri, query_id)

    pages.trino.get = slowly
    page = await pages.begin(page_rows=6)
    assert len(page.rows) == 6
    assert pages.trino.cancelled == []


async def test_a_page_of_large_rows_has_fewer(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_sequences, "MOST_PAGE_BYTES", 2)  # a byte a row
    page = await pages.begin(page_rows=100)
    sizes, rows = [len(page.rows)], list(page.rows)
    while page.next_number is not None:
        page = await pages.sequences.page("analysts", page.sequence, page.next_number)
        sizes.append(len(page.rows))
        rows += page.rows
    assert rows == [[value] for value in range(7)]
    assert max(sizes) <= 3


async def test_a_role_has_so_many_answers_open_and_no_more(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_sequences, "MOST_OPEN", 1)
    first = await pages.begin()
    assert await refused(lambda: pages.sequences.begin("analysts", pages.answer, 2)) == Reason.QUEUE_FULL
    assert pages.left == [pages.answer]
    pages.sequences.cancel("analysts", first.sequence)
    await pages.sequences.begin("analysts", pages.answer, 2)
