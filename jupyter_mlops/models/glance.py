"""Where the aliases of a model point to, read without MLflow: of a SQLite store from its file, of a server by one call.

Importing MLflow takes seconds and 170 MB, which a process that only watches aliases should not keep. Rule: what is not
certain to be what MLflow would say is None, and the caller asks MLflow.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import sqlite3
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from jupyter_mlops.models.memory import no_model

TIMEOUT_S = 3.0
# A file that has the size and the time that it had is not read again, for so long; if it was not written just then.
FRESH_S, SETTLED_S = 10.0, 1.0
_LONGEST_ANSWER = 4_000_000
# With any of these MLflow chooses another registry, or other ways to be let in, than are known here.
_FOREIGN = re.compile(
    r"MLFLOW_(REGISTRY_URI|WORKSPACE|ENABLE_WORKSPACES|TRACKING_(AUTH|AWS_SIGV4|INSECURE_TLS|\w*CERT\w*))"
)
_FILE = re.compile(r"sqlite:///([^?#]+)")


def aliases(uri: str, name: str) -> Mapping[str, int] | None:
    """Return where the aliases of a registered model point to; None when MLflow has to be asked.

    Raises
    ------
    NotFoundError
        there is no such model.
    """
    if any(_FOREIGN.fullmatch(each) for each in os.environ):
        return None
    if found := _FILE.fullmatch(uri):
        return _of_file(Path(found[1]), name)
    if urlsplit(uri).scheme in ("http", "https"):
        return _of_server(uri, name)
    return None


def _of_file(store: Path, name: str) -> Mapping[str, int] | None:
    """Read the file of a store; no-op while it has not changed since."""
    now, signs = time.time(), _signs(store)
    known = _known.get((store, name))
    if known is not None and known.signs == signs and now - known.at < FRESH_S:
        return known.found
    found = _read(store, name)
    # What was written a moment ago may be written once more without another time.
    if found is not None and all(now - changed > SETTLED_S for _size, changed in signs):
        _known[store, name] = _Known(signs, now, found)
    return found


class _Known(NamedTuple):
    """What a file said, and what it was then."""

    signs: tuple[tuple[int, float], ...]
    at: float
    found: Mapping[str, int]


_known: dict[tuple[Path, str], _Known] = {}


def _signs(store: Path) -> tuple[tuple[int, float], ...]:
    found = []
    for path in (str(store), f"{store}-wal"):
        with contextlib.suppress(OSError):
            status = os.stat(path)
            found.append((status.st_size, status.st_mtime))
    return tuple(found)


def _read(store: Path, name: str) -> Mapping[str, int] | None:
    try:
        address = f"{store.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=1.0)) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(registered_model_aliases)")}
            where = "name = ? AND workspace = 'default'" if "workspace" in columns else "name = ?"
            rows = database.execute(f"SELECT alias, version FROM registered_model_aliases WHERE {where}", (name,))
            found = {str(alias): int(version) for alias, version in rows}
            known = database.execute(f"SELECT 1 FROM registered_models WHERE {where}", (name,)).fetchone()
    except (sqlite3.Error, ValueError):
        # It is being made or written at this moment, or is of an MLflow that we do not know.
        return None
    if known is None:
        raise no_model(name, ())
    return found


def _of_server(uri: str, name: str) -> Mapping[str, int] | None:
    parts = urlsplit(uri)
    headers = {}
    user, password = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_PASSWORD")
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    if user is None and token is None and parts.username is not None:
        user, password = unquote(parts.username), unquote(parts.password or "")
    if user is not None and password is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    elif token is not None:
        headers["Authorization"] = f"Bearer {token}"
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    asked = urllib.request.Request(
        f"{bare}/api/2.0/mlflow/registered-models/get?name={quote(name, safe='')}", headers=headers
    )
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:
            model = json.loads(answer.read(_LONGEST_ANSWER))["registered_model"]
        if model["name"] != name:
            return None
        return {str(each["alias"]): int(each["version"]) for each in model.get("aliases") or ()}
    except (OSError, ValueError, LookupError, TypeError):
        # Refused, away or no MLflow: its own client says which, and how to mend it.
        return None
