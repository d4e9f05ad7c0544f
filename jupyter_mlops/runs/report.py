"""What a finished run leaves in MLflow for people: executed notebooks, their HTML, and the environment's lock file."""

from __future__ import annotations

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


def upload(notebook: Path, step: str, log_artifact: Callable[[str, str], None]) -> None:
    """Log an executed notebook and its HTML under ``notebooks/``; no-op where there is none."""
    if not notebook.exists():
        return
    # The file is called as the step notebook is: `attempts/<name>/<number>/executed.ipynb`.
    name = notebook.parent.parent.name
    with tempfile.TemporaryDirectory(prefix="mlops-") as folder:
        copy, page = Path(folder, f"{name}.ipynb"), Path(folder, f"{name}.html")
        copy.write_bytes(notebook.read_bytes())
        log_artifact(str(copy), "notebooks")
        if text := html(notebook, title=step):
            page.write_text(text, encoding="utf-8", errors="backslashreplace")
            log_artifact(str(page), "notebooks")


def html(notebook: Path, title: str) -> str | None:
    """Return the notebook as one HTML page; None when nbconvert cannot make one of it."""
    import nbconvert
    import nbformat

    read: Any = nbformat.read
    exporter: Any = nbconvert.HTMLExporter

    # A report is worth having, never worth failing for: templates raise what they like.
    with suppress(Exception):
        nb = read(notebook, as_version=4)
        nb.metadata["title"] = title
        text, _ = exporter().from_notebook_node(nb)
        return str(text)
    return None


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
