"""Which call a request is, told from its raw path: names are split first and decoded after.

An object's name may hold anything, a slash included, so nothing may decode the path before it is split.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from tidelake.testkit.gcs.errors import Dialect, NotBuilt
from tidelake.testkit.gcs.exchange import Request

_XML_LISTING = frozenset(
    {"list-type", "prefix", "start-after", "delimiter", "continuation-token", "max-keys"}
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call by its name, and what it is about. Names left empty do not occur in the call."""

    name: str
    bucket: str = ""
    object_name: str = ""
    target_bucket: str = ""  # copies and moves: where to
    target_name: str = ""


def dialect_of(raw_path: str) -> Dialect:
    """The API that a path belongs to, also for calls that we do not have."""
    first = raw_path.split("/", 2)[1] if raw_path.startswith("/") else ""
    return "json" if first in {"storage", "upload", "download", "batch", "token"} else "xml"


def call_of(request: Request) -> Call:
    """The call that a request makes. Raises NotBuilt."""
    call = _json_call(request) if dialect_of(request.raw_path) == "json" else _xml_call(request)
    if call is None:
        query = "".join(f" {name}={value}" for name, value in request.query.items())
        raise NotBuilt(f"{request.method} {request.raw_path}{query}")
    return call


def _json_call(request: Request) -> Call | None:
    segments = [unquote(segment) for segment in request.raw_path.split("/")[1:]]
    match request.method, segments:
        case "POST", ["token"]:
            return Call("oauth.token")
        case "POST", ["batch", "storage", "v1"]:
            return Call("json.batch")
        case "POST", ["storage", "v1", "b"]:
            return Call("json.buckets.insert")
        case "GET", ["storage", "v1", "b", bucket]:
            return Call("json.buckets.get", bucket)
        case "GET", ["storage", "v1", "b", bucket, "storageLayout"]:
            return Call("json.buckets.get_layout", bucket)
        case "GET", ["download", "storage", "v1", "b", bucket, "o", name] if _is_media(request):
            return Call("json.objects.download", bucket, name)
        case method, ["upload", "storage", "v1", "b", bucket, "o"]:
            return _upload_call(method, request, bucket)
        case "GET", ["storage", "v1", "b", bucket, "o"]:
            return Call("json.objects.list", bucket)
        case method, ["storage", "v1", "b", bucket, "o", name]:
            verbs = {"GET": "get", "DELETE": "delete", "PATCH": "patch"}
            if method not in verbs or _is_media(request):
                return None
            return Call(f"json.objects.{verbs[method]}", bucket, name)
        case "POST", ["storage", "v1", "b", bucket, "o", name, "compose"]:
            return Call("json.objects.compose", bucket, name)
        case "POST", ["storage", "v1", "b", bucket, "o", name, "moveTo", "o", target]:
            return Call("json.objects.move", bucket, name, bucket, target)
        case "POST", ["storage", "v1", "b", bucket, "o", name, "copyTo", "b", target_bucket, "o", target]:
            return Call("json.objects.copy", bucket, name, target_bucket, target)
        case "POST", ["storage", "v1", "b", bucket, "o", name, "rewriteTo", "b", target_bucket, "o", target]:
            return Call("json.objects.rewrite", bucket, name, target_bucket, target)
        case _:
            return None


def _is_media(request: Request) -> bool:
    return request.query.get("alt") == "media"


def _upload_call(method: str, request: Request, bucket: str) -> Call | None:
    name = request.query.get("name", "")
    match method, request.query.get("uploadType"), "upload_id" in request.query:
        case "POST", "media", False:
            return Call("json.objects.insert_media", bucket, name)
        case "POST", "multipart", False:
            return Call("json.objects.insert_multipart", bucket, name)
        case "POST", "resumable", False:
            return Call("json.uploads.start", bucket, name)
        case "PUT", _, True:
            return Call("json.uploads.continue", bucket, name)
        case _:
            return None


def _xml_call(request: Request) -> Call | None:
    raw_bucket, _, raw_name = request.raw_path[1:].partition("/")
    bucket, name = unquote(raw_bucket), unquote(raw_name)
    if not bucket:
        return None
    parameters = request.query.keys()
    if not name:
        listed = request.method == "GET" and request.query.get("list-type") == "2"
        return Call("xml.objects.list", bucket) if listed and parameters <= _XML_LISTING else None
    match request.method, sorted(parameters):
        case "GET", []:
            return Call("xml.objects.get", bucket, name)
        case "HEAD", []:
            return Call("xml.objects.head", bucket, name)
        case "DELETE", []:
            return Call("xml.objects.delete", bucket, name)
        case "PUT", [] if "x-goog-copy-source" in request.headers:
            source_bucket, _, source = request.headers["x-goog-copy-source"].lstrip("/").partition("/")
            return Call("xml.objects.copy", unquote(source_bucket), unquote(source), bucket, name)
        case "PUT", []:
            return Call("xml.objects.put", bucket, name)
        case "POST", ["uploads"]:
            return Call("xml.uploads.start", bucket, name)
        case "PUT", ["partNumber", "uploadId"]:
            return Call("xml.uploads.put_part", bucket, name)
        case "POST", ["uploadId"]:
            return Call("xml.uploads.complete", bucket, name)
        case "DELETE", ["uploadId"]:
            return Call("xml.uploads.abort", bucket, name)
        case _:
            return None
