"""Messages between the parent and a worker: a JSON header, then the announced binary parts."""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

HEADER_BYTES = 8 << 20
_LENGTH = struct.Struct("<I")


class TooLong(Exception):
    """The other side announced more bytes than agreed, or does not keep to the form."""


def send(sock: socket.socket, header: dict[str, Any], parts: tuple[bytes, ...] = ()) -> None:
    text = json.dumps(header | {"parts": [len(part) for part in parts]}).encode()
    sock.sendall(_LENGTH.pack(len(text)) + text)
    for part in parts:
        sock.sendall(part)


def receive(sock: socket.socket, most: int, deadline: float | None = None) -> tuple[dict[str, Any], list[bytearray]]:
    """The next message. EOFError if the other side is gone, TimeoutError after `deadline` (monotonic)."""
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size, deadline))
    if length > HEADER_BYTES:
        raise TooLong
    try:
        header: dict[str, Any] = json.loads(_exactly(sock, length, deadline))
        sizes = [int(size) for size in header.pop("parts")]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise TooLong from None
    if min(sizes, default=0) < 0 or sum(sizes) > most:
        raise TooLong
    return header, [_exactly(sock, size, deadline) for size in sizes]


def _exactly(sock: socket.socket, length: int, deadline: float | None) -> bytearray:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
        got = sock.recv_into(view)
        if got == 0:
            raise EOFError
        view = view[got:]
    return buffer
