"""One Kafka broker for a whole test run: whoever asks first starts it."""

import fcntl

from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.kafka import Kafka, KafkaSettings
from tidelake.local.kafka_install import install_kafka
from tidelake.local.maven import MavenRepository
from tidelake.local.process import launch
from tidelake.local.readiness import wait_until_ready
from tidelake.local.records import Records


def shared_broker(home: Home) -> str:
    """Bootstrap servers of the broker that lives in `home`, started when there is none.

    Safe to call from several processes at once. The broker outlives the caller: `stop_all(home)` ends it.
    """
    home.make()
    with (home.root / "broker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        record = Records(home.run).find(Kafka.name)
        if record is not None and record.alive:
            return f"127.0.0.1:{record.ports[0]}"
        cache = cache_folder()
        artifacts = ArtifactCache(cache, MavenRepository.from_environ())
        kafka = Kafka(home, KafkaSettings(*free_ports(2)), lambda: install_kafka(cache, artifacts))
        program = kafka.prepare()
        child = launch(kafka, program, home)
        wait_until_ready(kafka, child.outcome, home, program.start_timeout)
        return kafka.bootstrap_servers
