"""What the README tells its reader to write is right."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tidelake.contracts.loading import parse_contract

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_smallest_contract_is_one():
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    contract = parse_contract(text, "orders.odcs.yaml")
    assert (contract.topic, contract.producers, contract.readers) == (
        "events.orders",
        {"till"},
        {"controlling"},
    )


def test_the_record_to_send_has_the_fields_of_its_contract():
    path = ROOT / "datasets" / "flights.odcs.yaml"
    fields = parse_contract(path.read_text(), path.name).fields
    (record,) = re.findall(r"  -d '(\{.*?\})'", README, re.DOTALL)
    assert {field.name for field in fields if field.required} <= set(json.loads(record))
    assert set(json.loads(record)) <= {field.name for field in fields}


@pytest.mark.parametrize("example", PYTHON, ids=range(len(PYTHON)))
def test_an_example_uses_no_name_that_it_does_not_define(example: str):
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821", "-"]
    found = subprocess.run(ruff, input=example, text=True, capture_output=True, check=False)
    assert found.returncode == 0, found.stdout


def test_the_roles_that_keys_are_made_for_are_in_a_contract():
    flights = parse_contract((ROOT / "datasets" / "flights.odcs.yaml").read_text(), "flights.odcs.yaml")
    roles = set(re.findall(r"\b(KEY|READ_KEY)=\$\(\./lake keys create ([\w-]+)\)", README))
    assert {role for name, role in roles if name == "KEY"} <= flights.producers
    assert {role for name, role in roles if name == "READ_KEY"} <= flights.readers
    assert {name for name, _ in roles} == {"KEY", "READ_KEY"}


def test_the_table_of_the_command_line_names_exactly_its_variables():
    code = ROOT / "cli" / "src" / "tidelake" / "cli"
    read = (code / "connection.py").read_text() + (code / "query" / "command.py").read_text()
    assert set(re.findall(r"^\| `(LAKE_\w+)` \|", README, re.MULTILINE)) == set(
        re.findall(r'"(LAKE_[A-Z_]+)"', read)
    )
