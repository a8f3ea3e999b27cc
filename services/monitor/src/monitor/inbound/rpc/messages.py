"""The picture as messages of monitor.proto."""

from __future__ import annotations

from monitor.core.alerting import Alert
from monitor.core.freshness import Hop
from monitor.core.ledger import LedgerCount
from monitor.core.picture import DatasetPicture, Picture
from monitor.core.usage import ProcessUsage
from monitor.generated import monitor_pb2 as pb


def condition_message(picture: Picture, dataset: str) -> pb.Condition:
    """All of it, or what is about one dataset; processes are in both."""
    return pb.Condition(
        at=picture.at.isoformat(),
        datasets=[_dataset(one) for one in picture.datasets if dataset in ("", one.address)],
        processes=[_process(one) for one in picture.processes],
        alerts=[_alert(one) for one in picture.alerts if dataset in ("", one.condition.dataset)],
    )


def _dataset(one: DatasetPicture) -> pb.Dataset:
    return pb.Dataset(
        dataset=one.address,
        slo_seconds=one.slo_s,
        hops=[_hop(hop) for hop in (one.freshness.hops if one.freshness else ())],
        ledger=_ledger(one.ledger) if one.ledger else None,
    )


def _hop(hop: Hop) -> pb.Hop:
    delays = hop.delays
    message = (
        pb.Delays(
            rows=delays.rows,
            p50_seconds=delays.p50_s,
            p95_seconds=delays.p95_s,
            p99_seconds=delays.p99_s,
            max_seconds=delays.max_s,
        )
        if delays
        else None
    )
    return pb.Hop(name=hop.name, delays=message, computed_from=hop.computed_from)


def _ledger(count: LedgerCount) -> pb.Ledger:
    return pb.Ledger(
        counted_at=count.counted_at.isoformat(),
        bronze_version=count.bronze_version,
        silver_version=-1 if count.silver_version is None else count.silver_version,
        outcomes_version=-1 if count.outcomes_version is None else count.outcomes_version,
        bronze_rows=count.bronze_rows,
        in_silver=count.in_silver,
        outcomes=count.outcomes,
        waiting=count.waiting,
        faults=[
            pb.Fault(
                kind=fault.kind,
                rows=fault.rows,
                examples=[
                    pb.Position(topic_id=source.topic_id, partition=source.partition, offset=offset)
                    for source, offset in fault.examples
                ],
                files=fault.files,
            )
            for fault in count.faults
        ],
    )


def _process(one: ProcessUsage) -> pb.Process:
    return pb.Process(
        service=one.service,
        instance=one.instance,
        answers=one.answers,
        cpu_cores=one.cpu_cores,
        memory_bytes=one.memory_bytes or 0,
    )


def _alert(alert: Alert) -> pb.Alert:
    about = alert.condition
    return pb.Alert(
        name=about.name,
        dataset=about.dataset,
        state=alert.state,
        since=alert.since.isoformat(),
        summary=about.summary,
        description=about.description,
        owner=about.owner,
    )
