"""Addresses without their passwords, in all the ways in which drivers take one."""

from __future__ import annotations

import pytest

from jupyter_mlops.base.uris import with_password, without_password
from tests.pace import cheapest

HIDDEN = [
    "https://CANARY@host/x", "https://user:CANARY@host", "git+https://CANARY@github.com/a", "wss://CANARY@h",
    "postgresql+psycopg2://ada:CANARY@db/x", "s3://b?aws_secret_access_key=CANARY", "s3://b?access_key=CANARY&b=1",
    "x?access-key=CANARY&b=1", "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BUID%3Dsa%3BPWD%3DCANARY%3BX%3D1",
    "mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3D%7BCAN%3BCANARY%7D", "Server=x;Password=CANARY;Database=y",
    "Server=x;Pwd={CA;CANARY};Database=y", "x?sig=CANARY%3D&se=1", "https://h/#access_token=CANARY",
    "x%3FPWD%253DCANARY%253BD%253D1", "AccountKey=CANARY==;EndpointSuffix=x", "h?key=CANARY", "h?pass=CANARY",
    "h?X-Amz-Signature=CANARY", "h?X-Amz-Credential=CANARY&a=b", "h?PASSWD=CANARY", "h?auth=CANARY",
    "h?a=b%26token%3DCANARY",
]  # fmt: skip
KEPT = [
    "http://127.0.0.1:5000/a:b@c", "sqlite:////home/ada@x/mlflow.db", "https://h?author=ada", "postgresql://ada@db/x",
    "file:///a/b", "https://h/x?page=2&sort=key", "mysql://root@h:3306/x?ssl=true", "",
]  # fmt: skip


@pytest.mark.parametrize("uri", HIDDEN)
def test_no_password_is_left(uri: str) -> None:
    found = without_password(uri)
    assert "CANARY" not in found
    assert "***" in found
    assert with_password(found, uri) == uri


@pytest.mark.parametrize("uri", KEPT)
def test_what_is_none_stays(uri: str) -> None:
    assert without_password(uri) == uri


@pytest.mark.parametrize("piece", ["token", "a", "%3B", "x;", "&a=b", "?pwd=%7B", "apikey", "://", ":b@", "secret="])
def test_it_takes_no_longer_than_its_address_is(piece: str) -> None:
    count = 10_000 // len(piece)
    short, long = (f"http://h?{piece * number}" for number in (count, 8 * count))
    assert cheapest(lambda: without_password(long), 3) < 24 * cheapest(lambda: without_password(short), 3)
