"""The page shows what is known, and text stays text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from monitor.core.alerting import Alert, Condition
from monitor.core.delays import Delays
from monitor.core.freshness import TO_BRONZE, TO_SILVER, WHOLE, Freshness, Hop, Waiting
from monitor.core.ledger import Fault, LedgerCount, files_missing
from monitor.core.lines import LineCount, LinesPicture
from monitor.core.picture import DatasetPicture, Picture, Rates
from monitor.core.quarantine import Quarantine
from monitor.core.usage import ProcessUsage
from monitor.flows.board import Board
from monitor.inbound.http.routes import StatusPage, add_routes
from monitor.inbound.http.view import number, page_view, seconds
from tidelake.tables.positions import Source

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
EVIL = "<script>alert('x')</script>"
DELAYS = Delays(1200, 0.4, 1.25, 2.0, 3.0)
COUNT = LedgerCount(NOW, 41, 40, 39, 27_565, 24_000, {"duplicate": 3_500, "quarantined": 65}, 0, 0, ())
FLIGHTS = DatasetPicture(
    address="flights",
    dataset="flights",
    major=1,
    description="Departures.",
    owner="ops",
    source="api",
    slo_s=5.0,
    freshness=Freshness(
        5.0, tuple(Hop(name, DELAYS, f"from {name}") for name in (TO_BRONZE, TO_SILVER, WHOLE)), Waiting()
    ),
    ledger=COUNT,
    quarantine=Quarantine(timedelta(minutes=5), 1200, 3, {EVIL: 3}, ((0, 4),)),
    rates=Rates(120.0, 118.0, 119.5),
    trend_s=(1.0, 2.0, None, 1.25),
    truncate=None,
    trouble="",
)
PROCESS = ProcessUsage("bronze-writer", "bronze-writer-1", "w", True, "", 0.25, 123_000_000)
PICTURE = Picture(NOW, (FLIGHTS,), (PROCESS,), ())
LINES = LineCount(
    NOW,
    ("ops",),
    is_whole=True,
    lost=0,
    examples=(),
    deleted_unread=0,
    done=2_300,
    waiting=4,
    dead={EVIL: 25},
)


def shown(picture: Picture | None) -> str:
    return bytes(StatusPage(Board(picture)).page().body).decode()


def alert(severity: str) -> Alert:
    about = Condition("LedgerGap", "flights", True, EVIL, severity, f"1 lost {EVIL}", "more")
    return Alert("firing", about, NOW, NOW)


def test_whatever_a_text_holds_is_shown_as_text() -> None:
    evil = replace(FLIGHTS, description=EVIL, owner=EVIL, trouble=EVIL, address=f'"{EVIL}')
    process = replace(PROCESS, instance=EVIL, service=EVIL, reason=EVIL, answers=False)
    page = shown(Picture(NOW, (evil,), (process,), (alert("critical"),), LinesPicture(LINES, EVIL)))
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 8
    assert page.count("<script") == 1, "its own"


async def test_no_script_and_no_style_may_come_from_elsewhere_or_stand_in_the_page() -> None:
    app = FastAPI()
    add_routes(app, Board(PICTURE))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page") as client:
        page = await client.get("/")
        style, script = await client.get("/status.css"), await client.get("/status.js")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert " onclick" not in page.text
    assert style.headers["content-type"].startswith("text/css")
    assert script.headers["content-type"].startswith("text/javascript")


def test_without_a_script_it_is_whole_and_comes_anew() -> None:
    page = shown(PICTURE)
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    for figure in ("27\u202f565", "24\u202f000", "3\u202f500", "1.2 s", "120<i>/s</i>", "25 %", "123 MB"):
        assert figure in page
    assert "from received-to-bronze" in page, "it says what it is computed from"


def test_the_fragment_is_the_page_s_inside() -> None:
    assert bytes(StatusPage(Board(PICTURE)).fragment().body).decode() in shown(PICTURE)


def test_before_the_first_look_it_says_so() -> None:
    assert "Looking at the lake for the first time" in shown(None)


@pytest.mark.parametrize(
    ("picture", "state", "headline"),
    [
        (PICTURE, "ok", "1 dataset fresh and accounted for, row by row"),
        (replace(PICTURE, datasets=()), "idle", "No dataset is in force yet"),
        (replace(PICTURE, alerts=(alert("critical"),)), "bad", "1 alert on flights"),
        (replace(PICTURE, alerts=(alert("warning"),)), "warn", "1 alert on flights"),
        (replace(PICTURE, processes=(replace(PROCESS, answers=False),)), "warn", "1 process not answering"),
        (replace(PICTURE, datasets=(replace(FLIGHTS, trouble="no"),)), "warn", "1 dataset not looked at"),
    ],
)
def test_the_headline_says_the_worst_first(picture: Picture, state: str, headline: str) -> None:
    view = page_view(picture)
    assert (view.state, view.headline) == (state, headline)


def test_a_gap_is_shown_with_its_positions() -> None:
    gap = replace(COUNT, faults=(Fault("missing", 1, ((Source("abc", 2), 77),)),))
    page = shown(replace(PICTURE, datasets=(replace(FLIGHTS, ledger=gap),)))
    assert "abc/2/77" in page
    assert "1 row not accounted for" in page


def test_files_that_are_missing_are_shown_and_rows_are_not_called_counted() -> None:
    blind = replace(COUNT, faults=(files_missing({"silver/flights": ["part-0", "part-1"]}),))
    page = shown(replace(PICTURE, datasets=(replace(FLIGHTS, ledger=blind, freshness=None),)))
    assert "2 data files missing" in page
    assert "silver/flights/part-0 silver/flights/part-1" in page
    assert "nothing is counted until they are back" in page


def test_log_lines_are_shown_with_what_became_of_them() -> None:
    page = shown(replace(PICTURE, lines=LinesPicture(replace(LINES, dead={"unknown_stream": 25}))))
    for part in ("logs.inbound", f"<b>{number(2_300)}</b>", "dead: unknown stream", "not routed yet"):
        assert part in page
    assert "logs.inbound" not in shown(PICTURE)


def test_lost_lines_are_shown_with_their_positions() -> None:
    lost = replace(LINES, lost=2, deleted_unread=1, examples=((Source("abc", 2), 71),))
    page = shown(replace(PICTURE, lines=LinesPicture(lost)))
    assert "3 lines lost" in page
    assert "NOT BALANCED abc/2/71" in page


def test_lines_that_could_not_be_looked_at_are_shown_all_the_same() -> None:
    page = shown(replace(PICTURE, lines=LinesPicture(None, "Kafka is away.")))
    assert "Kafka is away." in page
    assert "not counted" in page


def test_the_hop_that_is_late_is_marked_and_no_other() -> None:
    assert FLIGHTS.freshness
    behind = replace(FLIGHTS.freshness, waiting=Waiting(undecided=9, undecided_s=42.0))
    view = page_view(replace(PICTURE, datasets=(replace(FLIGHTS, freshness=behind),)))
    assert [hop.state for hop in view.hops] == ["ok", "ok", "warn"]
    assert view.hops[2].lag == "9"


def test_a_dataset_that_could_not_be_looked_at_is_shown_all_the_same() -> None:
    blind = replace(FLIGHTS, freshness=None, ledger=None, quarantine=None, trend_s=(), trouble="store away")
    page = shown(replace(PICTURE, datasets=(blind,)))
    assert "store away" in page
    assert "not counted" in page


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (0.0, "0 ms"),
        (0.4567, "457 ms"),
        (0.9996, "1.0 s"),
        (5.0, "5 s"),
        (75.25, "75.2 s"),
        (600.0, "10 min"),
        (7200.0, "2.0 h"),
    ],
)
def test_spans_are_told_in_the_unit_that_people_would_choose(figure: float, words: str) -> None:
    assert seconds(figure) == words


def test_thousands_are_set_apart() -> None:
    assert number(1234567) == "1\u202f234\u202f567"
