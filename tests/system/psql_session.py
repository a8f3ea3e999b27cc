"""A psql that stays open: statements go in one by one, so that several transactions can be open at once."""

import os
import queue
import subprocess
import threading
from itertools import count

from tidelake.local.psql import PostgresLogin, QueryFailed, program
from tidelake.testkit.road.waiting import NotInTime

_PATIENCE_S = 30.0


class PsqlSession:
    """One connection. For one thread."""

    def __init__(self, login: PostgresLogin, database: str) -> None:
        self._database = database
        command = [str(program("psql")), "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        command += ["-h", "127.0.0.1", "-p", str(login.port), "-U", login.user, "-d", database]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**kept, "PGPASSWORD": login.password},
            encoding="utf-8",
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._marks = (f"done {number}" for number in count())
        self._awaited: list[str] = []
        self._said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        (pid,) = self.ask("select pg_backend_pid()")
        self.pid = int(pid)

    def send(self, sql: str) -> None:
        """Returns at once. Raises QueryFailed if the connection is lost."""
        assert self._process.stdin is not None
        mark = next(self._marks)
        self._awaited.append(mark)
        try:
            self._process.stdin.write(f"{sql};\n\\echo {mark}\n")
            self._process.stdin.flush()
        except OSError as lost:
            raise QueryFailed(self._database, f"{lost}.") from lost

    def settled(self, within: float = 0.0) -> bool:
        """Whether all that was sent is done. Raises QueryFailed if PostgreSQL refused some of it."""
        while self._awaited:
            try:
                line = self._lines.get(timeout=within) if within else self._lines.get_nowait()
            except queue.Empty:
                return False
            if line is None:
                raise QueryFailed(self._database, " ".join(self._said))
            if line == self._awaited[0]:
                self._awaited.pop(0)
            else:
                self._said.append(line)
        return True

    def ask(self, sql: str) -> list[str]:
        """Lines of the answer, once it is there. Raises QueryFailed, NotInTime."""
        self.settle()
        self._said.clear()
        self.send(sql)
        self.settle()
        return list(self._said)

    def settle(self) -> None:
        """Returns when all that was sent is done. Raises QueryFailed, NotInTime."""
        if not self.settled(_PATIENCE_S):
            raise NotInTime(f"psql did not say {self._awaited[0]} within {_PATIENCE_S:g} s")

    def close(self) -> None:
        """Ends it, with whatever transaction is open."""
        self._process.kill()
        self._process.wait(10.0)
        self._reader.join(10.0)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)
