import csv
import io
import zipfile

import orjson
from tidelake.cli.demo.flights import TEXT, flights, flights_csv_zip


def test_a_month_is_the_month_column_and_every_value_is_untouched():
    with zipfile.ZipFile(flights_csv_zip()) as archive, archive.open("flights.csv") as raw:
        rows = [row for row in csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8")) if row["month"] == "1"]
    read = [orjson.loads(line) for line in flights({1})]
    assert len(read) == len(rows) == 27004
    for row, flight in zip(rows, read, strict=True):
        as_text = {name: "NA" if value is None else str(value) for name, value in flight.items()}
        assert as_text == row
        assert all(
            isinstance(flight[name], str | None) == (name in TEXT or flight[name] is None) for name in row
        )
