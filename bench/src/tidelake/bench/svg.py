"""Line charts as SVG, for pages that show them as they are: no script, legible on white and on black."""

from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

_COLOURS = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf"),
    *("#bcbd22", "#5566cc", "#aa8800", "#008877", "#cc4488", "#7799dd", "#66aa44", "#aa5533"),
)
_INK = "#808080"
_WIDTH, _PLOT_HEIGHT = 960, 300
_LEFT, _RIGHT, _TOP, _BELOW = 64, 20, 34, 40
_LEGEND_COLUMN, _LEGEND_LINE = 228, 18
_STEPS = (1, 2, 5)


def line_chart(
    title: str,
    unit: str,
    series: Mapping[str, Points],
    marks: Sequence[tuple[float, str]] = (),
    level: float | None = None,
) -> str:
    """Lines over seconds since the beginning, from 0 on. `marks`: moments with a name, as upright lines;
    `level`: what the values are held against, as a lying one."""
    end = max((x for points in series.values() for x, _ in points), default=1.0) or 1.0
    top = max((y for points in series.values() for _, y in points), default=1.0)
    step = nice_step(max(top, level or 0.0) or 1.0, 5)
    top = step * -(-max(top, level or 0.0, step) // step)
    wide = _WIDTH - _LEFT - _RIGHT

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x / end * wide, _TOP + _PLOT_HEIGHT * (1 - y / top)

    columns = max(1, (_WIDTH - _LEFT) // _LEGEND_COLUMN)
    legend_lines = -(-len(series) // columns)
    height = _TOP + _PLOT_HEIGHT + _BELOW + legend_lines * _LEGEND_LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="11" fill="{_INK}">',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(title)} ({escape(unit)})</text>',
    ]
    for nth in range(round(top / step) + 1):
        _, y = at(0, nth * step)
        parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y, _INK, 'stroke-opacity="0.3"'))
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{nth * step:,.10g}</text>')
    minutes = nice_step(end / 60, 8)
    for nth in range(int(end / 60 / minutes) + 1):
        x, _ = at(nth * minutes * 60, 0)
        parts.append(
            f'<text x="{x:.1f}" y="{_TOP + _PLOT_HEIGHT + 16}" text-anchor="middle">'
            f"{nth * minutes:g} min</text>"
        )
    for second, name in marks:
        x, _ = at(second, 0)
        parts.append(
            f"<g><title>{escape(name)} at {second:.0f} s</title>"
            f"{_line(x, _TOP, x, _TOP + _PLOT_HEIGHT, '#d62728', _DASHED)}"
            f'<text transform="translate({x - 3:.1f} {_TOP + 4}) rotate(-90)" text-anchor="end" '
            f'font-size="8">{escape(name)}</text></g>'
        )
    if level is not None:
        _, y = at(0, level)
        parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y, "#2ca02c", _DASHED))
    for nth, (name, points) in enumerate(series.items()):
        colour = _COLOURS[nth % len(_COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        x = _LEFT + nth % columns * _LEGEND_COLUMN
        y = _TOP + _PLOT_HEIGHT + _BELOW + nth // columns * _LEGEND_LINE
        parts.append(_line(x, y - 4, x + 16, y - 4, colour, 'stroke-width="3"'))
        parts.append(f'<text x="{x + 22}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def nice_step(most: float, steps: int) -> float:
    """The smallest of 1, 2, 5, 10, 20, ... (or 0.5, 0.2, ...) by which `most` is reached in so many steps.

    Raises ValueError unless both are above 0.
    """
    if most <= 0 or steps <= 0:
        raise ValueError(f"no steps from 0 to {most} in {steps}")
    power = 1.0
    while power * _STEPS[0] * steps >= most:
        power /= 10
    while True:
        for factor in _STEPS:
            if factor * power * steps >= most:
                return factor * power
        power *= 10


_DASHED = 'stroke-dasharray="3 3" stroke-opacity="0.7"'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'
