"""What the README tells its reader to write is right."""

import re
from pathlib import Path

from tidelake.contracts.loading import parse_contract

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_smallest_contract_is_one():
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    contract = parse_contract(text, "orders.odcs.yaml")
    assert (contract.topic, contract.producers) == ("events.orders", {"till"})
