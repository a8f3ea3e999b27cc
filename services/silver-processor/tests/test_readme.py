"""What the README says of silver's tables is what they have."""

import re
from pathlib import Path

from pyspark.sql.types import StructField
from silver_processor.core.shapes import LAKE_COLUMNS, OUTCOMES, UPSERT_LAKE_COLUMNS, UPSERT_OUTCOMES

SOURCE = [field for field in UPSERT_OUTCOMES.fields if field.name not in OUTCOMES.fieldNames()]
EVERY = (*LAKE_COLUMNS, *OUTCOMES.fields, *UPSERT_LAKE_COLUMNS, *SOURCE)
README = (Path(__file__).parents[1] / "README.md").read_text()


def told(field: StructField) -> tuple[str, str]:
    """Name and type as the README writes them."""
    kind = re.sub(r"array<struct<(.*)>>", r"array of struct<\1>", field.dataType.simpleString())
    parts = re.sub(r"(\w+):\w+", r"`\1`", kind).replace(",", ", ").replace("<", "(").replace(">", ")")
    return field.name, parts


def test_every_column_stands_there_with_its_type():
    section = README.split("\n## What stands in its tables\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)
    assert rows == [told(field) for field in EVERY]
