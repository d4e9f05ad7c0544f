"""Addresses as they are shown: an address may hold a password, and whoever looks at a run need not know it."""

from __future__ import annotations

import re

# The password ends at the last @ before the path: one that was not quoted may hold an @ itself.
_USER = re.compile(r"^([a-z][a-z0-9+.-]*://[^/?#]*?):[^/?#]*@", re.IGNORECASE)
_FIELD = re.compile(r"([?&;][^=&;#]*(?:passw|pwd|secret|token|api_?key)[^=&;#]*=)[^&;#]*", re.IGNORECASE)


def without_password(uri: str) -> str:
    """Return an address with its passwords hidden.

    >>> without_password("postgresql+psycopg2://ada:s3cret@db.example.org:5432/mlflow")
    'postgresql+psycopg2://ada:***@db.example.org:5432/mlflow'
    >>> without_password("https://ada:p@ss:word@mlflow.example.org")
    'https://ada:***@mlflow.example.org'
    >>> without_password("postgresql://db/mlflow?user=ada&password=s3cret&sslmode=require")
    'postgresql://db/mlflow?user=ada&password=***&sslmode=require'
    >>> without_password("http://127.0.0.1:5000/a:b@c"), without_password("sqlite:////home/ada/mlflow.db")
    ('http://127.0.0.1:5000/a:b@c', 'sqlite:////home/ada/mlflow.db')
    """
    return _FIELD.sub(r"\1***", _USER.sub(r"\1:***@", uri))
