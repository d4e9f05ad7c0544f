"""Whether MLflow can be used at an address, asked as its client asks: with the credentials, one small call.

An open port says little: a server may refuse the password, answer a log-in page, or answer after a minute. `trouble`
tells these apart, and its hint says what to set. A success is remembered for a while; a failure never is.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_mlops.base.uris import without_password, without_passwords
from jupyter_mlops.runs.address import is_up
from jupyter_mlops.runs.files import write_json

NOTE = "mlflow-note.json"
PROBE_S = 5.0
FRESH_S = 30.0
_PATH = "/api/2.0/mlflow/experiments/search"
_KEYS = (
    "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, or write "
    "~/.mlflow/credentials; then `jupyter mlops runner restart`, or any command from there, hands them to the runner"
)
_HINTS = {
    "mlflow.unauthorized": _KEYS,
    "mlflow.forbidden": "ask who runs it for the permission, or use other credentials: " + _KEYS,
    "mlflow.down": "start it, or correct MLFLOW_TRACKING_URI; what is recorded meanwhile is kept and sent later",
    "mlflow.slow": "see what its server is busy with; what is recorded meanwhile is kept and sent later",
    "mlflow.failing": "see the log of its server; what is recorded meanwhile is kept and sent later",
    "mlflow.no_mlflow": "MLFLOW_TRACKING_URI has to be the address of an MLflow server, with no log-in page before it",
}
_known_good: dict[tuple[Any, ...], float] = {}


@dataclass(frozen=True)
class Trouble:
    """Why MLflow cannot be used: a stable code, what happened, what to do."""

    code: str
    message: str
    hint: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def trouble(uri: str, fresh_s: float = FRESH_S) -> Trouble | None:
    """Return why MLflow at `uri` cannot be used now; None when it can.

    Parameters
    ----------
    fresh_s
        how old a success may be; 0 asks in any case.
    """
    if not is_up(uri):
        return _made("mlflow.down", uri, "does not answer: nothing listens there")
    if urlsplit(uri).scheme not in ("http", "https"):
        return None
    key = (uri, *(os.environ.get(name) for name in sorted(os.environ) if name.startswith("MLFLOW_TRACKING_")))
    if time.monotonic() - _known_good.get(key, -FRESH_S) < fresh_s:
        return None
    found = _asked(uri)
    if found is None:
        _known_good[key] = time.monotonic()
    return found


def of_error(uri: str, error: BaseException) -> Trouble | None:
    """Return the trouble that an exception of MLflow's client stands for; None when it is no such thing."""
    text = str(error)
    status = None
    # Only MLflow's own exceptions have it.
    raised: Any = error
    with suppress(Exception):
        status = int(raised.get_http_status_code())
    code = str(getattr(error, "error_code", ""))
    if code == "UNAUTHENTICATED" or "error code 401" in text or "401 Client Error" in text:
        return _of_status(uri, 401, "")
    if code == "PERMISSION_DENIED" or status == 403 or "error code 403" in text or "403 Client Error" in text:
        return _of_status(uri, 403, "")
    # urllib3 wraps what it gave up on; only its words say that the connection stood.
    if "Read timed out" in text:
        return _made("mlflow.slow", uri, "did not answer in time")
    seen: BaseException | None = error
    while seen is not None:
        if "Timeout" in type(seen).__name__:
            return _made("mlflow.slow", uri, "did not answer in time")
        if isinstance(seen, ConnectionError) or "ConnectionError" in type(seen).__name__:
            return _made("mlflow.down", uri, f"does not answer: {_first_line(error)}")
        seen = seen.__cause__ or seen.__context__
    return _made("mlflow.down", uri, f"does not answer: {_first_line(error)}") if "API request to" in text else None


def note(run_dir: str | Path, found: Trouble | None) -> None:
    """Write why the record of a run in MLflow is not complete into its folder, or that it is."""
    path = Path(run_dir) / NOTE
    with suppress(OSError):
        if found is None:
            path.unlink(missing_ok=True)
        else:
            write_json(path, found.to_json(), sync=False)


def noted(run_dir: str | Path) -> Trouble | None:
    """Return the trouble that is noted in the folder of a run."""
    try:
        form = json.loads((Path(run_dir) / NOTE).read_bytes())
        return Trouble(str(form["code"]), str(form["message"]), str(form["hint"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _asked(uri: str) -> Trouble | None:
    from mlflow.utils import credentials, rest_utils

    # MLflow does not type them.
    http_request: Any = rest_utils.http_request
    credentials_of: Any = credentials.get_default_host_creds
    try:
        answer = http_request(
            credentials_of(uri),
            _PATH,
            "POST",
            max_retries=0,
            timeout=PROBE_S,
            raise_on_status=False,
            json={"max_results": 1},
        )
    # A door: plugins for credentials and what is below requests raise whatever they like.
    except Exception as error:
        return of_error(uri, error) or _made("mlflow.down", uri, f"cannot be asked: {_first_line(error)}")
    return _of_status(uri, int(answer.status_code), str(answer.text))


def _of_status(uri: str, status: int, text: str) -> Trouble | None:
    if status == 401:
        has_any = bool(os.environ.get("MLFLOW_TRACKING_USERNAME") or os.environ.get("MLFLOW_TRACKING_TOKEN"))
        return _made("mlflow.unauthorized", uri, f"refuses {'the' if has_any else 'to work without'} credentials (401)")
    if status == 403:
        return _made("mlflow.forbidden", uri, "does not allow it to these credentials (403)")
    if status >= 500 or status == 429:
        return _made("mlflow.failing", uri, f"answers with an error ({status})")
    if status >= 300 or not text.lstrip().startswith("{"):
        return _made("mlflow.no_mlflow", uri, f"does not answer as an MLflow server does ({status})")
    return None


def _made(code: str, uri: str, words: str) -> Trouble:
    return Trouble(code, f"MLflow at {without_password(uri)} {words}", _HINTS[code])


def _first_line(error: BaseException) -> str:
    lines = without_passwords(str(error)).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
