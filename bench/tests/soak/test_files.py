"""What a soak leaves."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import msgspec
from tidelake.bench.soak.files import write_report
from tidelake.bench.soak.report import Series

from .test_report import SOUND


def test_report_and_plots_are_in_the_folder(tmp_path: Path) -> None:
    series = Series(
        delay={"flights": [(0.0, 1.0), (30.0, 7.0)]},
        rate={"events": [(5.0, 300.0)]},
        pss={"kafka": [(0.0, 3e8)], "all": [(0.0, 4e9)]},
        cpu={},
        sizes={"data of kafka": [(0.0, 1e6)], "log of kafka": [(0.0, 1e5)]},
    )
    written = write_report(tmp_path / "soak", replace(SOUND, series=series))

    assert sorted(tmp_path.glob("soak/*")) == sorted(written)
    said = msgspec.json.decode((tmp_path / "soak" / "soak.json").read_bytes())
    assert said["kills"] == [
        {
            "name": "kafka",
            "at": 30,
            "served_again": 36,
            "recoveries": {"flights": {"seconds": 9, "over": True}},
        }
    ]
    assert said["series"]["delay"] == {"flights": [[0.0, 1.0], [30.0, 7.0]]}
    for plot in (tmp_path / "soak").glob("*.svg"):
        assert "kafka" in " ".join(ElementTree.parse(plot).getroot().itertext()), plot
