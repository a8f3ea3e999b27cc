"""The rows of a bench for people."""

from collections.abc import Sequence

from rich.table import Table
from tidelake.bench.rows import Row


def rows_table(title: str, rows: Sequence[Row], caption: str = "") -> Table:
    """One line per measure; the columns of a peer only if some row has one."""
    compared = any(row.peer is not None for row in rows)
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1))
    table.caption, table.caption_justify = caption or None, "left"
    table.add_column("measure")
    for heading in ("ours", *(("peer", "ours / peer") if compared else ()), "spread", "runs"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    for row in rows:
        peer = (_number(row.peer_value), _number(row.ratio)) if compared else ()
        table.add_row(row.measure, _number(row.ours), *peer, _number(row.spread), str(row.runs), row.unit)
    return table


def _number(value: float | None) -> str:
    """Three digits that count."""
    if value is None:
        return ""
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 100 or value == int(value)
        else f"{value:,.1f}"
        if size >= 10
        else f"{value:,.3g}"
    )
