"""Where uploaded and generated files are kept: a directory, or an S3-compatible object store.

One setting decides, PENSTOCK_FILES: unset for PENSTOCK_HOME/files, a directory's path, or
`s3://bucket/prefix?endpoint=https://…&region=…`.  The store's keys come from the usual
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY variables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from penstock.hub.conf.environment import ConfigurationError

S3_PARAMETERS = {
    "endpoint": "endpoint_url",
    "region": "region_name",
    "addressing": "addressing_style",
    "signature": "signature_version",
}


def file_storage(where: str, *, default: Path) -> dict[str, Any]:
    """The `STORAGES["default"]` entry for a value of PENSTOCK_FILES."""
    if not where.startswith("s3://"):
        directory = Path(where).expanduser().absolute() if where else default
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            # No base_url: files reach people only through views that check who asks.
            "OPTIONS": {"location": directory, "base_url": None, "file_permissions_mode": 0o640},
        }
    parts = urlsplit(where)
    if not parts.netloc:
        raise ConfigurationError("PENSTOCK_FILES names no bucket: write s3://bucket?endpoint=https://….")
    given = dict(parse_qsl(parts.query))
    unknown = sorted(set(given) - set(S3_PARAMETERS))
    if unknown:
        known = ", ".join(S3_PARAMETERS)
        raise ConfigurationError(f"PENSTOCK_FILES does not know {unknown[0]!r}; it knows {known}.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        }
        | {S3_PARAMETERS[name]: value for name, value in given.items()},
    }
