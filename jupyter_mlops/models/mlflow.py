"""MLflow's registry. The one file that speaks to it; it asks anew each time, so that what others changed is seen.

A server that is away or refuses the credentials is noticed first (`trouble`): MLflow's own calls would try for minutes.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import NotFoundError, UnavailableError, UsageError
from jupyter_mlops.base.uris import without_password
from jupyter_mlops.models import entities
from jupyter_mlops.models.memory import no_files, no_model, no_version
from jupyter_mlops.models.registry import moment
from jupyter_mlops.models.version import LoggedModel, Model, ModelVersion
from jupyter_mlops.runs.address import artifact_root
from jupyter_mlops.runs.book import connect
from jupyter_mlops.runs.logged import logged_by, runs_of
from jupyter_mlops.runs.reach import of_error, trouble
from jupyter_mlops.runs.tracking import ensure_store

_DEEPEST = 5
_ID = re.compile(r"[0-9A-Za-z_-]+")
_MISSING = "RESOURCE_DOES_NOT_EXIST"
_PRESENT = "RESOURCE_ALREADY_EXISTS"
_REFUSED = "INVALID_PARAMETER_VALUE"


class MlflowRegistry:
    """The registry behind a tracking URI; None is what MLFLOW_TRACKING_URI says, or else our own in `home`."""

    def __init__(self, home: Path, uri: str | None = None) -> None:
        self._home, self._given = home, uri

    @property
    def uri(self) -> str:
        """Where it is; our own is made when it is not there yet."""
        return self._given or ensure_store(self._home)

    @cached_property
    def _connected(self) -> Any:
        import mlflow

        uri = self.uri
        return connect(mlflow, uri, artifact_root(uri, self._home.resolve(), os.getcwd()))

    @property
    def _client(self) -> Any:
        if (found := trouble(self.uri)) is not None:
            raise UnavailableError(found.code, found.message, found.hint)
        return self._connected

    def _down(self, why: object) -> UnavailableError:
        place = without_password(self.uri)
        return UnavailableError("mlflow.down", f"MLflow at {place} cannot be used: {why}", "start it, and try again")

    @contextmanager
    def _asking(self, missing: Exception | None = None) -> Iterator[None]:
        """Turn MLflow's errors into ours. A door: what is below MLflow raises whatever it likes."""
        from mlflow.exceptions import MlflowException

        try:
            yield
        except MlflowException as error:
            if missing is not None and error.error_code == _MISSING:
                raise missing from error
            if error.error_code == _REFUSED:
                raise UsageError("mlflow.refused", f"MLflow refuses: {entities.first_line(error)}") from error
            if (found := of_error(self.uri, error)) is not None:
                raise UnavailableError(found.code, found.message, found.hint) from error
            raise self._down(entities.first_line(error)) from error
        except (OSError, RuntimeError) as error:
            raise self._down(entities.first_line(error)) from error

    def models(self) -> Sequence[Model]:
        """Return every registered model, by name."""
        client = self._client
        with self._asking():
            return [entities.model(found) for found in entities.pages(client.search_registered_models)]

    def model(self, name: str) -> Model:
        """Return a model."""
        client = self._client
        with self._asking(no_model(name, ())):
            return entities.model(client.get_registered_model(name))

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Return its versions, newest first, with the aliases that point to them."""
        client, model = self._client, self.model(name)
        with self._asking():
            found = entities.pages(client.search_model_versions, entities.where("name", name))
            versions = [entities.version(each, model.aliases) for each in found if each.name == name]
        return sorted(versions, key=lambda version: -version.number)

    def every(self) -> Sequence[ModelVersion]:
        """Return the versions of all models."""
        client = self._client
        with self._asking():
            return [entities.version(found, {}) for found in entities.pages(client.search_model_versions)]

    def version(self, name: str, number: int) -> ModelVersion:
        """Return one."""
        client, model = self._client, self.model(name)
        with self._asking(no_version(name, number)):
            return entities.version(client.get_model_version(name, str(number)), model.aliases)

    def tagged(self, tags: Mapping[str, str]) -> Sequence[ModelVersion]:
        """Return what carries these tags; MLflow can ask for one, the rest is looked at here."""
        client = self._client
        key, value = next(iter(tags.items()))
        with self._asking():
            found = [
                entities.version(v, {})
                for v in entities.pages(client.search_model_versions, entities.where(f"tag.`{key}`", value))
            ]
        fitting = [version for version in found if tags.items() <= version.tags.items()]
        return sorted(fitting, key=lambda version: (version.created_at is not None, version.created_at, version.number))

    def create_model(self, name: str) -> None:
        """Register a model."""
        from mlflow.exceptions import MlflowException

        client = self._client
        with self._asking():
            try:
                client.create_registered_model(name)
            except MlflowException as error:
                if error.error_code != _PRESENT:
                    raise

    def create_version(self, name: str, logged: LoggedModel, tags: Mapping[str, str]) -> ModelVersion:
        """Make the next version; MLflow writes it with its tags in one transaction."""
        client = self._client
        model_id = {"model_id": logged.model_id} if logged.model_id else {}
        with self._asking(no_model(name, ())):
            made = client.create_model_version(
                name, logged.uri, run_id=logged.mlflow_run_id or None, tags=dict(tags), **model_id
            )
            return entities.version(made, {})

    def delete_version(self, name: str, number: int) -> None:
        """Delete one."""
        client = self._client
        with suppress(NotFoundError), self._asking(no_version(name, number)):
            client.delete_model_version(name, str(number))

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """Move an alias."""
        client = self._client
        with self._asking(no_version(name, number)):
            client.set_registered_model_alias(name, alias, str(number))

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away."""
        client = self._client
        with self._asking(no_model(name, ())):
            client.delete_registered_model_alias(name, alias)

    def tag(self, name: str, number: int, tags: Mapping[str, str]) -> None:
        """Write tags, cut to what MLflow holds."""
        client = self._client
        with self._asking(no_version(name, number)):
            for key, value in tags.items():
                client.set_model_version_tag(name, str(number), key, value[:5000])

    def logged(self, mlflow_run_id: str) -> Sequence[LoggedModel]:
        """Return what a run and those below it logged."""
        return self.logged_by([mlflow_run_id])[mlflow_run_id]

    def logged_by(self, mlflow_run_ids: Sequence[str]) -> Mapping[str, Sequence[LoggedModel]]:
        """Return the same for several runs, in few calls."""
        client = self._client
        found: dict[str, Sequence[LoggedModel]] = {each: [] for each in mlflow_run_ids}
        with self._asking():
            runs = runs_of(client, [each for each in mlflow_run_ids if _ID.fullmatch(each)])
            for run_id, models in logged_by(client, runs).items():
                made = [
                    LoggedModel(m.model_id, m.name, m.artifact_location, m.source_run_id, moment(m.creation_timestamp))
                    for m in models
                ]
                found[run_id] = sorted(made, key=lambda model: (str(model.created_at), model.id))
        return found

    def metrics(self, of: ModelVersion | LoggedModel) -> Mapping[str, float]:
        """Return the latest metrics of the whole run, over them those of the step, over them those of the model."""
        found: dict[str, float] = {}
        with self._asking():
            for run in self._runs(of.mlflow_run_id):
                found |= dict(run.data.metrics)
            model = self._logged(of.model_id)
            found |= {m.key: m.value for m in (model.metrics or ())} if model else {}
        return found

    def params(self, version: ModelVersion) -> Mapping[str, str]:
        """Return the parameters of the whole run, of the step and of the logged model."""
        found: dict[str, str] = {}
        with self._asking():
            for run in self._runs(version.mlflow_run_id):
                found |= dict(run.data.params)
            model = self._logged(version.model_id)
            found |= {key: str(value) for key, value in (model.params or {}).items()} if model else {}
        return found

    def run_tags(self, mlflow_run_id: str) -> Mapping[str, str]:
        """Return the tags of a run."""
        with self._asking():
            run = self._run(mlflow_run_id)
            return dict(run.data.tags) if run else {}

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Copy its files."""
        from mlflow.artifacts import download_artifacts
        from mlflow.exceptions import MlflowException

        client = self._client
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            source = client.get_model_version_download_uri(version.name, str(version.number))
            found = Path(download_artifacts(artifact_uri=source, dst_path=str(folder), tracking_uri=self.uri))
        except (MlflowException, OSError, RuntimeError, ImportError) as error:
            # Of some places the client is a package of its own.
            raise no_files(version, error) from error
        if folder.resolve() in found.resolve().parents:
            return found
        # A source that is on this machine may be handed out in place; what others can change is not ours.
        return Path(shutil.copytree(found, folder / "model", symlinks=True, dirs_exist_ok=True))

    def _run(self, mlflow_run_id: str | None) -> Any:
        from mlflow.exceptions import MlflowException

        if mlflow_run_id is None:
            return None
        try:
            return self._client.get_run(mlflow_run_id)
        except MlflowException as error:
            if error.error_code == _MISSING:
                return None
            raise

    def _runs(self, mlflow_run_id: str | None) -> list[Any]:
        """Return the run and those that it is nested in, the outermost first."""
        found: list[Any] = []
        while (run := self._run(mlflow_run_id)) is not None and len(found) < _DEEPEST:
            found.insert(0, run)
            mlflow_run_id = run.data.tags.get("mlflow.parentRunId")
        return found

    def _logged(self, model_id: str | None) -> Any:
        from mlflow.exceptions import MlflowException

        if model_id is None or not hasattr(self._client, "get_logged_model"):
            return None
        try:
            return self._client.get_logged_model(model_id)
        except MlflowException as error:
            if error.error_code == _MISSING:
                return None
            raise
