"""What a run is called in MLflow, the tags it carries, and what a kernel is told of it. Imports nothing of MLflow."""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_mlops.base.cells import place_text

# Private to MLflow, but the only word for where a SQLite store's own experiments keep their files.
ARTIFACT_ROOT = "_MLFLOW_SERVER_ARTIFACT_ROOT"
# A server that dies in the middle of a step costs the user's code a minute, not MLflow's own twenty.
_USERS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
_MAX_PARAM = 6000
OURS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}


def experiment_name(name: str) -> str:
    r"""Return `name` as an experiment may be called: one line, 1 to 500 characters.

    >>> experiment_name("  Übung\n 1 ")
    'Übung 1'
    """
    return re.sub(r"[\s\x00-\x1f]+", " ", name).strip()[:500] or "notebook"


def parameter_texts(parameters: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters as texts, those too long for MLflow cut, and tags with the whole lengths of these."""
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()}
    lengths = {f"mlops.truncated.{k}": str(len(v)) for k, v in texts.items() if len(v) > _MAX_PARAM}
    return {k: v[:_MAX_PARAM] for k, v in texts.items()}, lengths


def run_tags(run: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a run and of its steps."""
    facts = run.get("tracking") or {}
    commit = facts.get("git_commit")
    tags = {
        "mlops.run_id": run["id"],
        "mlops.pipeline": run["name"],
        "mlflow.runName": f"{run['name']} {str(run['id'])[:8]}",
        "mlflow.user": _user(),
        "mlflow.source.type": "NOTEBOOK",
        "mlflow.source.name": facts.get("source") or run.get("notebook") or run["name"],
        "mlops.notebook_sha256": facts.get("notebook_sha256") or "",
    }
    if commit:
        tags |= {"mlflow.source.git.commit": commit, "mlops.git_dirty": json.dumps(facts.get("git_dirty"))}
    if job := run.get("job"):
        tags |= {"mlops.job": job["name"], "mlops.job_version": str(job["version"])}
    if origin := run.get("retry_of"):
        tags["mlops.retry_of"] = origin
    if ignored := run.get("ignored"):
        tags["mlops.ignored"] = ", ".join(ignored_text(finding) for finding in ignored)
    return tags


def ignored_text(finding: Mapping[str, Any]) -> str:
    """Return an ignored finding in a few words.

    >>> ignored_text({"code": "notebook.syntax", "cell": 3, "line": 2})
    'notebook.syntax (cell 4, line 2)'
    """
    place = place_text(finding)
    return str(finding["code"]) + (f" ({place})" if place else "")


def exception_text(error: Mapping[str, Any]) -> str:
    """Return an exception as Python writes it: its name, and its message where it has one.

    >>> exception_text({"ename": "KeyError", "evalue": "'a'"})
    "KeyError: 'a'"
    >>> exception_text({"ename": "AssertionError", "evalue": ""})
    'AssertionError'
    """
    name, message = str(error.get("ename")), str(error.get("evalue") or "")
    return f"{name}: {message}" if message.strip() else name


def kernel_environment(
    run: Mapping[str, Any], uri: str, root: Path | None, run_id: str, experiment_id: str
) -> dict[str, str]:
    """Return what makes the user's ``mlflow.log_*`` land in the run, and further runs of theirs below it."""
    below = {"mlflow.parentRunId": run_id, "mlops.run_id": run["id"]}
    roots = {} if root is None else {ARTIFACT_ROOT: str(root)}
    return {
        **{k: v for k, v in _USERS.items() if os.environ.get(k) in (None, OURS[k])},
        **roots,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_RUN_ID": run_id,
        "MLFLOW_EXPERIMENT_ID": experiment_id,
        "MLFLOW_RUN_CONTEXT": json.dumps(below),
    }


def _user() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return ""
