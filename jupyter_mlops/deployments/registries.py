"""The registries that deployments follow, one per tracking URI; and the interpreters that may serve what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from jupyter_mlops.base.uris import with_password
from jupyter_mlops.models.mlflow import MlflowRegistry
from jupyter_mlops.models.registry import Registry


class Registries:
    """Opens each once."""

    def __init__(self, home: Path) -> None:
        self._home, self._lock = home, Lock()
        self._open: dict[str | None, Registry] = {}

    def open(self, uri: str | None) -> Registry:
        """Return the registry of a tracking URI; the password that it lacks is the one that our environment has."""
        with self._lock:
            if uri not in self._open:
                known = os.environ.get("MLFLOW_TRACKING_URI")
                self._open[uri] = MlflowRegistry(self._home, with_password(uri, known) if uri else None)
            return self._open[uri]


def pythons() -> Iterator[str]:
    """Yield the interpreters of the Python kernels on this machine: environments that their owner has made known."""
    from jupyter_client.kernelspec import KernelSpecManager

    seen = set()
    for found in KernelSpecManager().get_all_specs().values():
        words = found.get("spec", {}).get("argv") or [""]
        if found.get("spec", {}).get("language", "").lower() == "python" and os.path.isabs(words[0]):
            seen.add(words[0])
    yield from sorted(seen)
