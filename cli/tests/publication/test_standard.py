"""What the standard's own tool says, in the lake's words."""

from pathlib import Path

import pytest
from tidelake.cli.publication.standard import export_json_schema, lint, schema_breaks
from tidelake.contracts.loading import parse_contract

from .conftest import FLIGHTS, Edit

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "libs/contracts/examples"
OPTIONAL = "      - name: dep_time\n        logicalType: integer\n        physicalType: int\n"
REQUIRED = OPTIONAL.replace("dep_time", "distance") + "        required: true\n"
TAILNUM = FLIGHTS[FLIGHTS.index("      - name: tailnum") : FLIGHTS.index("      - name: origin\n")]


@pytest.mark.parametrize(
    "path",
    [
        EXAMPLES / "golden.odcs.yaml",
        EXAMPLES / "golden_ids.odcs.yaml",
        ROOT / "datasets/flights.odcs.yaml",
    ],
    ids=lambda path: path.name,
)
def test_the_examples_are_checked_by_the_schema_that_would_be_published(path: Path) -> None:
    text = path.read_text()
    contract = parse_contract(text, path.name)
    committed = (EXAMPLES / f"{contract.dataset}.schema.json").read_bytes()
    assert export_json_schema(text, contract) == committed


def test_every_contract_of_this_lake_passes_the_standards_own_check() -> None:
    for path in (ROOT / "datasets").glob("*.odcs.yaml"):
        assert not lint(path.read_text()), path


def test_a_document_that_the_standard_refuses_is_told() -> None:
    (finding,) = lint(FLIGHTS.replace("status: active", "statuses: active"))
    assert not finding.passed
    assert "statuses" in finding.what


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TAILNUM, "", [("readers", "tailnum")]),
        (OPTIONAL, OPTIONAL + "        required: true\n", [("producers", "dep_time")]),
        (REQUIRED, REQUIRED.replace("        required: true\n", ""), [("readers", "distance")]),
        (
            REQUIRED,
            REQUIRED.replace("physicalType: int", "physicalType: bigint"),
            [("producers", "distance"), ("readers", "distance")],
        ),
        (
            REQUIRED,
            "      - name: gate\n        logicalType: string\n        required: true\n" + REQUIRED,
            [("producers", "gate")],
        ),
    ],
    ids=["removed", "required", "optional", "another type", "new and required"],
)
def test_a_break_names_the_field_and_the_side(
    old: str, new: str, expected: list[tuple[str, str]], draft: Edit
) -> None:
    before, after = draft(), draft((old, new))
    breaks = schema_breaks(before.text.decode(), before.contract, after.text.decode(), after.contract)
    assert [(found.side, found.field) for found in breaks] == expected
    assert all(found.what for found in breaks)


def test_a_type_that_the_contract_does_not_write_is_named_all_the_same(draft: Edit) -> None:
    untyped = REQUIRED.replace("logicalType: integer\n        physicalType: int\n", "logicalType: string\n")
    before, after = draft(), draft((REQUIRED, untyped))
    breaks = schema_breaks(before.text.decode(), before.contract, after.text.decode(), after.contract)
    assert {found.what for found in breaks} == {"Its type would change from int to string."}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (REQUIRED, "      - name: gate\n        logicalType: string\n" + REQUIRED),
        (REQUIRED, REQUIRED.replace("physicalType: int", "physicalType: integer")),
        ("mustBeLessThan: 10", "mustBeLessThan: 5"),
        ("mustBeLessThan: 10", "mustBeLessThan: 50"),
        ("description: Flight number.", "description: Number of the flight."),
        ("value: 5\n    unit: s", "value: 50\n    unit: s"),
        ("1.0.0", "1.1.0"),
    ],
    ids=[
        "new and optional",
        "same type",
        "stricter rule",
        "looser rule",
        "description",
        "freshness",
        "version",
    ],
)
def test_what_breaks_nobody_is_no_break(old: str, new: str, draft: Edit) -> None:
    before, after = draft(), draft((old, new))
    assert not schema_breaks(before.text.decode(), before.contract, after.text.decode(), after.contract)
