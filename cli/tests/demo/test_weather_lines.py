import csv
import re
from pathlib import Path

from tidelake.cli.demo.traffic import Kind
from tidelake.cli.demo.weather_lines import MEASURES, log_traffic, weather_csv, weather_lines
from tidelake.contracts.loading import parse_contract

CONTRACT = Path(__file__).parents[3] / "datasets/weather.odcs.yaml"


def test_every_hour_is_a_line_that_the_contract_reads_back_value_for_value():
    contract = parse_contract(CONTRACT.read_text(), "weather")
    assert contract.log is not None
    groups = contract.log.pattern.groups
    pattern = re.compile(contract.log.pattern.java.replace(r"\z", r"\Z"))
    with weather_csv().open(newline="") as file:
        rows = list(csv.DictReader(file))
    lines = list(weather_lines())
    assert len(lines) == len(rows) == 26115
    for line, row in zip(lines, rows, strict=True):
        match = pattern.search(line.decode())
        assert match, line
        read = {name: "NA" if match[number] == "-" else match[number] for name, number in groups.items()}
        assert read == {name: row[name] for name in ("origin", "time_hour", *MEASURES)}


def test_a_month_is_the_month_column():
    assert sum(1 for _ in weather_lines({1})) == 2226


def test_beside_the_lines_come_repeats_broken_ones_and_some_of_nobodys_stream():
    found = list(log_traffic({1}, 0.01, 7))
    assert found == list(log_traffic({1}, 0.01, 7))
    assert [line.value for line in found if line.kind is Kind.REAL] == list(weather_lines({1}))
    assert {line.kind for line in found} == {Kind.REAL, Kind.REPEAT, Kind.NO_LINE, Kind.NO_STREAM}
    assert {line.stream for line in found if line.kind is Kind.NO_STREAM} == {"tides"}
    contract = parse_contract(CONTRACT.read_text(), "weather")
    assert contract.log is not None
    pattern = re.compile(contract.log.pattern.java.replace(r"\z", r"\Z"))
    assert not any(pattern.search(line.value.decode()) for line in found if line.kind is Kind.NO_LINE)
