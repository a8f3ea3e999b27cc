"""Line charts."""

import xml.etree.ElementTree as ElementTree

import pytest
from tidelake.bench.svg import line_chart, nice_step

SVG = "{http://www.w3.org/2000/svg}"


def _points(chart: str) -> list[list[tuple[float, float]]]:
    lines = ElementTree.fromstring(chart).iter(f"{SVG}polyline")
    return [
        [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.attrib["points"].split())]
        for line in lines
    ]


def test_each_series_is_a_line_within_the_plot_that_rises_as_its_values_do() -> None:
    chart = line_chart("Memory", "MB", {"a & b": [(0, 0), (450, 50), (900, 100)], "c": [(0, 100)]})

    first, second = _points(chart)
    assert [x for x, _ in first] == [64.0, 502.0, 940.0]
    assert first[0][1] > first[1][1] > first[2][1] == second[0][1] == 34.0
    assert "a & b" in list(ElementTree.fromstring(chart).itertext())


def test_marks_stand_where_they_were() -> None:
    chart = line_chart("Delay", "s", {"a": [(0, 1), (100, 1)]}, marks=[(50, "kafka")])

    [mark] = ElementTree.fromstring(chart).iter(f"{SVG}g")
    assert [one.attrib["x1"] for one in mark.iter(f"{SVG}line")] == ["502.0"]
    assert [one.text for one in mark.iter(f"{SVG}title")] == ["kafka at 50 s"]


def test_a_level_above_all_values_is_within_the_plot() -> None:
    chart = line_chart("Delay", "s", {"a": [(0, 1), (100, 1)]}, level=5)

    assert min(float(one.attrib["y1"]) for one in ElementTree.fromstring(chart).iter(f"{SVG}line")) >= 34.0


@pytest.mark.parametrize("series", [{}, {"none": []}, {"zero": [(0.0, 0.0)]}])
def test_without_values_it_is_empty(series: dict[str, list[tuple[float, float]]]) -> None:
    assert ElementTree.fromstring(line_chart("Nothing", "s", series)).tag == f"{SVG}svg"


@pytest.mark.parametrize(
    ("most", "steps", "step"),
    [(10, 5, 2), (11, 5, 5), (0.9, 5, 0.2), (4000, 5, 1000), (1, 1, 1), (0.05, 5, 0.01)],
)
def test_steps_are_round_numbers(most: float, steps: int, step: float) -> None:
    assert nice_step(most, steps) == pytest.approx(step)


def test_no_steps_lead_to_nothing() -> None:
    with pytest.raises(ValueError, match="no steps"):
        nice_step(0, 5)
