"""What a finished run leaves in MLflow for people: executed notebooks, and the environment's lock file."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_mlops.runs.files import read_json


def last_attempts(run_dir: Path) -> dict[str, Path]:
    """Return, for each step that was attempted, the folder of its last attempt."""
    found = {}
    for step in read_json(run_dir / "pipeline.json")["steps"]:
        folder = run_dir / "attempts" / step["notebook"].removesuffix(".ipynb")
        numbers = [int(p.name) for p in folder.iterdir() if p.name.isdigit()] if folder.is_dir() else []
        if numbers:
            found[step["name"]] = folder / str(max(numbers))
    return found


def last_result(attempt: Path, status: str) -> dict[str, Any]:
    """Return what an attempt said, or, where it could not say anything any more, that it has this status."""
    with suppress(OSError, ValueError):
        return dict(read_json(attempt / "result.json"))
    return {"status": status, "metrics": {}, "error": None, "reason": None}


def upload(notebook: Path, known: str | None, log_artifact: Callable[[str, str], None]) -> str | None:
    """Log an executed notebook under ``notebooks/``, once; no-op where there is none. Pages are made of it on demand.

    Parameters
    ----------
    known
        what was returned when it was logged before.

    Returns
    -------
    str | None
        what tells this content from another one; None where there is no notebook.
    """
    try:
        content = notebook.read_bytes()
    except FileNotFoundError:
        return None
    mark = hashlib.sha256(content).hexdigest()
    if mark != known:
        with tempfile.TemporaryDirectory(prefix="mlops-") as folder:
            # The file is called as the step notebook is: `attempts/<name>/<number>/executed.ipynb`.
            copy = Path(folder, f"{notebook.parent.parent.name}.ipynb")
            copy.write_bytes(content)
            log_artifact(str(copy), "notebooks")
    return mark


def lock() -> str:
    """Return what is installed, as ``pip freeze`` would: one PEP 508 line each, sorted. Asks no network and no pip."""
    lines = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        # The first on the path is the one that is imported.
        if name and name.lower() not in lines:
            lines[name.lower()] = _requirement(distribution, name)
    return "".join(f"{lines[key]}\n" for key in sorted(lines))


def _requirement(distribution: importlib.metadata.Distribution, name: str) -> str:
    """Return one line; a distribution that came from no index says where it came from."""
    plain = f"{name}=={distribution.version}"
    try:
        origin = json.loads(distribution.read_text("direct_url.json") or "null")
    except (OSError, ValueError):
        return plain
    if not origin:
        return plain
    if vcs := origin.get("vcs_info"):
        return f"{name} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    if origin.get("dir_info", {}).get("editable"):
        return f"# editable, version {distribution.version}: {name} @ {origin['url']}"
    return f"{name} @ {origin['url']}"
