"""Every metric of the monitor, with its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from monitor.core.picture import DatasetPicture, Picture

Value = Callable[[DatasetPicture], float | None]


def observe_lake(meter: Meter, picture: Callable[[], Picture | None]) -> None:
    """Gauges that show the newest picture."""

    def gauge(name: str, unit: str, description: str, value: Value) -> None:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            now = picture()
            for one in now.datasets if now else ():
                figure = value(one)
                if figure is not None:
                    yield Observation(figure, {"dataset": one.address})

        meter.create_observable_gauge(name, [observe], unit=unit, description=description)

    gauge(
        "lake.dataset.freshness",
        "s",
        "What is held against the contract: 95 % of the window's rows were readable within it, or the oldest "
        "that waits has waited so long; by dataset",
        lambda one: one.freshness.figure_s if one.freshness else None,
    )
    gauge("lake.dataset.slo", "s", "Freshness that the contract promises, by dataset", lambda one: one.slo_s)
    gauge(
        "lake.dataset.unread",
        "{offset}",
        "Kafka's last stable offsets minus bronze's tokens, by dataset",
        lambda one: one.freshness.waiting.unread if one.freshness else None,
    )
    gauge(
        "lake.dataset.undecided",
        "{row}",
        "Rows of bronze without an outcome that may have one yet, by dataset",
        lambda one: one.ledger.waiting if one.ledger else None,
    )
    gauge(
        "lake.ledger.faults",
        "{row}",
        "Rows that are lost, doubled or made up, or data files that are missing, by dataset; 0: the ledger "
        "balances",
        lambda one: sum(fault.rows for fault in one.ledger.faults) if one.ledger else None,
    )

    def alerts(_options: CallbackOptions) -> Iterable[Observation]:
        now = picture()
        for alert in now.alerts if now else ():
            about = alert.condition
            yield Observation(1, {"alert": about.name, "dataset": about.dataset, "state": alert.state})

    meter.create_observable_gauge(
        "lake.alerts", [alerts], unit="{alert}", description="1 for each alert that is pending or firing"
    )
