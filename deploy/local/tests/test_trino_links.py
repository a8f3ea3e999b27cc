"""Shared files of Trino's plugins."""

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.trino_links import StaleLinks, kept, link_targets, list_targets

[LOCKED] = locked_artifacts("trino")


def test_the_list_belongs_to_the_locked_archive_and_names_no_file_that_is_kept_anyway() -> None:
    targets = link_targets(LOCKED)
    assert len(targets.names) == 69
    assert not [name for name in targets.names if kept(name)]
    assert "lib/x.jar" not in targets


def test_the_list_of_another_archive_is_refused() -> None:
    with pytest.raises(StaleLinks, match=r"does not belong to io\.trino:trino-server:476"):
        link_targets(replace(LOCKED, sha256="0" * 64))


def test_what_is_kept_is_the_server_and_the_chosen_plugins() -> None:
    assert kept("lib/trino-main.jar")
    assert kept("plugin/delta-lake/trino-delta-lake.jar")
    assert not kept("plugin/delta-lake-other/x.jar")
    assert not kept("plugin/iceberg/x.jar")
    assert not kept("bin/launcher")


def test_a_list_names_what_kept_plugins_share_with_others(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for name, target in (
            ("plugin/bigquery/shared.jar", None),
            ("lib/own.jar", None),
            ("plugin/delta-lake/shared.jar", "plugin/bigquery/shared.jar"),
            ("plugin/delta-lake/own.jar", "lib/own.jar"),
            ("plugin/iceberg/shared.jar", "plugin/bigquery/shared.jar"),
        ):
            member = tarfile.TarInfo(f"trino/{name}")
            if target:
                member.type, member.linkname = tarfile.LNKTYPE, f"trino/{target}"
            packed.addfile(member, io.BytesIO())
    text = list_targets(archive)
    assert text.splitlines()[1:] == ["plugin/bigquery/shared.jar"]
    assert text.startswith("# shared files of the archive ")
