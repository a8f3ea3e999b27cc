"""Hashes that a client sends with its content: content that does not match them is refused."""

from tidelake.testkit.gcs.attributes import Document
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.exchange import Request
from tidelake.testkit.gcs.objects import Digest


def check_document_hashes(document: Document, digest: Digest) -> None:
    """Raises Invalid if the document's `crc32c` or `md5Hash` is not the content's."""
    _check("crc32c", document.get("crc32c"), digest.crc32c_base64)
    _check("MD5", document.get("md5Hash"), digest.md5_base64)


def check_header_hashes(request: Request, digest: Digest) -> None:
    """Raises Invalid if `x-goog-hash` or `content-md5` is not the content's hash."""
    for part in request.headers.get("x-goog-hash", "").split(","):
        algorithm, _, value = part.strip().partition("=")
        if algorithm == "crc32c":
            _check("crc32c", value, digest.crc32c_base64)
        elif algorithm == "md5":
            _check("MD5", value, digest.md5_base64)
    _check("MD5", request.headers.get("content-md5"), digest.md5_base64)


def _check(algorithm: str, given: str | None, actual: str | None) -> None:
    if given is not None and given != actual:
        raise Invalid(f"The content's {algorithm} is {actual}, but the request says {given}.")
