"""End points for tests, beside the store: health, faults, request counts. Their paths can not be buckets."""

import msgspec
from tidelake.testkit.gcs.core import Core
from tidelake.testkit.gcs.errors import GcsError, Invalid, NotBuilt, error_response
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.gcs.json_answers import json_response

PATHS = frozenset({"/healthz", "/_faults", "/_requests"})


def control(core: Core, request: Request) -> Response:
    """Answers a request to one of PATHS. None of them is counted, and no fault strikes them."""
    try:
        return _control(core, request)
    except GcsError as error:
        return error_response(error, "json")


def _control(core: Core, request: Request) -> Response:
    match request.method, request.raw_path:
        case "GET", "/healthz":
            return json_response({"status": "ok", "what": "GCS test double"})
        case "GET", "/_faults":
            return json_response({"faults": core.faults.report()})
        case "POST", "/_faults":
            return json_response({"id": core.faults.add(_rule(request.body))})
        case "DELETE", "/_faults":
            number = request.query.get("id")
            if number is None:
                core.faults.clear()
            else:
                core.faults.remove(_number(number))
            return Response(204)
        case "GET", "/_requests":
            return json_response(core.log.report(_number(request.query.get("recent", "0"))))
        case "DELETE", "/_requests":
            core.log.reset()
            return Response(204)
        case _:
            raise NotBuilt(f"{request.method} {request.raw_path}")


def _rule(body: bytes) -> FaultRule:
    try:
        return msgspec.json.decode(body, type=FaultRule)
    except msgspec.DecodeError as problem:
        raise Invalid(f"The fault can not be understood: {problem}.") from None


def _number(text: str) -> int:
    if not text.isdigit():
        raise Invalid(f"{text!r} is not a number.")
    return int(text)
