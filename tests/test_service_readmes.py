"""Each service's README says of every setting what it is called and what it is without being set."""

import re
from pathlib import Path

import pytest
from bronze_writer.settings import BronzeWriterSettings
from ingest_router.log_settings import LogRouterSettings
from ingest_router.settings import IngestRouterSettings
from monitor.settings import MonitorSettings
from query_gateway.settings import QueryGatewaySettings
from silver_processor.settings import SilverProcessorSettings
from tidelake.runtime.settings import ServiceSettings, load_settings, service_name

SERVICES = Path(__file__).parents[1] / "services"
EACH_SERVICE = pytest.mark.parametrize(
    "settings",
    [
        IngestRouterSettings,
        LogRouterSettings,
        BronzeWriterSettings,
        SilverProcessorSettings,
        QueryGatewaySettings,
        MonitorSettings,
    ],
    ids=service_name,
)


def variable(settings: type[ServiceSettings], field: str) -> str:
    return f"{settings.model_config.get('env_prefix', '')}{field}".upper()


def documented(settings: type[ServiceSettings]) -> dict[str, str]:
    """The last cell of each row of the table of settings, by the variable in its first one."""
    package = settings.__module__.partition(".")[0]
    text = (SERVICES / package.replace("_", "-") / "README.md").read_text()
    rows = re.findall(rf"^\| `({variable(settings, '')}\w+)` \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    assert len(dict(rows)) == len(rows), "a variable stands there twice"
    return dict(rows)


@EACH_SERVICE
def test_the_table_names_exactly_the_variables_of_the_service(settings: type[ServiceSettings]):
    assert set(documented(settings)) == {variable(settings, field) for field in settings.model_fields}


@EACH_SERVICE
def test_the_defaults_of_the_table_are_those_of_the_service(settings: type[ServiceSettings]):
    cells = documented(settings)
    needed = {name: "https://anything:1" for name, cell in cells.items() if cell == "required"}
    needed[variable(settings, "instance")] = "one"
    shown = {name: cell.strip("`") for name, cell in cells.items() if cell.startswith("`")}
    assert load_settings(settings, needed | shown) == load_settings(settings, needed)
    without = [field for field in settings.model_fields if cells[variable(settings, field)] == "none"]
    assert {settings.model_fields[field].default for field in without} == {None}
    assert len(needed) + len(shown) + len(without) == len(cells)
