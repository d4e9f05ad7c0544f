"""Doctor: what works here and what does not, one row each, with what to do about it. Looks; changes nothing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from jupyter_mlops.app.arguments import exposed
from jupyter_mlops.app.check import Check
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.homes import home_problem
from jupyter_mlops.app.settingrows import setting_rows
from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.deployments.serving.worker import landlock, seccomp
from jupyter_mlops.runs.files import is_disk_full

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
FULL_DISK_BYTES = 64 * 2**20
# Of an answer; the first one has to import MLflow.
SLOW_S = 3.0
SERVERS = ("http", "https", "postgresql", "mysql")


def examine(settings: MlopsSettings, open_store: Callable[[], str]) -> list[Check]:
    """Return all checks.

    Parameters
    ----------
    settings
        what is looked at.
    open_store
        opens the store and says what it holds; what it raises is the row's message.
    """
    home, tracking_uri = settings.home_path, settings.tracking_uri
    checks = [
        *setting_rows(settings),
        *_versions(),
        _home(settings),
        _asked("store", open_store, "see the folder of the store, or set JUPYTER_MLOPS_STORE"),
    ]
    checks += [
        _runner(home, settings.store or None),
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


def _home(settings: MlopsSettings) -> Check:
    home = settings.home_path
    if (problem := home_problem(settings)) is not None:
        return Check("home", "error", problem.message, problem.hint)
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


def _runner(home: Path, store: str | None) -> Check:
    """Say whether a runner is alive; work without one is an error."""
    from jupyter_mlops.runs.launch import LOG, is_runner_alive
    from jupyter_mlops.runs.notice import read_notice
    from jupyter_mlops.runs.unattended import unattended

    if not os.path.isdir(home):
        return Check("runner", "ok", "not running, and nothing to do")
    try:
        if is_runner_alive(home):
            notice = read_notice(home)
            return Check("runner", "ok", f"alive, process {notice.pid}" if notice else "alive")
        left = unattended(home, store)
    except (MlopsError, OSError) as error:
        return Check("runner", "error", getattr(error, "message", str(error)), getattr(error, "hint", ""))
    if left.runs or left.has_deployments:
        hint = f"this command starts one now; if it is gone again soon, see {home / LOG}"
        return Check("runner", "error", f"no runner is alive, and there is work: {left}", hint)
    return Check("runner", "ok", f"not running; {left}" if left else "not running, and nothing to do")


def _tracking(uri: str, home: Path) -> Check:
    if not uri:
        return Check("tracking", "ok", f"embedded, {home / 'mlflow'}")
    parts, shown = urlsplit(uri), without_password(uri)
    scheme = parts.scheme.split("+")[0]
    if not parts.hostname or scheme not in SERVERS:
        return Check("tracking", "ok", shown)
    from jupyter_mlops.runs.reach import trouble

    started = time.monotonic()
    found = trouble(uri, fresh_s=0)
    took_s = time.monotonic() - started
    if found is not None:
        # Away or slow is what runs wait for; a refusal does not mend itself.
        is_passing = found.code in ("mlflow.down", "mlflow.slow", "mlflow.failing")
        return Check("tracking", "warning" if is_passing else "error", f"{found.message} [{found.code}]", found.hint)
    if took_s > SLOW_S:
        return Check("tracking", "warning", f"{shown} answers, but takes {took_s:.1f} s", "every record waits for it")
    return Check("tracking", "ok", f"{shown} answers, with these credentials")


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
    while not os.path.exists(place):
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 2**30:.1f} GB free for {home}"
    if (why := refused_by_disk(place)) or free < FULL_DISK_BYTES:
        words = f"the disk is full: {text}" + (f" ({why})" if why else "")
        return Check("disk", "error", words, "make room: `runs delete`, or set JUPYTER_MLOPS_HOME to another disk")
    if free < LOW_DISK_BYTES:
        return Check("disk", "warning", text, "delete old runs, or set JUPYTER_MLOPS_HOME to another disk")
    return Check("disk", "ok", text)


def refused_by_disk(folder: Path) -> str:
    """Return why a small file cannot be written to a folder; empty when it can. A quota says so only then."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".mlops-") as file:
            file.write(b"x" * 65536)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return (error.strerror or str(error)) if is_disk_full(error) else ""
    return ""


def _starts(program: str) -> bool:
    # jupyter_client takes its own interpreter for these, so they need not be on the path.
    return program.startswith("python") or shutil.which(program) is not None
