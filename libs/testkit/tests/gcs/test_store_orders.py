"""Orders of calls and restarts that nobody thought of: the store against a plain dictionary."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tidelake.testkit.gcs.in_process import Ask

NAMES = st.sampled_from(["a", "b", "c/d"])
CONTENTS = st.binary(max_size=20)
DEMANDS = st.sampled_from(["none", "absent", "current", "passed"])


class StoreOrders(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="tidelake-store-"))
        self.ask = Ask(self.directory)
        self.expected: dict[str, tuple[int, bytes]] = {}  # name -> generation, content
        self.newest = 0

    def _query(self, name: str, demand: str) -> tuple[str, bool]:
        """The condition as a query, and whether it holds."""
        generation = self.expected[name][0] if name in self.expected else 0
        demanded = {"absent": 0, "current": generation, "passed": self.newest + 1}.get(demand)
        return ("", True) if demanded is None else (f"ifGenerationMatch={demanded}", demanded == generation)

    def _took(self, status: int, holds: bool, name: str, content: bytes) -> None:
        assert status == (200 if holds else 412)
        if holds:
            generation = int(self.ask.json(f"GET {_address(name)}")["generation"])
            assert generation > self.newest
            self.newest = generation
            self.expected[name] = (generation, content)

    @rule(name=NAMES, content=CONTENTS, demand=DEMANDS)
    def upload(self, name: str, content: bytes, demand: str) -> None:
        query, holds = self._query(name, demand)
        line = f"POST /upload/storage/v1/b/lake/o?uploadType=media&name={_segment(name)}&{query}"
        self._took(self.ask(line, content).status, holds, name, content)

    @rule(source=NAMES, to=NAMES, demand=DEMANDS, verb=st.sampled_from(["copyTo", "rewriteTo"]))
    def copy(self, source: str, to: str, demand: str, verb: str) -> None:
        query, holds = self._query(to, demand)
        status = self.ask(f"POST {_address(source)}/{verb}/b/lake/o/{_segment(to)}?{query}").status
        if source not in self.expected:
            assert status == 404
        else:
            self._took(status, holds, to, self.expected[source][1])

    @rule(source=NAMES, to=NAMES, demand=DEMANDS)
    def move(self, source: str, to: str, demand: str) -> None:
        query, holds = self._query(to, demand)
        status = self.ask(f"POST {_address(source)}/moveTo/o/{_segment(to)}?{query}").status
        if source not in self.expected:
            assert status == 404
        elif source == to:
            assert status == 400
        else:
            self._took(status, holds, to, self.expected[source][1])
            if holds:
                del self.expected[source]

    @rule(name=NAMES, demand=DEMANDS)
    def delete(self, name: str, demand: str) -> None:
        query, holds = self._query(name, demand)
        status = self.ask(f"DELETE {_address(name)}?{query}").status
        if name not in self.expected:
            assert status == 404
        else:
            assert status == (204 if holds else 412)
            if holds:
                del self.expected[name]

    @rule()
    def restart(self) -> None:
        self.ask = self.ask.reopened()

    @invariant()
    def everything_is_as_expected(self) -> None:
        page = self.ask.json("GET /storage/v1/b/lake/o")
        found = {item["name"]: int(item["generation"]) for item in page.get("items", [])}
        assert found == {name: generation for name, (generation, _) in self.expected.items()}
        for name, (_, content) in self.expected.items():
            assert self.ask.content(_segment(name)) == content
        blobs = {int(path.name) for path in (self.directory / "blobs").iterdir()}
        assert blobs == set(found.values())

    def teardown(self) -> None:
        self.ask.store.close()
        shutil.rmtree(self.directory)


def _segment(name: str) -> str:
    return name.replace("/", "%2F")


def _address(name: str) -> str:
    return f"/storage/v1/b/lake/o/{_segment(name)}"


TestStoreOrders = StoreOrders.TestCase
TestStoreOrders.settings = settings(max_examples=25, stateful_step_count=25)
