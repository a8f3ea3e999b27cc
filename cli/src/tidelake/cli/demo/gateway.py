"""Asks the gateway by both of its ways, as an application does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import grpc
import httpx
import pyarrow as pa
from tidelake.client.generated import query_pb2 as pb
from tidelake.client.generated.query_pb2_grpc import QueryServiceStub
from tidelake.runtime.errors import LakeError, Terminal

_TIMEOUT_S = 60.0


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


class Ask(Protocol):
    """One way to the gateway."""

    def __call__(self, sql: str, parameters: Sequence[str], versions: Mapping[str, int]) -> Reply:
        """`versions`: of tables that are not to be read as they are now. Raises NotAnswered."""
        ...


def ask_by_http(url: str, key: str) -> Ask:
    """Pages of JSON."""

    def page(response: httpx.Response) -> dict[str, Any]:
        if not response.is_success:
            raise NotAnswered("HTTP", f"{response.status_code}, {response.text}.")
        return cast("dict[str, Any]", response.json())

    def ask(sql: str, parameters: Sequence[str], versions: Mapping[str, int]) -> Reply:
        question = {
            "sql": sql,
            "parameters": list(parameters),
            "as_of": dict(versions) or None,
            "timeout_s": _TIMEOUT_S,
        }
        headers = {"authorization": f"Bearer {key}"}
        try:
            with httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S, trust_env=False) as http:
                first = now = page(http.post("/v1/query", json=question))
                rows: list[list[Any]] = first["rows"]
                while now["next"]:
                    now = page(http.get(now["next"]))
                    rows += now["rows"]
        except httpx.HTTPError as error:
            raise NotAnswered("HTTP", f"{error!r}.") from error
        return Reply(
            tuple(column["name"] for column in first["columns"]), tuple(map(tuple, rows)), first["versions"]
        )

    return ask


def ask_by_grpc(target: str, key: str) -> Ask:
    """One Arrow stream."""

    def ask(sql: str, parameters: Sequence[str], versions: Mapping[str, int]) -> Reply:
        request = pb.QueryRequest(
            sql=sql,
            parameters=[pb.Value(string_value=value) for value in parameters],
            versions=pb.Versions(tables=versions) if versions else None,
            timeout_s=_TIMEOUT_S,
        )
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
