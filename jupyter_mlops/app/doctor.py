"""Doctor: what works here and what does not, one row each, with what to do about it. Looks; changes nothing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_mlops.app.arguments import exposed
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.deployments.serving.worker import landlock, seccomp

PACKAGES = (
    "jupyter-mlops",
    "jupyterlab",
    "jupyter-server",
    "ipykernel",
    "papermill",
    "mlflow",
    "SQLAlchemy",
    "ipywidgets",
)
LOW_DISK_BYTES = 2 * 2**30
PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306}


@dataclass(frozen=True)
class Check:
    """One row: what was looked at, ``ok``, ``warning`` or ``error``, what was seen, what to do."""

    name: str
    status: str
    message: str
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


def examine(home: Path, tracking_uri: str, open_store: Callable[[], str], runner: Callable[[], str]) -> list[Check]:
    """Return all checks.

    Parameters
    ----------
    home
        the home folder.
    tracking_uri
        where MLflow records; empty is the embedded store.
    open_store
        opens the store and says what it holds; what it raises is the row's message.
    runner
        says what the runner is doing.
    """
    checks = [
        *_versions(),
        _home(home),
        _asked("store", open_store, "see the folder of the store, or set JUPYTER_MLOPS_STORE"),
    ]
    checks += [
        _asked("runner", runner, "`jupyter mlops run` starts it"),
        _tracking(tracking_uri, home),
        *_kernels(),
    ]
    return [*checks, _disk(home), _arguments(), _sandbox()]


def _arguments() -> Check:
    found = exposed()
    if not found:
        return Check("arguments", "ok", "no process of yours shows a token in its arguments")
    return Check(
        "arguments",
        "warning",
        f"every user of this machine can read the token or password in the arguments of {', '.join(found[:5])}",
        "give it in a configuration file (`c.IdentityProvider.token`) or in a variable (`JUPYTER_TOKEN`) instead",
    )


def _sandbox() -> Check:
    level = landlock.version()
    if level and seccomp.is_known():
        return Check("sandbox", "ok", f"models run confined: Landlock {level}, seccomp")
    return Check(
        "sandbox",
        "warning",
        "models that are served run with all your rights: this system has no Landlock, or no seccomp filter of ours",
        "serve only models that you trust; `MlopsSettings.require_sandbox` refuses others",
    )


def _versions() -> Iterator[Check]:
    yield Check("python", "ok", f"{platform.python_version()} on {platform.system()}")
    for package in PACKAGES:
        try:
            yield Check(package, "ok", importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            yield Check(package, "error", "not installed", f"pip install {package}")


def _home(home: Path) -> Check:
    place = home
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        return Check("home", "error", f"{home} cannot be written", "set JUPYTER_MLOPS_HOME to a folder of yours")
    if home.exists() and home.stat().st_mode & 0o077:
        return Check("home", "warning", f"{home} can be read by others", f"chmod 700 {home}")
    return Check("home", "ok", str(home) if home.exists() else f"{home} (made by the first run)")


def _asked(name: str, ask: Callable[[], str], hint: str) -> Check:
    try:
        return Check(name, "ok", ask())
    except Exception as error:  # a door: whatever is broken is what the doctor is for
        return Check(
            name,
            "error",
            f"{type(error).__name__}: {error}".splitlines()[0],
            getattr(error, "hint", "") or hint,
        )


def _tracking(uri: str, home: Path) -> Check:
    if not uri:
        return Check("tracking", "ok", f"embedded, {home / 'mlflow'}")
    parts, shown = urlsplit(uri), without_password(uri)
    scheme = parts.scheme.split("+")[0]
    if not parts.hostname or scheme not in PORTS:
        return Check("tracking", "ok", shown)
    try:
        socket.create_connection((parts.hostname, parts.port or PORTS[scheme]), timeout=3).close()
    except OSError as error:
        return Check(
            "tracking",
            "warning",
            f"{shown} does not answer: {error}",
            "runs go on and are recorded when it is back",
        )
    return Check("tracking", "ok", f"{shown} answers")


def _kernels() -> Iterator[Check]:
    from jupyter_client.kernelspec import KernelSpecManager

    found = KernelSpecManager().get_all_specs()
    python = {n: s["spec"] for n, s in found.items() if str(s["spec"].get("language", "")).lower() == "python"}
    if not python:
        yield Check("kernels", "error", "no Python kernel is installed", "python -m ipykernel install --user")
        return
    broken = [n for n, spec in python.items() if not _starts(spec["argv"][0])]
    for name in broken:
        yield Check("kernels", "warning", f"kernel {name}: its Python is gone", f"jupyter kernelspec remove {name}")
    if len(broken) < len(python):
        yield Check("kernels", "ok", ", ".join(sorted(set(python) - set(broken))))


def _disk(home: Path) -> Check:
    place = home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.1f} GB free for {home}"
    if free < LOW_DISK_BYTES:
        return Check("disk", "warning", text, "delete old runs, or set JUPYTER_MLOPS_HOME to another disk")
    return Check("disk", "ok", text)


def _starts(program: str) -> bool:
    # jupyter_client takes its own interpreter for these, so they need not be on the path.
    return program.startswith("python") or shutil.which(program) is not None
