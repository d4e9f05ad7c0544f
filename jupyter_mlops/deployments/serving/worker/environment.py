"""What a process that holds a model may know of its surroundings: the words below, and nothing that is a secret."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import site
import sys
from collections.abc import Mapping
from typing import Any

KEPT = frozenset(
    "PATH LANG LANGUAGE TZ LD_LIBRARY_PATH DYLD_LIBRARY_PATH LD_PRELOAD VIRTUAL_ENV CONDA_PREFIX JAVA_HOME SPARK_HOME "
    "SSL_CERT_FILE SSL_CERT_DIR DO_NOT_TRACK JOBLIB_MULTIPROCESSING".split()
)
KEPT_FAMILIES = ("LC_", "OMP_", "MKL_", "OPENBLAS_", "BLIS_", "NUMEXPR_", "KMP_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_")
SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|(^|_)(API|ACCESS|PRIVATE)?_?KEY($|_)|://[^/]*@", re.IGNORECASE)
NO_HOME = "/nonexistent"
# One row is predicted soonest by one thread; large products of matrices keep theirs.
_CORES = str(os.cpu_count() or 1)
SET = {
    "DO_NOT_TRACK": "true",
    "PYTHONNOUSERSITE": "1",
    "JOBLIB_MULTIPROCESSING": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": _CORES,
    "MKL_NUM_THREADS": _CORES,
}


def minimal(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what a template may know of an environment.

    Examples
    --------
    >>> found = minimal({"PATH": "/bin", "MLFLOW_TRACKING_TOKEN": "x", "JPY_API_TOKEN": "y", "OMP_NUM_THREADS": "2"})
    >>> sorted(found.keys() - SET.keys()), found["OMP_NUM_THREADS"]
    (['HOME', 'PATH'], '2')
    """
    kept = {
        name: value
        for name, value in environ.items()
        if (name in KEPT or name.startswith(KEPT_FAMILIES)) and not SECRET.search(name) and not SECRET.search(value)
    }
    return {**SET, **kept, "HOME": NO_HOME}


def stamp() -> dict[str, Any]:
    """Return what tells whether a process that starts now would import the same: folders and when they changed."""
    here = os.path.dirname(os.path.abspath(__file__))
    folders = {*filter(os.path.isdir, sys.path), here, os.path.dirname(here)}
    return {"folders": {folder: os.stat(folder).st_mtime_ns for folder in folders}, "words": _digest(os.environ)}


def is_fresh(facts: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    """Return whether a template that says `facts` has what one that is started now, from `environ`, would have.

    A package that was installed or removed since then changed a folder; what a template has in memory does not follow.
    """
    try:
        known = facts["stamp"]
        is_same = all(os.stat(folder).st_mtime_ns == changed for folder, changed in known["folders"].items())
        return is_same and bool(known["words"] == _digest(minimal(environ)))
    except (OSError, LookupError, TypeError, AttributeError):
        return False


def _digest(environ: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(environ.items())).encode("utf-8", "surrogateescape")).hexdigest()


def shed() -> None:
    """Start this program anew with the minimal environment, unless it has been started so.

    Changing ``os.environ`` would leave the old one readable in ``/proc/self/environ``, of the forked workers too.
    """
    wanted = minimal(os.environ)
    if dict(os.environ) != wanted:
        os.execve(sys.executable, [sys.executable, "-I", os.path.abspath(sys.argv[0]), *sys.argv[1:]], wanted)


def see_user_packages() -> None:
    """Let packages of ``pip install --user`` be found where MLflow is one of them; ``-I`` hides them."""
    if sys.prefix != sys.base_prefix or importlib.util.find_spec("mlflow") is not None:
        return
    import pwd

    os.environ["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
    try:
        site.addsitedir(site.getusersitepackages())
    finally:
        os.environ["HOME"] = NO_HOME


def enter(scratch: str) -> None:
    """Let a worker's home, temporary files and working folder be its scratch folder."""
    for name in ("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ[name] = scratch
    # What MLflow's own scoring server sets; enforcing a signature differs by it. Not a setting of the user's.
    os.environ["_MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"
    os.chdir(scratch)
