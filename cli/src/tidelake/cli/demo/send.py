"""Sends the demo's traffic through the door and keeps the receipts: a count that the lake did not make."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tidelake.client.ingest import IngestClient
from tidelake.client.receipts import Receipt, Receipts

from .traffic import Kind, Sent

MISJUDGED_SHOWN = 5
Position = tuple[int, int]  # (partition, offset)


@dataclass(slots=True)
class Receipted:
    """What the door answered to everything that was sent. Grown batch by batch."""

    sent: Counter[Kind] = field(default_factory=Counter[Kind])
    refused: Counter[Kind] = field(default_factory=Counter[Kind])
    positions: dict[Position, Kind] = field(default_factory=dict[Position, Kind])  # acknowledged
    misjudged: list[tuple[Sent, Receipt]] = field(default_factory=list[tuple[Sent, Receipt]])

    @property
    def records(self) -> int:
        return self.sent.total()

    @property
    def as_expected(self) -> bool:
        """Whether anything was sent, and the door took every good record and refused every broken one."""
        return self.records > 0 and not self.misjudged

    def positions_by_partition(self) -> dict[int, set[int]]:
        """Acknowledged offsets of each partition."""
        offsets: dict[int, set[int]] = {}
        for partition, offset in self.positions:
            offsets.setdefault(partition, set()).add(offset)
        return offsets

    def take(self, batch: Sequence[Sent], receipts: Receipts) -> None:
        """Keep the receipts of one batch, in its order."""
        for one, receipt in zip(batch, receipts.receipts, strict=True):
            self.sent[one.kind] += 1
            refused = receipt.status == "refused"
            self.refused[one.kind] += refused
            if refused != one.kind.must_be_refused and len(self.misjudged) < MISJUDGED_SHOWN:
                self.misjudged.append((one, receipt))
        for answered in (receipts, *receipts.earlier):
            for receipt in answered.accepted:
                assert receipt.partition is not None, "an accepted record has a position"
                assert receipt.offset is not None, "an accepted record has a position"
                self.positions[receipt.partition, receipt.offset] = batch[receipt.index].kind


def send(
    client: IngestClient,
    dataset: str,
    traffic: Iterable[Sent],
    *,
    batch: int,
    in_flight: int,
    on_records: Callable[[int], None],
) -> Receipted:
    """Send everything; `on_records` hears of each answered batch, in this thread.

    Raises the client's NothingTaken, MaybeKept or RequestRefused when the door gives no answer that counts.
    """
    receipted = Receipted()
    unanswered: deque[Sent] = deque()

    def lines() -> Iterator[bytes]:
        for one in traffic:
            unanswered.append(one)
            yield one.line

    def on_receipts(receipts: Receipts) -> None:
        answered = len(receipts.receipts)
        receipted.take([unanswered.popleft() for _ in range(answered)], receipts)
        on_records(answered)

    client.publish_many(dataset, lines(), batch=batch, in_flight=in_flight, on_receipts=on_receipts)
    return receipted
