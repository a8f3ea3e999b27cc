"""Where two answers to the same questions differ: the row, the column and both values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .answers import Answer
from .figures import figure


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of one answer. Grain: question, row, column."""

    question: str
    row: str  # the value of its first column, which names it
    column: str  # "" where one side does not have the row at all
    lake: Any  # None: no value, or no such row
    csv: Any

    def __str__(self) -> str:
        what = f"{self.column} of {self.row}" if self.column else f"the row {self.row}"
        return (
            f"{self.question}: {what} is {_said(self.lake)} in the lake and {_said(self.csv)} in the CSV file"
        )


def differences(lake: Sequence[Answer], csv: Sequence[Answer]) -> list[Difference]:
    """Empty if and only if the answers are the same; their questions are."""
    return [
        difference
        for ours, theirs in zip(lake, csv, strict=True)
        if ours.rows != theirs.rows
        for difference in _between(ours, theirs)
    ]


def _between(ours: Answer, theirs: Answer) -> Iterator[Difference]:
    title = ours.question.title
    in_lake, in_csv = ({row[0]: row for row in answer.rows} for answer in (ours, theirs))
    order = [", ".join(str(row[0]) for row in answer.rows) for answer in (ours, theirs)]
    for name in {**in_lake, **in_csv}:
        one, other = in_lake.get(name), in_csv.get(name)
        if one is None or other is None:
            yield Difference(title, str(name), "", one, other)
            continue
        for column, value, expected in zip(ours.columns, one, other, strict=True):
            if value != expected:
                yield Difference(title, str(name), column, value, expected)
    if in_lake == in_csv:
        yield Difference(title, "all rows", "their order", *order)


def _said(value: Any) -> str:
    if isinstance(value, tuple):  # a whole row
        figures = cast("tuple[object, ...]", value)
        return f"({', '.join(map(figure, figures))})"
    return figure(value)
