"""The token end point: any service account gets a token, and no call ever asks for one."""

from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.json_answers import json_response
from tidelake.testkit.gcs.routes import Call


def give_token(_lake: Lake, _call: Call, _request: Request) -> Response:
    return json_response({"access_token": "test-double", "token_type": "Bearer", "expires_in": 3600})
