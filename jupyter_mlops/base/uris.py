"""Addresses as they are shown and written: one may hold a password, which no file and no eye need to know."""

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


def with_password(uri: str, known: str | None) -> str:
    """Return an address with the passwords that `known` has, when that is the same but for them.

    >>> with_password("https://ada:***@mlflow.example.org", "https://ada:s3cret@mlflow.example.org")
    'https://ada:s3cret@mlflow.example.org'
    >>> with_password("https://ada:***@mlflow.example.org", "https://ada:s3cret@other.example.org")
    'https://ada:***@mlflow.example.org'
    """
    return known if known and without_password(known) == uri else uri
