"""Where a step finds its inputs and leaves its outputs: in an attempt of a run, or by hand beside the notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_mlops.base.errors import HandoverError

#: The environment variable that names the attempt's folder.
ATTEMPT_DIR = "JUPYTER_MLOPS_ATTEMPT_DIR"


@dataclass(frozen=True)
class Place:
    """Where an attempt finds its inputs and leaves its outputs."""

    store: Path
    output: Path
    manifests: Callable[[str], Path]

    @classmethod
    def find(cls, step: str, environ: Mapping[str, str], folder_by_hand: str | None = None) -> Place:
        """Return the place that the runner has prepared, or the one used by hand, by default in the working folder."""
        folder = environ.get(ATTEMPT_DIR)
        if not folder:
            root = Path(folder_by_hand or Path.cwd()) / "artifacts"
            return cls(root, root / _file_name(step), lambda source: root / _file_name(source))
        attempt = json.loads((Path(folder) / "attempt.json").read_bytes())
        manifests: dict[str, str] = attempt["manifests"]

        def manifest(source: str) -> Path:
            if source not in manifests:
                raise _not_run(source)
            return Path(manifests[source])

        return cls(Path(attempt["store"]), Path(folder) / "outputs.json", manifest)


def starting_folder(namespace: Mapping[str, Any]) -> str | None:
    """Return the folder that the kernel was started in, which set-up may have left."""
    shell = namespace.get("get_ipython")
    return getattr(shell(), "starting_dir", None) if callable(shell) else None


def _file_name(step: str) -> str:
    return quote(step, safe="") + ".json"


def _not_run(source: str) -> HandoverError:
    return HandoverError(
        "handover.missing",
        f'step "{source}" has not been run: it has left no outputs',
        f'run the notebook of step "{source}" first',
    )
