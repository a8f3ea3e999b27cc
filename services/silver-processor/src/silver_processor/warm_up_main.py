"""`silver-warm-up`: a process that starts Spark, takes the warm-up's batches, and ends in order.

With -XX:AOTCacheOutput=FILE among SILVER_PROCESSOR_JAVA_OPTIONS Java writes an AOT cache at its end. Later
starts read it by -XX:AOTCache=FILE, if their Spark and their Java stand at the same paths.
"""

from __future__ import annotations

from datetime import timedelta

from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.shutdown import StopSignal

from silver_processor.inbound.warm_up import warm_up
from silver_processor.outbound.spark import end_java, spark_options, spark_session
from silver_processor.settings import SilverProcessorSettings

_JAVA_ENDS = timedelta(minutes=5)


def run(settings: SilverProcessorSettings) -> None:
    """Raises WarmUpFailed and whatever Spark raises."""
    storage = settings.storage()
    options = spark_options(storage, settings.scratch, settings.spark_limits)
    with StopSignal() as stop:
        with spark_session(options, settings.spark_start) as session:
            warm_up(session, storage, SystemClock(), stop)
        end_java(session, _JAVA_ENDS)


def main() -> None:
    """Console script `silver-warm-up`."""
    end_process(service_main(SilverProcessorSettings, run))
