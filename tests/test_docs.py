"""What the docs point to is there."""

import re
from pathlib import Path

import pytest
from tidelake.cli.ledger.log_report import LINE_FAULTS, LINE_REMARKS
from tidelake.cli.ledger.report import MEANING, SILVER_FAULTS
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.names import follower_name

ROOT = Path(__file__).parents[1]
DECISIONS = ROOT / "docs" / "decisions"
NAMED_TESTS = sorted(
    set(re.findall(r"`([\w/.-]+\.py)::(\w+)`", (ROOT / "docs" / "guarantees.md").read_text()))
)


def test_the_index_of_the_decisions_has_each_of_them_with_its_title():
    rows = re.findall(
        r"^\| \[(\d{4})\]\((.+?)\) \| (.+?) \|", (DECISIONS / "README.md").read_text(), re.MULTILINE
    )
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    assert rows == [
        (file.name[:4], file.name, file.read_text().splitlines()[0].removeprefix("# ")) for file in files
    ]


@pytest.mark.parametrize(("path", "test"), NAMED_TESTS)
def test_a_test_that_shows_a_guarantee_is_there(path: str, test: str):
    assert re.search(rf"^ *(async )?def {test}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_each_guarantee_names_what_shows_it():
    text = (ROOT / "docs" / "guarantees.md").read_text()
    promised = text.split("## Promised")[1].split("## Not promised")[0]
    promises = re.split(r"^\d+\. ", promised, flags=re.MULTILINE)[1:]
    assert promises
    assert all(re.search(r"::test_\w+`", promise) for promise in promises)


def test_the_contract_that_follows_a_table_is_one_and_its_publications_are_called_right():
    page = (ROOT / "docs" / "follow-a-table.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    contract = parse_contract(text, "customers.odcs.yaml")
    assert str(contract.table) == "shop.public.customers"
    assert re.findall(r"create publication (\w+) for", page) == [
        follower_name("customers", 1),
        follower_name("customers", 2),
    ]


def test_a_module_that_the_road_names_is_there():
    named = set(re.findall(r"`([\w/]+\.py)`", (ROOT / "docs" / "architecture.md").read_text()))
    modules = [
        module.as_posix()
        for folder in ("libs", "services", "cli", "deploy")
        for module in (ROOT / folder).glob("**/src/**/*.py")
    ]
    assert named
    assert not [name for name in named if not any(module.endswith(f"/{name}") for module in modules)]


def test_whatever_the_audit_finds_has_its_next_step():
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "missing-rows.md").read_text(), re.MULTILINE)
    told = {*MEANING.values(), *SILVER_FAULTS.values(), *LINE_FAULTS.values(), *LINE_REMARKS.values()}
    assert told <= set(rows)


def links() -> list[tuple[Path, str]]:
    folders = ("docs", "datasets", "services", "libs", "cli", "deploy", "bench")
    pages = [*ROOT.glob("*.md"), *(page for folder in folders for page in (ROOT / folder).rglob("*.md"))]
    return [
        (page.relative_to(ROOT), target)
        for page in sorted(pages)
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text())
        if "://" not in target
    ]


@pytest.mark.parametrize(("page", "target"), links(), ids=str)
def test_a_link_to_another_page_leads_somewhere(page: Path, target: str):
    path, _, heading = target.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    assert file.exists()
    if heading:
        titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
