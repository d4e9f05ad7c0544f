"""The files of models: where they are on this machine, and what they say. Nothing of them is ever loaded."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jupyter_mlops.models.facts import Facts, read_facts
from jupyter_mlops.models.registry import Registry
from jupyter_mlops.models.version import ModelVersion


class ModelFiles:
    """Files of versions.

    Parameters
    ----------
    kept
        folder of copies; one of each version that is not on this machine anyway.
    """

    def __init__(self, kept: Path, registry: Callable[[], Registry]) -> None:
        self._kept, self._registry = kept, registry
        # By source: the files of a version never change.
        self._facts: dict[str, Facts] = {}

    def facts(self, version: ModelVersion) -> Facts:
        """Return what the files of a version say of it."""
        known = self._facts.get(version.source)
        if known is None:
            known = self._facts[version.source] = read_facts(self.folder(version))
        return known

    def folder(self, version: ModelVersion) -> Path:
        """Return a folder with the files of a version: where they are, or a copy that is made once.

        Raises
        ------
        UnavailableError
            ``model.files``, ``mlflow.down``.
        """
        here = local(version.source)
        if here is not None:
            return here
        kept = self._kept / hashlib.sha256(version.source.encode()).hexdigest()[:32]
        if not kept.is_dir():
            draft = kept.with_name(f".draft-{uuid.uuid4().hex}")
            try:
                found = self._registry().download(version, draft)
                # Who was faster has the same files.
                with contextlib.suppress(FileExistsError, OSError):
                    found.rename(kept)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        return kept


def local(uri: str) -> Path | None:
    """Return the folder that a URI means, when it is on this machine."""
    path = Path(url2pathname(urlsplit(uri).path)) if uri.startswith("file:") else Path(uri)
    return path if path.is_absolute() and path.is_dir() else None
