"""Who may ask: those who hold one of the deployment's tokens. Only the tokens' SHA-256 is known here."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_LONGEST = 512


def is_bearer(header: bytes | None, digests: Iterable[str]) -> bool:
    """Return whether an ``Authorization`` header holds a token with one of these SHA-256 digests.

    Each digest is compared in constant time. Without a digest nobody may ask.

    Examples
    --------
    >>> digest = hashlib.sha256(b"abc").hexdigest()
    >>> [is_bearer(header, [digest]) for header in (b"Bearer abc", b"bearer abc", b"Basic abc", b"Bearer ab", None)]
    [True, True, False, False, False]
    """
    if header is None or len(header) > _LONGEST:
        return False
    scheme, _space, token = header.partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token:
        return False
    given = hashlib.sha256(token).hexdigest()
    is_known = False
    for digest in digests:
        is_known |= hmac.compare_digest(given, digest)
    return is_known
