"""Python client of the lake: send events, keep the receipts.

from tidelake.client import IngestClient

with IngestClient("http://127.0.0.1:18100", api_key) as lake:
    receipts = lake.publish("flights", [{"carrier": "UA", "flight": 1545}])
"""

from tidelake.client.batches import Record
from tidelake.client.errors import IngestError, MaybeKept, NothingTaken, Problem, RequestRefused
from tidelake.client.ingest import IngestClient
from tidelake.client.receipts import BrokenRule, Receipt, Receipts, Sent, Status

__all__ = [
    "BrokenRule",
    "IngestClient",
    "IngestError",
    "MaybeKept",
    "NothingTaken",
    "Problem",
    "Receipt",
    "Receipts",
    "Record",
    "RequestRefused",
    "Sent",
    "Status",
]
