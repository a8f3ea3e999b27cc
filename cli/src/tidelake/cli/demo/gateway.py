"""Asks the gateway by both of its ways, as an application does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import grpc
import pyarrow as pa
from tidelake.client import QueryClient, QueryError
from tidelake.client.generated import query_pb2 as pb
from tidelake.client.generated.query_pb2_grpc import QueryServiceStub
from tidelake.runtime.errors import LakeError, Terminal

_TIMEOUT = timedelta(seconds=60)


class NotAnswered(LakeError, Terminal):
    """The gateway gave no whole answer to a question of the demo's."""

    def __init__(self, way: str, said: str) -> None:
        super().__init__(
            f"The gateway did not answer by {way}: {said} Everything that was sent is in the lake. See "
            "./lake logs query-gateway, and ask again with ./lake demo --again."
        )
        self.way = way


@dataclass(frozen=True, slots=True)
class Reply:
    """All rows of one answer."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    versions: Mapping[str, int]  # of each table that was read


AsOf = datetime | Mapping[str, int]
"""A time, or versions of tables that are not to be read as they are now."""


class Ask(Protocol):
    """One way to the gateway."""

    def __call__(self, sql: str, parameters: Sequence[str], as_of: AsOf) -> Reply:
        """Raises NotAnswered."""
        ...


def ask_by_http(url: str, key: str) -> Ask:
    """Pages of JSON."""

    def ask(sql: str, parameters: Sequence[str], as_of: AsOf) -> Reply:
        try:
            with (
                QueryClient(url, key) as client,
                client.query(sql, parameters, as_of=as_of or None, timeout=_TIMEOUT) as rows,
            ):
                return Reply(tuple(column.name for column in rows.columns), tuple(rows), rows.versions)
        except QueryError as error:
            raise NotAnswered("HTTP", f"{error}") from error

    return ask


def ask_by_grpc(target: str, key: str) -> Ask:
    """One Arrow stream."""

    def ask(sql: str, parameters: Sequence[str], as_of: AsOf) -> Reply:
        request = pb.QueryRequest(
            sql=sql,
            parameters=[pb.Value(string_value=value) for value in parameters],
            timeout_s=_TIMEOUT.total_seconds(),
        )
        if isinstance(as_of, datetime):
            request.time = as_of.isoformat()
        elif as_of:
            request.versions.CopyFrom(pb.Versions(tables=as_of))
        header, arrow, whole = pb.Header(), bytearray(), False
        try:
            with grpc.insecure_channel(target) as channel:
                metadata = (("authorization", f"Bearer {key}"),)
                for response in QueryServiceStub(channel).Query(request, metadata=metadata):
                    if response.HasField("header"):
                        header = response.header
                    arrow += response.arrow
                    whole = whole or response.HasField("summary")
        except grpc.RpcError as error:
            raise NotAnswered("gRPC", f"{error!r}.") from error
        if not whole:
            raise NotAnswered("gRPC", "its answer broke off.")
        found: pa.Table = pa.ipc.open_stream(pa.BufferReader(bytes(arrow))).read_all()
        rows = zip(*(column.to_pylist() for column in found.columns), strict=True)
        return Reply(tuple(found.column_names), tuple(rows), dict(header.versions.tables))

    return ask
