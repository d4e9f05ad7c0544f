"""Asking a front as its owner: HTTP over the Unix socket in the deployment's folder, which only the owner may open."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.base import unix
from jupyter_mlops.base.errors import UnavailableError

SOCKET = "owner.sock"
POLL_S = 0.05
PIECE = 256 * 1024


@dataclass(frozen=True)
class Reply:
    """What a front answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """Of the body."""
        return self.headers.get("content-type", "application/octet-stream")

    def json(self) -> Any:
        """Return the body as JSON; raise `ValueError` when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Streamed:
    """What a front answers, with its body in pieces; the caller closes the iterator."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]

    @property
    def media_type(self) -> str:
        """Of the body."""
        return self.headers.get("content-type", "application/octet-stream")

    def whole(self) -> Reply:
        """Read the body to its end."""
        return Reply(self.status, b"".join(self.pieces), self.headers)


def ask(
    folder: Path,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
    patience_s: float = 0.0,
) -> Reply:
    """Ask the front of the deployment in `folder`.

    Parameters
    ----------
    patience_s
        how long to wait for a front that is not there, since it may be one that is being replaced.

    Raises
    ------
    UnavailableError
        ``deployment.down``: nobody answers.
    """
    return stream(folder, method, path, body, headers, timeout_s, patience_s).whole()


def stream(
    folder: Path,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
    patience_s: float = 0.0,
) -> Streamed:
    """Ask as `ask` does, and read the body of the answer as its pieces are asked for."""
    connection = _Connection(folder, timeout_s, patience_s)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise _down(error) from error
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Streamed(answer.status, found, _pieces(connection, answer))


def _pieces(connection: _Connection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := answer.read(PIECE):
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise _down(error) from error
    finally:
        connection.close()


def _down(error: Exception) -> UnavailableError:
    return UnavailableError(
        "deployment.down", f"the deployment does not answer: {str(error) or type(error).__name__}", "see its status"
    )


class _Connection(http.client.HTTPConnection):
    def __init__(self, folder: Path, timeout_s: float, patience_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._folder, self._patience_s = folder, patience_s

    def connect(self) -> None:
        until = time.monotonic() + self._patience_s
        while True:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            try:
                unix.connect(self.sock, self._folder / SOCKET)
                return
            except (ConnectionRefusedError, FileNotFoundError):
                self.sock.close()
                if time.monotonic() > until:
                    raise
            time.sleep(POLL_S)
