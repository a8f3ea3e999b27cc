"""Every call that the emulator has, by name."""

from collections.abc import Mapping

from tidelake.testkit.gcs import (
    json_copies,
    json_objects,
    json_resumable,
    json_uploads,
    oauth,
    xml_objects,
    xml_uploads,
)
from tidelake.testkit.gcs.handling import Handler

CALLS: Mapping[str, Handler] = {
    "oauth.token": oauth.give_token,
    "json.buckets.insert": json_objects.insert_bucket,
    "json.buckets.get": json_objects.get_bucket,
    "json.buckets.get_layout": json_objects.get_layout,
    "json.objects.get": json_objects.get_object,
    "json.objects.download": json_objects.download_object,
    "json.objects.list": json_objects.list_objects,
    "json.objects.patch": json_objects.patch_object,
    "json.objects.delete": json_objects.delete_object,
    "json.objects.copy": json_copies.copy_object,
    "json.objects.rewrite": json_copies.rewrite_object,
    "json.objects.move": json_copies.move_object,
    "json.objects.compose": json_copies.compose_object,
    "json.objects.insert_media": json_uploads.insert_media,
    "json.objects.insert_multipart": json_uploads.insert_multipart,
    "json.uploads.start": json_resumable.start_upload,
    "json.uploads.continue": json_resumable.continue_upload,
    "xml.objects.get": xml_objects.get_object,
    "xml.objects.head": xml_objects.head_object,
    "xml.objects.put": xml_objects.put_object,
    "xml.objects.copy": xml_objects.copy_object,
    "xml.objects.delete": xml_objects.delete_object,
    "xml.objects.list": xml_objects.list_objects,
    "xml.uploads.start": xml_uploads.start_upload,
    "xml.uploads.put_part": xml_uploads.put_part,
    "xml.uploads.complete": xml_uploads.complete_upload,
    "xml.uploads.abort": xml_uploads.abort_upload,
}
