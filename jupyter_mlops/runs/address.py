"""Where MLflow's store is: whether anybody listens there, and where a SQLite store keeps its files."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

_PROBE_S = 1.5
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}


def is_up(uri: str) -> bool:
    """Tell whether anybody listens at `uri`. Asked first: a database that is gone would hang a call for minutes."""
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]
    if scheme not in _PORTS or parts.hostname is None:
        return True
    with suppress(OSError):
        socket.create_connection((parts.hostname, parts.port or _PORTS[scheme]), _PROBE_S).close()
        return True
    return False


def absolute(uri: str, working_dir: str) -> str:
    """Return `uri` with a relative SQLite path taken from the notebook's folder, as in the notebook itself."""
    found = re.fullmatch(r"sqlite:///([^/].*)", uri)
    return f"sqlite:///{Path(working_dir) / found[1]}" if found else uri


def artifact_root(uri: str, home: Path, working_dir: str) -> Path | None:
    """Return where a SQLite store puts the files of new experiments; None for a server, which knows that itself."""
    if not uri.startswith("sqlite"):
        return None
    own = home / "mlflow"
    return own / "artifacts" if str(own / "mlflow.db") in uri else Path(working_dir, "mlruns")
