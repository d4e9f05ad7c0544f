"""A request that asks for another protocol, made one that does not: ``Upgrade: h2c``, as Java's client asks at first.

The parser takes what follows such a header for the other protocol, and the next call for a new request, which would let
the body of one request be another one. So the header is written again without `Upgrade`, and parsed anew with its body.
"""

from __future__ import annotations

from collections.abc import Iterable

_HOP = (b"upgrade", b"http2-settings", b"connection")


def without_upgrade(method: bytes, url: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    r"""Return the bytes of a request's head; names of `headers` are in lower case.

    Examples
    --------
    >>> asked = [(b"host", b"x"), (b"connection", b"keep-alive, Upgrade"), (b"upgrade", b"h2c")]
    >>> without_upgrade(b"GET", b"/", "1.1", asked)
    b'GET / HTTP/1.1\r\nhost: x\r\nconnection: keep-alive\r\n\r\n'
    """
    given = list(headers)
    words = [word.strip() for name, value in given if name == b"connection" for word in value.split(b",")]
    kept = [word for word in words if word.lower() not in _HOP]
    lines = [method + b" " + url + b" HTTP/" + version.encode()]
    lines += [name + b": " + value for name, value in given if name not in _HOP]
    lines += [b"connection: " + b", ".join(kept)] if kept else []
    return b"\r\n".join(lines) + b"\r\n\r\n"
