"""Files out of the house: a stranger's model only ever as an attachment, pictures we drew ourselves inline.

Pages and the API both answer with these; the caller has found the revision through `selectors.revision`.
"""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _

from penstock.hub.core.errors import NotFound

from .blobs import opened
from .models import Blob, Revision

# Whatever a browser makes of the bytes, it runs nothing and asks nothing of us.
SANDBOX = "sandbox; default-src 'none'"


def model_file(revision: Revision) -> HttpResponse:
    """The model as it was uploaded."""
    response = FileResponse(
        opened(revision.blob),
        as_attachment=True,
        filename=revision.filename,
        content_type="application/octet-stream",
    )
    response["Cache-Control"] = "private, no-store"
    return _hardened(response)


def thumbnail(request: HttpRequest, revision: Revision) -> HttpResponse:
    """The picture made when the file was measured (PNG)."""
    return _picture(request, revision.thumbnail, "image/png")


def preview(request: HttpRequest, revision: Revision) -> HttpResponse:
    """The small model the browser turns around (GLB)."""
    return _picture(request, revision.preview, "model/gltf-binary")


def _picture(request: HttpRequest, blob: Blob | None, content_type: str) -> HttpResponse:
    if blob is None:
        raise NotFound("no_picture", _("There is no picture of this file (yet)."))
    tag = f'"{blob.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = FileResponse(opened(blob), content_type=content_type)
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=3600"
    return _hardened(response)


def _hardened(response: HttpResponse) -> HttpResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
