"""Every way to write an object, each in two steps: all that goes before, and the request that decides.

A race is about the second step: writers take the first one each by itself, and the second all at once.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from xml.etree import ElementTree

import orjson
from tidelake.testkit.storage_lab import StorageLab

Decide = Callable[[], int]
"""Sends the deciding request and gives its HTTP status."""

Prepare = Callable[[StorageLab, str, bytes, str], Decide]
"""lab, name, content, and the generation that the object must have ("0": it must be absent)."""


def json_media(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    query = {"uploadType": "media", "name": name, "ifGenerationMatch": generation}
    return lambda: lab.ask("POST", lab.upload, query=query, content=content).status_code


def json_multipart(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    query = {"uploadType": "multipart", "ifGenerationMatch": generation}
    body = b"--mark\r\ncontent-type: application/json\r\n\r\n" + orjson.dumps({"name": name})
    body += b"\r\n--mark\r\ncontent-type: text/plain\r\n\r\n" + content + b"\r\n--mark--"
    related = {"content-type": "multipart/related; boundary=mark"}
    return lambda: lab.ask("POST", lab.upload, query=query, headers=related, content=body).status_code


def json_resumable(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    query = {"uploadType": "resumable", "name": name, "ifGenerationMatch": generation}
    session = lab.ask("POST", lab.upload, query=query).raise_for_status().headers["location"]
    whole = {"content-range": f"bytes 0-{len(content) - 1}/{len(content)}"}
    return lambda: lab.ask("PUT", session, headers=whole, content=content).status_code


def copy_to(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    source = _source(lab, content)
    address = f"{lab.json(source)}/copyTo/b/{lab.bucket}/o/{_segment(lab, name)}"
    return lambda: lab.ask("POST", address, query={"ifGenerationMatch": generation}).status_code


def rewrite_to(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    source = _source(lab, content)
    address = f"{lab.json(source)}/rewriteTo/b/{lab.bucket}/o/{_segment(lab, name)}"
    return lambda: lab.ask("POST", address, query={"ifGenerationMatch": generation}).status_code


def move_to(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    source = _source(lab, content)
    address = f"{lab.json(source)}/moveTo/o/{_segment(lab, name)}"
    return lambda: lab.ask("POST", address, query={"ifGenerationMatch": generation}).status_code


def compose(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    body = orjson.dumps({"sourceObjects": [{"name": _source(lab, content)}]})
    address, query = f"{lab.json(name)}/compose", {"ifGenerationMatch": generation}
    return lambda: lab.ask("POST", address, query=query, headers=_JSON, content=body).status_code


def xml_put(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    condition = _condition(generation)
    return lambda: lab.ask("PUT", lab.xml(name), headers=condition, content=content).status_code


def xml_copy(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    source = {"x-goog-copy-source": f"{lab.bucket}/{_source(lab, content)}"}
    headers = _condition(generation) | source
    return lambda: lab.ask("PUT", lab.xml(name), headers=headers).status_code


def xml_multipart(lab: StorageLab, name: str, content: bytes, generation: str) -> Decide:
    started = lab.ask("POST", lab.xml(name), query={"uploads": ""}).raise_for_status()
    upload = next(each.text or "" for each in ElementTree.fromstring(started.content).iterfind("{*}UploadId"))
    part = lab.ask("PUT", lab.xml(name), query={"partNumber": 1, "uploadId": upload}, content=content)
    etag = part.raise_for_status().headers["etag"]
    body = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    condition, query = _condition(generation), {"uploadId": upload}
    return lambda: lab.ask("POST", lab.xml(name), query=query, headers=condition, content=body).status_code


WAYS: Mapping[str, Prepare] = MappingProxyType(
    {
        "json media": json_media,
        "json multipart": json_multipart,
        "json resumable": json_resumable,
        "copyTo": copy_to,
        "rewriteTo": rewrite_to,
        "moveTo": move_to,
        "compose": compose,
        "xml put": xml_put,
        "xml copy": xml_copy,
        "xml multipart": xml_multipart,
    }
)

_JSON = {"content-type": "application/json"}


def _source(lab: StorageLab, content: bytes) -> str:
    name = lab.name()
    lab.put(name, content)
    return name


def _segment(lab: StorageLab, name: str) -> str:
    return lab.json(name).rpartition("/")[2]


def _condition(generation: str) -> dict[str, str]:
    return {"x-goog-if-generation-match": generation}
