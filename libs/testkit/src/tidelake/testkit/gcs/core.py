"""One request, one answer, in one synchronous step: what makes every precondition atomic."""

import logging
from dataclasses import dataclass, replace

from tidelake.testkit.gcs.batch import answer_batch
from tidelake.testkit.gcs.calls import CALLS
from tidelake.testkit.gcs.errors import GcsError, Injected, InternalFailure, NotBuilt, error_response
from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.faults import ALL_WELL, Faults, Verdict
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.multipart_body import named_object
from tidelake.testkit.gcs.preconditions import refuse_unknown_conditions
from tidelake.testkit.gcs.request_log import RequestLog
from tidelake.testkit.gcs.routes import Call, call_of, dialect_of

_log = logging.getLogger(__name__)  # to stderr: stdout belongs to the line that says where we are


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request whose call is known (None: we do not have it), and what shall go wrong with it."""

    request: Request
    call: Call | None
    verdict: Verdict

    @property
    def name(self) -> str:
        return "not_built" if self.call is None else self.call.name


class Core:
    """The emulator without its sockets. One thread only; nothing in here waits."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.faults = Faults()
        self.log = RequestLog()

    def admit(self, request: Request) -> Admitted:
        """Finds the call and draws its faults, once for each request."""
        try:
            call = call_of(request)
        except NotBuilt:
            return Admitted(request, None, ALL_WELL)
        if not self.faults:
            return Admitted(request, call, ALL_WELL)
        if call.name == "json.objects.insert_multipart" and not call.object_name:
            call = replace(call, object_name=named_object(request))
        return Admitted(request, call, self.faults.verdict(request, call))

    def answer(self, admitted: Admitted) -> Response:
        """Does the work and answers, whatever happens."""
        request, call, verdict = admitted.request, admitted.call, admitted.verdict
        try:
            if call is None:
                call = call_of(request)
            if verdict.status is not None:
                raise Injected(verdict.status)
            if verdict.ignore_preconditions:
                request = replace(request, ignore_preconditions=True)
            if call.name == "json.batch":
                return answer_batch(request, self._answer_part)
            refuse_unknown_conditions(request)
            return CALLS[call.name](self._lake, call, request)
        except GcsError as error:
            return error_response(error, dialect_of(request.raw_path))
        except Exception as failure:  # noqa: BLE001 - the process's one broad catch: an answer for every request
            _log.exception("call_failed %s %s %s", admitted.name, request.method, request.raw_path)
            return error_response(InternalFailure(repr(failure)), dialect_of(request.raw_path))

    def _answer_part(self, request: Request) -> Response:
        admitted = self.admit(request)
        response = self.answer(admitted)
        self.log.count(admitted.name, response.status)
        return response
