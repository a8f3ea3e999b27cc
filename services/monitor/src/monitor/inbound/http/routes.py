"""The status page: rendered here, kept live by a small script, and of use without it."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from monitor.flows.board import Board
from monitor.inbound.http.view import number, page_view

_HEADERS = {
    # Nothing from elsewhere, nothing that stands in the page itself: what a dataset's text holds stays text.
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class StatusPage:
    """Renders the newest picture."""

    def __init__(self, board: Board) -> None:
        self._board = board
        # Everything is escaped, whatever it is.
        self._templates = Environment(
            loader=PackageLoader("monitor", "inbound/http/files"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["thousands"] = number

    def page(self) -> Response:
        """GET /."""
        return self._rendered("page.html")

    def fragment(self) -> Response:
        """GET /fragment: what is in the page and changes."""
        return self._rendered("fragment.html")

    def _rendered(self, template: str) -> Response:
        picture = self._board.picture
        view = page_view(picture) if picture else None
        content = self._templates.get_template(template).render(view=view)
        return Response(content, media_type="text/html; charset=utf-8", headers=_HEADERS)


def add_routes(app: FastAPI, board: Board) -> None:
    """Adds the page to a service's app."""
    page, here = StatusPage(board), files("monitor") / "inbound" / "http" / "files"
    style, script = (here / "status.css").read_bytes(), (here / "status.js").read_bytes()

    def css() -> Response:
        return Response(style, media_type="text/css", headers={**_HEADERS, "cache-control": "max-age=60"})

    def js() -> Response:
        return Response(
            script, media_type="text/javascript", headers={**_HEADERS, "cache-control": "max-age=60"}
        )

    app.add_api_route("/", page.page, include_in_schema=False)
    app.add_api_route("/fragment", page.fragment, include_in_schema=False)
    app.add_api_route("/status.css", css, include_in_schema=False)
    app.add_api_route("/status.js", js, include_in_schema=False)
