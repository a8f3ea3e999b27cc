"""Apache Kafka as one process: broker and controller together (KRaft), without replication."""

import base64
import os
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tidelake.local.home import Home
from tidelake.local.jre import java, java_environ
from tidelake.local.log4j import console
from tidelake.local.program import Port, Program
from tidelake.local.readiness import StartCancelled
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.streams.limits import message_max_bytes

# Relative to the state folder, in which the broker runs: Kafka splits a path at a comma.
_DATA = "data/kafka"
_PROPERTIES = "conf/kafka.properties"
_LOG4J_PROPERTIES = "conf/kafka-log4j2.properties"
JVM_FLAGS = ("-Xms128m", "-Xmx384m", "-Xss512k", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")

_LOG4J = console("INFO")


class FormatFailed(LakeError, Terminal):
    """Kafka's folder could not be prepared."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"Kafka could not prepare its folder {folder}: {reason} Check that the disk is not full and the "
            "folder is yours; `./lake down --purge` removes it with all data of the stack."
        )
        self.folder = folder


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """`max_record_bytes` bounds a record's value; the same number goes to router and writers."""

    port: int = 19092
    controller_port: int = 19093
    max_record_bytes: int = 1_048_576


@dataclass(frozen=True, slots=True)
class KafkaInstall:
    """Jars in the lock's order, and flags for the broker's own start only."""

    jars: Sequence[Path]
    jvm_flags: Sequence[str] = ()


class Kafka:
    """A broker on 127.0.0.1 that keeps its log in the stack's data folder."""

    def __init__(self, home: Home, settings: KafkaSettings, install: Callable[[], KafkaInstall]) -> None:
        self._home = home
        self._settings = settings
        self._install = install

    name = "kafka"

    @property
    def ports(self) -> Sequence[Port]:
        """The broker's and the controller's."""
        return (
            Port(self._settings.port, "Kafka"),
            Port(self._settings.controller_port, "Kafka's controller"),
        )

    @property
    def bootstrap_servers(self) -> str:
        """What clients connect to."""
        return f"127.0.0.1:{self._settings.port}"

    def prepare(self) -> Program:
        """Writes the configuration, and formats the data folder once. Raises FormatFailed."""
        install = self._install()
        self._home.make()
        (self._home.root / _PROPERTIES).write_text(self._properties(_DATA), encoding="utf-8")
        (self._home.root / _LOG4J_PROPERTIES).write_text(_LOG4J, encoding="utf-8")
        if not (self._home.root / _DATA / "meta.properties").exists():
            self._format(install.jars)
        logs = f"-Dlog4j2.configurationFile={_LOG4J_PROPERTIES}"
        broker = ("-cp", class_path(install.jars), "kafka.Kafka", _PROPERTIES)
        return Program(
            command=(str(java()), *JVM_FLAGS, *install.jvm_flags, logs, *broker),
            start_timeout=timedelta(seconds=90),
            remark="one broker: replication 1",
        )

    def unready(self) -> str | None:
        """None once the broker answers a question about its topics."""
        from confluent_kafka import KafkaException  # takes a while, and only this needs it
        from confluent_kafka.admin import AdminClient

        host, _, port = self.bootstrap_servers.partition(":")
        try:
            socket.create_connection((host, int(port)), timeout=0.5).close()
        except OSError as error:
            return f"nothing accepts connections at {self.bootstrap_servers} ({error.strerror or error})"
        try:
            # The client's own complaints about an unready broker would land on the user's screen.
            AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0}).list_topics(timeout=1)
        except KafkaException as error:
            return f"it does not answer yet ({error})"
        return None

    def _properties(self, data: str) -> str:
        # After SIGKILL a new controller waits for the old broker's session to end before it takes another.
        at, controller = f"127.0.0.1:{self._settings.port}", f"127.0.0.1:{self._settings.controller_port}"
        message_bytes = message_max_bytes(self._settings.max_record_bytes)
        return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners=PLAINTEXT://{at},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{at}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=4
auto.create.topics.enable=false
message.max.bytes={message_bytes}
replica.fetch.max.bytes={message_bytes}
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=1000
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
log.segment.bytes=67108864
"""

    def _format(self, jars: Sequence[Path]) -> None:
        """Elsewhere first, and then put in place: a folder that is there is whole."""
        place, new = self._home.root / _DATA, self._home.root / f"{_DATA}.new"
        properties = self._home.root / f"{_PROPERTIES}.new"
        tool = (str(java()), *JVM_FLAGS, "-cp", class_path(jars), "kafka.tools.StorageTool", "format")
        try:
            shutil.rmtree(new, ignore_errors=True)
            properties.write_text(self._properties(f"{_DATA}.new"), encoding="utf-8")
            done = subprocess.run(
                (*tool, "-t", new_cluster_id(), "-c", str(properties)),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                cwd=self._home.root,
                env=java_environ(),
                start_new_session=True,  # Ctrl-C is for the command that waits: a half of this helps nobody
            )
            if done.returncode == -signal.SIGINT:  # it came before the child had a session of its own
                raise StartCancelled("Kafka's folder was not prepared any more.")
            if done.returncode != 0:
                lines = (done.stderr or done.stdout).strip().splitlines()
                raise FormatFailed(place, f"{lines[-1] if lines else f'it ended with {done.returncode}'}.")
            new.replace(place)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise FormatFailed(place, f"{error}.") from error


def new_cluster_id() -> str:
    """A random id in Kafka's spelling. Never begins with a dash: the tool would take it for an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()).startswith("-"):
        pass
    return text


def class_path(jars: Sequence[Path]) -> str:
    """The jars in the lock's order: a start-up cache belongs to exactly this text."""
    return os.pathsep.join(str(jar) for jar in jars)
