"""A program's view of the hub: JSON over HTTP with an API key."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.code = problem.get("code", "")


class ApiClient:
    """Calls /api/v1 of one web server in the name of one firm."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def get(self, path: str, **query: Any) -> Any:
        return self._json("GET", path + (f"?{urlencode(query)}" if query else ""))

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All rows of a list, page by page."""
        cursor: dict[str, str] = {}
        while True:
            found = self.get(path, limit=100, **query, **cursor)
            yield from found["items"]
            if found["next"] is None:
                return
            cursor = {"cursor": found["next"]}

    def post(self, path: str, body: Any = None) -> Any:
        content = json.dumps({} if body is None else body).encode()
        return self._json("POST", path, content, "application/json")

    def upload(self, path: str, filename: str, content: bytes, **fields: str) -> Any:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
        )
        body = b"".join([*parts, content, f"\r\n--{boundary}--\r\n".encode()])
        return self._json("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def fetch(self, path: str) -> bytes:
        return self._call("GET", path)

    def _json(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Any:
        answer = self._call(method, path, body, content_type)
        return json.loads(answer) if answer else None

    def _call(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data=body, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if method == "POST":
            request.add_header("Idempotency-Key", uuid.uuid4().hex)
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                problem = json.loads(text)
            except ValueError:
                problem = {"detail": text[:500].decode(errors="replace")}
            raise Refused(error.code, problem) from None
