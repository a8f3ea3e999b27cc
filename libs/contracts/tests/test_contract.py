"""What a contract's parts say of themselves."""

from dataclasses import replace

import pytest
from tidelake.contracts.contract import QualityRule

RULE = QualityRule(
    name="origin_is_known",
    field="origin",
    metric="nullValues",
    query=None,
    arguments={},
    must=("mustBe", 0),
    unit=None,
    severity=None,
    schedule=None,
    description="",
)


@pytest.mark.parametrize("metric", ["nullValues", "missingValues", "invalidValues"])
@pytest.mark.parametrize("unit", [None, "rows"])
@pytest.mark.parametrize("severity", [None, "error", "critical"])
def test_a_grave_rule_that_no_value_of_a_field_may_break_decides_rows(
    metric: str, unit: str | None, severity: str | None
) -> None:
    assert replace(RULE, metric=metric, unit=unit, severity=severity).decides_rows


@pytest.mark.parametrize(
    "rule",
    [
        replace(RULE, metric="duplicateValues"),
        replace(RULE, metric="rowCount", field=None),
        replace(RULE, metric=None, query="SELECT 1"),
        replace(RULE, field=None),
        replace(RULE, must=("mustBe", 1)),
        replace(RULE, must=("mustBeLessThan", 0)),
        replace(RULE, unit="percent"),
        replace(RULE, severity="warning"),
        replace(RULE, severity="info"),
    ],
)
def test_a_rule_about_many_rows_or_of_little_weight_decides_none(rule: QualityRule) -> None:
    assert not rule.decides_rows
