"""What a soak leaves in its folder: the report as JSON, and its series as plots."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from tidelake.bench.soak.levels import Samples
from tidelake.bench.soak.report import SoakReport
from tidelake.bench.svg import line_chart

REPORT = "soak.json"
_DISK, _LOGS = "data of ", "log of "


def write_report(folder: Path, report: SoakReport) -> list[Path]:
    """Writes all files into the folder, which is made, over those of an earlier soak; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {REPORT: msgspec.json.format(msgspec.json.encode(report)).decode() + "\n", **plots(report)}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def plots(report: SoakReport) -> Mapping[str, str]:
    """SVG by file name, each with the kills in it."""
    kills = [(kill.at, kill.name) for kill in report.kills]
    series = report.series
    promised = max((one.promised for one in report.delay.values()), default=None)
    total = {"all": series.pss["all"]} if "all" in series.pss else {}
    each = {name: one for name, one in series.pss.items() if name != "all"}
    return {
        "delay.svg": line_chart(
            "Age of the oldest write that can't be read in silver", "s", series.delay, kills, promised
        ),
        "rate.svg": line_chart("Acknowledged", "a second", series.rate, kills),
        "memory.svg": line_chart("Memory by process, PSS", "MB", _in_mb(each), kills),
        "memory-all.svg": line_chart("Memory of all processes together, PSS", "MB", _in_mb(total), kills),
        "disk.svg": line_chart("Data on disk", "MB", _in_mb(_named(series.sizes, _DISK)), kills),
        "logs.svg": line_chart("Logs of the processes", "MB", _in_mb(_named(series.sizes, _LOGS)), kills),
    }


def _named(series: Mapping[str, Samples], prefix: str) -> Mapping[str, Samples]:
    return {name.removeprefix(prefix): one for name, one in series.items() if name.startswith(prefix)}


def _in_mb(series: Mapping[str, Samples]) -> Mapping[str, Samples]:
    return {name: [(at, value / 1e6) for at, value in one] for name, one in series.items()}
