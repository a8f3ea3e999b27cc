"""Asks a process by HTTP whether it can serve."""

import httpx
from tidelake.runtime.certificates import verified


def http_unready(url: str) -> str | None:
    """None once `url` answers 200; else why not, with the reasons that a /readyz names."""
    try:
        answer = httpx.get(url, timeout=1.0, trust_env=False, verify=verified(url))
    except httpx.HTTPError as error:
        return f"{url} does not answer ({type(error).__name__})"
    if answer.status_code == 200:
        return None
    return f"{url} answers {answer.status_code}{_reasons(answer)}"


def _reasons(answer: httpx.Response) -> str:
    try:
        report = answer.json()
        components = report.get("components", {}).items()
        reasons = [f"{name}: {one['reason']}" for name, one in components if not one["ok"]]
    except (ValueError, AttributeError, KeyError, TypeError):
        return ""
    return f" ({'; '.join(reasons)})" if reasons else ""
