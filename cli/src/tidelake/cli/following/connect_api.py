"""Kafka Connect's REST interface, as far as following tables needs it."""

from collections.abc import Mapping

import httpx
from tidelake.runtime.certificates import verified
from tidelake.streams.connectors import ConnectorStatus, read_status

from .problems import ConnectAway, ConnectorRefused

_TIMEOUT_S = 10.0
_NOT_FOUND, _CONFLICT = 404, 409


class ConnectApi:
    """One worker of a Connect cluster; `url` without a slash at its end."""

    def __init__(self, url: str) -> None:
        self._url = url

    def config(self, name: str) -> Mapping[str, str] | None:
        """The connector's configuration; None: there is no such connector. Raises ConnectAway."""
        answer = self._ask("GET", f"/connectors/{name}/config")
        return None if answer.status_code == _NOT_FOUND else answer.json()

    def put(self, name: str, config: Mapping[str, str]) -> bool:
        """Makes the connector or changes it; False: it was so. Raises ConnectAway, ConnectorRefused."""
        wanted = {**config, "name": name}
        if self.config(name) == wanted:
            return False
        answer = self._ask("PUT", f"/connectors/{name}/config", wanted)
        if answer.is_client_error:
            raise ConnectorRefused(name, answer.status_code, _message(answer))
        return True

    def status(self, name: str) -> ConnectorStatus:
        """Raises ConnectAway."""
        answer = self._ask("GET", f"/connectors/{name}/status")
        return ConnectorStatus("absent") if answer.status_code == _NOT_FOUND else read_status(answer.json())

    def restart(self, name: str) -> None:
        """Starts anew what has failed of it. Raises ConnectAway."""
        self._ask("POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true")

    def resume(self, name: str) -> None:
        """Lets go on what somebody paused or stopped. Raises ConnectAway."""
        self._ask("PUT", f"/connectors/{name}/resume")

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            answer = httpx.request(
                method,
                f"{self._url}{path}",
                json=body,
                timeout=_TIMEOUT_S,
                trust_env=False,
                verify=verified(self._url),
            )
        except httpx.HTTPError as error:
            raise ConnectAway(self._url, f"does not answer ({type(error).__name__})") from error
        if answer.status_code == _CONFLICT:
            raise ConnectAway(self._url, "is just taking up its connectors again")
        told = answer.is_client_error if method == "PUT" else answer.status_code == _NOT_FOUND
        if answer.is_success or told:
            return answer
        raise ConnectAway(self._url, f"answers {answer.status_code} ({_message(answer)})")


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"]).strip()
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
