"""Says over HTTP which datasets lines are routed to, for who waits until a contract is in force."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from tidelake.contracts.contract import Version


def add_followed(app: FastAPI, version_of: Callable[[str], Version | None]) -> None:
    """Adds GET /v1/datasets/{address}: the version by which lines are routed there, or 404."""

    async def followed(address: str) -> Response:
        version = version_of(address)
        if version is None:
            return JSONResponse({"detail": f"No stream of log lines is routed to {address!r}."}, 404)
        return JSONResponse({"dataset": address, "version": str(version)})

    app.add_api_route("/v1/datasets/{address}", followed)
