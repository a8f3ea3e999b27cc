"""A service-account key file as Google's clients want it: a real RSA key that opens nothing."""

import os
from pathlib import Path
from typing import cast

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tidelake.testkit.gcs.attributes import Document

_PROJECT = "lake-local"


class NotOurKey(Exception):
    """The file holds something else than a key that the emulator made; it is left as it is."""


def keep_service_account(path: Path, base_url: str) -> None:
    """Writes the key file, readable by its owner alone. A key that is there stays, at the address of now.

    Raises NotOurKey rather than touch a file of another origin, which may be a real key; OSError.
    """
    try:
        document = _our_document(path.read_bytes())
    except FileNotFoundError:
        document = _new_document()
    if document is None:
        raise NotOurKey(str(path))
    addresses = {
        "auth_uri": f"{base_url}/auth",
        "token_uri": f"{base_url}/token",
        "gcs_base_url": base_url,
        "disable_oauth": True,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(document | addresses, option=orjson.OPT_INDENT_2))
    draft.replace(path)


def _our_document(content: bytes) -> Document | None:
    try:
        document: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    found = cast("Document", document)
    return found if found.get("project_id") == _PROJECT else None


def _new_document() -> Document:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "type": "service_account",
        "project_id": _PROJECT,
        "private_key_id": "0" * 40,
        "private_key": pem.decode(),
        "client_email": f"lake@{_PROJECT}.iam.gserviceaccount.com",
        "client_id": "1",
        "universe_domain": "googleapis.com",
    }
