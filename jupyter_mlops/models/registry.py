"""The registry of models as the verbs need it: one seam, spoken to by `mlflow` and, for tests, kept in `memory`.

Rule: nothing behind it ever loads a model. What is known of one is read off its files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from jupyter_mlops.models.version import LoggedModel, Model, ModelVersion


class Registry(Protocol):
    """Registered models, their versions and aliases.

    Every verb may raise `UnavailableError` (``mlflow.down``): the server is away; nothing was changed, or it is not
    known whether it was. Looks are always new: what others changed is seen at once.
    """

    def models(self) -> Sequence[Model]:
        """Return every registered model, by name."""

    def model(self, name: str) -> Model:
        """Return a model; raise `NotFoundError` (``model.not_found``)."""

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Return the versions of a model, newest first; raise `NotFoundError` (``model.not_found``)."""

    def every(self) -> Sequence[ModelVersion]:
        """Return the versions of all models, without their aliases, in no order."""

    def version(self, name: str, number: int) -> ModelVersion:
        """Return a version; raise `NotFoundError` (``model.not_found``, ``model.no_version``)."""

    def tagged(self, tags: Mapping[str, str]) -> Sequence[ModelVersion]:
        """Return the versions of all models that carry every one of these tags, oldest first."""

    def create_model(self, name: str) -> None:
        """Register a model without a version; no-op when there is one of that name."""

    def create_version(self, name: str, logged: LoggedModel, tags: Mapping[str, str]) -> ModelVersion:
        """Make the next version of a model from a logged one; its tags are there with it."""

    def delete_version(self, name: str, number: int) -> None:
        """Delete a version; no-op when it is not there."""

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """Let an alias point to a version."""

    def delete_alias(self, name: str, alias: str) -> None:
        """Take an alias away; no-op when there is none."""

    def tag(self, name: str, number: int, tags: Mapping[str, str]) -> None:
        """Write tags of a version."""

    def logged(self, mlflow_run_id: str) -> Sequence[LoggedModel]:
        """Return the models that an MLflow run and runs nested in it logged, oldest first; none without it."""

    def logged_by(self, mlflow_run_ids: Sequence[str]) -> Mapping[str, Sequence[LoggedModel]]:
        """Return what `logged` does for each of several MLflow runs, in few calls; one that is not there has none."""

    def metrics(self, of: ModelVersion | LoggedModel) -> Mapping[str, float]:
        """Return the latest metrics of the run, the step and the logged model that a version came from, or will."""

    def params(self, version: ModelVersion) -> Mapping[str, str]:
        """Return the parameters that were logged with it."""

    def run_tags(self, mlflow_run_id: str) -> Mapping[str, str]:
        """Return the tags of an MLflow run; none for a run that is not there."""

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Copy the files of a version below `folder`, which is empty, and return where they are.

        Raises
        ------
        UnavailableError
            ``model.files``: they cannot be read.
        """


def moment(milliseconds: float | None) -> datetime | None:
    """Return MLflow's time stamp as a moment."""
    from datetime import UTC

    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
