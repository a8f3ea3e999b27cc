"""Whether a client of an address needs certificates."""


def verified(url: str) -> bool:
    """For httpx's `verify`: False where there is no certificate to look at, as by plain HTTP.

    httpx reads those of all authorities for each call without a client, a twentieth of a second of processor
    time: more than all else of a question whether a process is ready.
    """
    return not url.lower().startswith("http://")
