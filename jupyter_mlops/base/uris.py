"""Addresses as they are shown and written: one may hold a password, which no file and no eye need to know."""

from __future__ import annotations

import re

# The password ends at the last @ before the path: one that was not quoted may hold an @ itself.
_USER = re.compile(r"^([a-z][a-z0-9+.-]*://[^/?#]*?):[^/?#]*@", re.IGNORECASE)
# Over HTTP what stands alone before the @ is a token; for databases it is the name of a user.
_TOKEN = re.compile(r"^((?:[a-z0-9.-]+\+)?(?:https?|wss?)://)[^/?#:]+@", re.IGNORECASE)
# A field of a query or of a connection string, which may be quoted once or twice as a value itself (`%3B`, `%253B`).
_AND, _IS = r"(?:[?&;#]|%(?:25)?(?:3B|26|3F|23))", r"(?:=|%(?:25)?3D)"
_NAMED = (
    r"passw|passphrase|pwd|secret|token|credential|signature|auth(?!ority|or)|"
    r"(?:api|access|account|private|shared|storage|encryption)(?:[_-]|%20|\+|\s)?key"
)
_WORD = r"(?:(?!%(?:25)?(?:3B|26|3D))[^=&;#?]){0,80}?"
_BRACED = r"\{(?:[^}]|\}\})*\}|%(?:25)?7B.{0,400}?%(?:25)?7D"
_FIELD = re.compile(
    rf"((?:^|{_AND}){_WORD}(?:{_NAMED}){_WORD}{_IS}|(?:^|{_AND})(?:sig|key|pass){_IS})"
    rf"(?:{_BRACED}|(?:(?!{_AND})[^&;#])*)",
    re.IGNORECASE,
)

# The lookbehind lets each word be tried once: a long one without `://` takes no square of the time.
_ADDRESS = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,40}://[^\s'\"<>]+", re.IGNORECASE)


def without_password(uri: str) -> str:
    """Return an address with its passwords hidden.

    >>> without_password("postgresql+psycopg2://ada:s3cret@db.example.org:5432/mlflow")
    'postgresql+psycopg2://ada:***@db.example.org:5432/mlflow'
    >>> without_password("https://ada:p@ss:word@mlflow.example.org")
    'https://ada:***@mlflow.example.org'
    >>> without_password("postgresql://db/mlflow?user=ada&password=s3cret&sslmode=require")
    'postgresql://db/mlflow?user=ada&password=***&sslmode=require'
    >>> without_password("https://ghp_abc@host/x"), without_password("postgresql://ada@db/mlflow")
    ('https://***@host/x', 'postgresql://ada@db/mlflow')
    >>> without_password("mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3Ds3cret%3BDatabase%3Dx")
    'mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3D***%3BDatabase%3Dx'
    >>> without_password("s3://bucket?access_key=abc&region=eu")
    's3://bucket?access_key=***&region=eu'
    >>> without_password("http://127.0.0.1:5000/a:b@c"), without_password("sqlite:////home/ada/mlflow.db")
    ('http://127.0.0.1:5000/a:b@c', 'sqlite:////home/ada/mlflow.db')
    """
    return _FIELD.sub(r"\1***", _TOKEN.sub(r"\1***@", _USER.sub(r"\1:***@", uri)))


def without_passwords(text: str) -> str:
    """Return a text with the passwords of all addresses in it hidden.

    >>> without_passwords("API request to https://ada:s3cret@mlflow.example.org/api failed")
    'API request to https://ada:***@mlflow.example.org/api failed'
    """
    return _ADDRESS.sub(lambda found: without_password(found.group()), text)


def with_password(uri: str, known: str | None) -> str:
    """Return an address with the passwords that `known` has, when that is the same but for them.

    >>> with_password("https://ada:***@mlflow.example.org", "https://ada:s3cret@mlflow.example.org")
    'https://ada:s3cret@mlflow.example.org'
    >>> with_password("https://ada:***@mlflow.example.org", "https://ada:s3cret@other.example.org")
    'https://ada:***@mlflow.example.org'
    """
    return known if known and without_password(known) == uri else uri
