"""Getting a version onto this machine: its files are copied, never loaded, and an environment is found that fits.

A version is there when its ``ready.json`` is: the last thing written into its folder, which appears by one rename.
"""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jupyter_mlops.base.errors import MlopsError, NotFoundError, UnavailableError
from jupyter_mlops.deployments import environment
from jupyter_mlops.deployments.deployment import Deployment, Reason, Rejection
from jupyter_mlops.deployments.plan import Place
from jupyter_mlops.jobs.store import keep_private
from jupyter_mlops.models.version import ModelVersion
from jupyter_mlops.runs.files import read_json, write_json

READY, VERSIONS = "ready.json", "versions"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
_THREADS = 4
_log = logging.getLogger(__name__)
Key = tuple[Path, int]


class Source(Protocol):
    """The part of a registry that has the files."""

    def version(self, name: str, number: int) -> ModelVersion:
        """Return a version; raise `NotFoundError` when there is none."""

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Copy its files into a folder, and return where the model is in it."""


Open = Callable[[str | None], Source]


class RejectedError(Exception):
    """The version cannot be served here; trying again changes nothing."""

    def __init__(self, why: Rejection) -> None:
        super().__init__(why.message)
        self.why = why


@dataclass
class _Try:
    future: Future[Place]
    pause_s: float = FIRST_PAUSE_S
    again_at: float = 0.0
    error: MlopsError | None = None


class Fetcher:
    """Gets versions in threads. Asked again and again, it answers at once with what there is.

    Parameters
    ----------
    open_registry
        returns the registry of a tracking URI (without a password; None is the runner's).
    pythons
        yields the interpreters that may serve, the best one first.
    """

    def __init__(
        self,
        open_registry: Open,
        pythons: Callable[[], Iterable[str]] = lambda: (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open, self._pythons, self._clock = open_registry, pythons, clock
        self._pool = ThreadPoolExecutor(_THREADS, "fetch")
        self._tries: dict[Key, _Try] = {}
        self._places: dict[Key, Place] = {}

    def place(self, deployment: Deployment, version: int) -> Place | None:
        """Return where a version is; None while it is being fetched or cannot be.

        Raises
        ------
        RejectedError
            it cannot be served here, and why; asked again, it is tried again.
        """
        key = (deployment.folder, version)
        if key in self._places:
            return self._places[key]
        found = self._tries.get(key)
        if found is None:
            present = _present(deployment, version)
            if present is not None:
                self._places[key] = present
                return present
            self._tries[key] = _Try(self._submit(deployment, version))
        elif found.future.done():
            self._settle(key, found, deployment, version)
        return self._places.get(key)

    @property
    def is_busy(self) -> bool:
        """Whether a version is being fetched, or is to be tried again."""
        return bool(self._tries)

    def problem(self, deployment: Deployment, version: int) -> Mapping[str, str] | None:
        """Return why a version could not be fetched so far; it is tried again."""
        found = self._tries.get((deployment.folder, version))
        return found.error.to_json() if found is not None and found.error is not None else None

    def forget(self, folder: Path, kept: Iterable[int] = ()) -> None:
        """Remove the files of all versions of a deployment but some."""
        spared = set(kept)
        for known in (self._tries, self._places):
            for key in [key for key in known if key[0] == folder and key[1] not in spared]:
                del known[key]
        versions = folder / VERSIONS
        for path in versions.iterdir() if versions.exists() else ():
            if path.name.isdigit() and int(path.name) not in spared:
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Wait for nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, deployment: Deployment, version: int) -> Future[Place]:
        return self._pool.submit(self._fetch, deployment, version)

    def _settle(self, key: Key, found: _Try, deployment: Deployment, version: int) -> None:
        if found.again_at:
            if self._clock() >= found.again_at:
                found.future, found.again_at = self._submit(deployment, version), 0.0
            return
        try:
            self._places[key] = found.future.result()
            del self._tries[key]
        except RejectedError:
            del self._tries[key]
            raise
        except NotFoundError as error:
            del self._tries[key]
            raise RejectedError(Rejection(Reason.FILES, error.message, error.hint)) from error
        except Exception as error:
            # A door: the registry and the disk raise whatever they like, and the other deployments go on.
            known = error if isinstance(error, MlopsError) else _unforeseen(deployment, version, error)
            _log.warning("%s/%s cannot be fetched: %s", deployment.model, version, known.message)
            found.error, found.again_at = known, self._clock() + found.pause_s
            found.pause_s = min(found.pause_s * 2, LONGEST_PAUSE_S)

    def _fetch(self, deployment: Deployment, version: int) -> Place:
        registry = self._open(deployment.options.tracking_uri)
        found = registry.version(deployment.model, version)
        versions = deployment.folder / VERSIONS
        versions.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = versions / f".{version}-{uuid.uuid4().hex[:8]}"
        draft.mkdir(mode=0o700)
        try:
            model = registry.download(found, draft)
            python = self._python(model, deployment.options.python)
            keep_private(draft)
            folder = versions / str(version)
            place = Place(str(folder / model.relative_to(draft)), python)
            write_json(draft / READY, {"folder": place.folder, "python": place.python})
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
            return place
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _python(self, model: Path, named: str | None) -> str:
        """Return an interpreter that has what the model needs."""
        if named is not None:
            asked = environment.of(named)
            if asked is None:
                raise RejectedError(
                    Rejection(Reason.ENVIRONMENT, f"`{named}` is no Python that can be started", "name another one")
                )
            return _checked(model, asked)
        try:
            return _checked(model, environment.here())
        except RejectedError:
            for other in self._pythons():
                found = environment.of(other)
                if found is not None and not environment.missing(model, found):
                    return found.executable
            raise


def _checked(model: Path, found: environment.Environment) -> str:
    missing = environment.missing(model, found)
    if missing:
        raise RejectedError(
            Rejection(
                Reason.ENVIRONMENT,
                f"the environment of `{found.executable}` lacks what the model needs: {', '.join(missing)}",
                "install that there, or name the Python of an environment that has it with --python",
            )
        )
    return found.executable


def _present(deployment: Deployment, version: int) -> Place | None:
    try:
        found = read_json(deployment.folder / VERSIONS / str(version) / READY)
        place = Place(str(found["folder"]), str(found["python"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return place if Path(place.folder).is_dir() and Path(place.python).exists() else None


def _unforeseen(deployment: Deployment, version: int, error: Exception) -> UnavailableError:
    text = f"the files of {deployment.model}/{version} cannot be copied: {str(error) or type(error).__name__}"
    return UnavailableError("deployment.fetch", text, "it is tried again")
