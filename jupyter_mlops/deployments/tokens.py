"""Tokens of deployments: shown once, kept as their SHA-256 sums."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """Return a fresh token."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
