"""Python client of the lake: send events, keep the receipts; ask, and know what the answer is of.

from tidelake.client import IngestClient, QueryClient

with IngestClient("http://127.0.0.1:18100", api_key) as lake:
    receipts = lake.publish("flights", [{"carrier": "UA", "flight": 1545}])

with QueryClient("http://127.0.0.1:18130", api_key) as lake:
    for carrier, flights in lake.query("select carrier, count(*) from silver.flights group by 1"):
        print(carrier, flights)
"""

from tidelake.client.batches import Record
from tidelake.client.errors import (
    IngestError,
    MaybeKept,
    NotAnswered,
    NothingTaken,
    Problem,
    QueryError,
    QueryRefused,
    RequestRefused,
)
from tidelake.client.ingest import IngestClient
from tidelake.client.query import ArrowAnswer, Column, QueryClient, Rows
from tidelake.client.receipts import BrokenRule, Receipt, Receipts, Sent, Status

__all__ = [
    "ArrowAnswer",
    "BrokenRule",
    "Column",
    "IngestClient",
    "IngestError",
    "MaybeKept",
    "NotAnswered",
    "NothingTaken",
    "Problem",
    "QueryClient",
    "QueryError",
    "QueryRefused",
    "Receipt",
    "Receipts",
    "Record",
    "RequestRefused",
    "Rows",
    "Sent",
    "Status",
]
