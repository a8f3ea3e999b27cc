"""The demo's steps behind bronze: silver by the outcomes of every record, and questions to the gateway."""

from collections.abc import Collection
from datetime import datetime, timedelta

from deltalake import DeltaTable
from rich.console import Console
from tidelake.cli.connection import Connection
from tidelake.cli.kept_keys import kept_key
from tidelake.cli.known_keys import gateway_knows
from tidelake.contracts.contract import Contract
from tidelake.local.stack import Stack
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline, StopSignal

from .answers import answers_from_csv
from .crash import Crash
from .delays import SILVER, Delay, delays, readable_times
from .differences import differences
from .gateway import ask_by_grpc, ask_by_http
from .interruption import Interrupted
from .judged import Judged, judged
from .known_key import wait_until_known
from .phases import phase
from .questions import JOINED, MAKER, QUESTIONS
from .run import Answered
from .screen import print_answers, print_earlier, print_judged, print_verdict
from .send import Receipted
from .silver_answers import answers_from_silver, silver_ids

_LOOK_EVERY = timedelta(milliseconds=500)
FIRST_COMMIT = timedelta(minutes=5)
"""Within which silver makes it, though it may just have started on a machine that does much else."""


class SilverRun:
    """One run over a stack with the query layer."""

    def __init__(
        self, stack: Stack, connection: Connection, contract: Contract, stop: StopSignal, console: Console
    ) -> None:
        self._stack = stack
        self._connection = connection
        self._contract = contract
        self._stop = stop
        self._console = console
        self._storage = connection.storage()

    def version(self) -> int:
        """Silver's newest."""
        return self._table(self._contract.silver_path).version()

    def first_commit(self, version_before: int) -> None:
        """Wait until silver has some of what is sent, so that there is an earlier version to ask of, and its
        processor is killed in mid-stream. Raises Interrupted."""
        self._console.print("… half of it is sent; the other half follows silver's first commit")
        late = Deadline(FIRST_COMMIT, SystemClock())
        while self.version() == version_before and not late.expired:
            if self._stop.wait(_LOOK_EVERY):
                raise Interrupted

    def crash(self) -> Crash:
        """Kills silver-processor as soon as it has committed something more."""
        before = self._commits()
        return Crash(
            self._stack,
            "silver-processor",
            lambda: self._commits() > before,
            self._console,
            self._stop,
            FIRST_COMMIT,
        )

    def key(self, now: datetime) -> str:
        """An API key that the gateway takes. Raises KeyNotKnown, Interrupted."""
        reader = min(self._contract.readers)
        with phase(self._console, "waiting until the gateway knows the API key"):
            key = kept_key(self._connection.objects(), reader, self._stack.home.reader_key, now)
            url = self._stack.gateway_url
            wait_until_known("query-gateway", lambda: gateway_knows(url, key), self._stop.wait)
        self._console.print(f"[green]✓[/] API key for reader {reader}")
        return key

    def delays(self, since: datetime) -> list[Delay]:
        """Delay of each hop over the rows added since then."""
        path = self._contract.silver_path
        with phase(self._console, "measuring the delays to silver"):
            table = self._table(path)
            return delays(table, SILVER, readable_times(self._connection.objects(), path, table), since)

    def check_judged(self, receipted: Receipted) -> Judged:
        """Whether silver says of every acknowledged record what the demo knows of it."""
        topic_id = self._connection.topics().topic_id(self._contract.topic)
        with phase(self._console, "looking for every receipt in silver and its outcomes"):
            found = judged(
                self._table(self._contract.silver_path),
                self._table(self._contract.outcomes_path),
                topic_id,
                receipted.positions,
            )
        print_judged(found, self._console)
        return found

    def answer(self, months: Collection[int], earlier: datetime, key: str) -> Answered:
        """The questions by HTTP and by gRPC, and one of them as of an earlier time, before the tables were
        changed; all of them asked of the CSV files too. Raises NotAnswered."""
        http, grpc = ask_by_http(self._stack.gateway_url, key), ask_by_grpc(self._stack.gateway_grpc, key)
        tables = {name: f"silver.{name}" for name in ("flights", "weather", "planes")}
        questions = (*QUESTIONS, *JOINED)
        with phase(self._console, "asking the gateway by HTTP and gRPC"):
            table = self._table(self._contract.silver_path)
            foreign = silver_ids(table, months).foreign
            by_http = answers_from_silver(http, questions, tables, months, foreign, {})
            by_grpc = answers_from_silver(grpc, questions, tables, months, foreign, by_http.versions)
        print_answers(by_http.answers, months, self._console)
        with phase(self._console, "asking the gateway as of an earlier time"):
            asked = answers_from_silver(http, [MAKER], tables, months, foreign, earlier)
            table.load_as_version(asked.versions[tables["flights"]])
            held = silver_ids(table, months).own
        [then] = asked.answers
        print_earlier(then, earlier, len(held), self._console)
        with phase(self._console, "asking the CSV files the same"):
            expected = answers_from_csv(months, questions)
            found = [
                *differences(by_http.answers, expected),
                *differences(by_grpc.answers, expected),
                *differences([then], answers_from_csv(months, [MAKER], held, changed=False)),
            ]
        print_verdict(found, self._console)
        return Answered(by_http.answers, by_http.versions, found)

    def _commits(self) -> int:
        paths = (self._contract.silver_path, self._contract.outcomes_path)
        return sum(self._table(path).version() for path in paths)

    def _table(self, path: str) -> DeltaTable:
        return DeltaTable(self._storage.uri(path), storage_options=self._storage.delta_options())
