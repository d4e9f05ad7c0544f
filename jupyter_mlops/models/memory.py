"""A registry in memory, for tests: says and refuses what MLflow does."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.base.errors import NotFoundError, UnavailableError
from jupyter_mlops.models.version import LoggedModel, Model, ModelVersion


@dataclass
class MemoryRegistry:
    """Models in memory. What runs logged, and the files of sources, are put in by the test."""

    runs: dict[str, list[LoggedModel]] = field(default_factory=dict)
    run_metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    run_params: dict[str, dict[str, str]] = field(default_factory=dict)
    tags_of_runs: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    _models: dict[str, dict[int, ModelVersion]] = field(default_factory=dict)
    _aliases: dict[str, dict[str, int]] = field(default_factory=dict)

    def models(self) -> Sequence[Model]:
        """Return every model."""
        return [self.model(name) for name in sorted(self._models)]

    def model(self, name: str) -> Model:
        """Return a model."""
        versions = self._of(name)
        latest = max(versions, default=None)
        updated = versions[latest].created_at if latest else None
        return Model(name, aliases=dict(self._aliases[name]), latest=latest, updated_at=updated)

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """Return its versions."""
        return [self.version(name, number) for number in sorted(self._of(name), reverse=True)]

    def every(self) -> Sequence[ModelVersion]:
        """Return all versions."""
        return [version for versions in self._models.values() for version in versions.values()]

    def version(self, name: str, number: int) -> ModelVersion:
        """Return one."""
        found = self._of(name).get(number)
        if found is None:
            raise no_version(name, number)
        aliases = tuple(sorted(a for a, n in self._aliases[name].items() if n == number))
        return replace(found, aliases=aliases)

    def tagged(self, tags: Mapping[str, str]) -> Sequence[ModelVersion]:
        """Return what carries these tags."""
        every = [self.version(name, number) for name in sorted(self._models) for number in sorted(self._models[name])]
        return [version for version in every if tags.items() <= version.tags.items()]

    def create_model(self, name: str) -> None:
        """Register a model."""
        self._models.setdefault(name, {})
        self._aliases.setdefault(name, {})

    def create_version(self, name: str, logged: LoggedModel, tags: Mapping[str, str]) -> ModelVersion:
        """Make the next version."""
        versions = self._of(name)
        number = max(versions, default=0) + 1
        versions[number] = ModelVersion(
            name, number, logged.uri, datetime.now(UTC), mlflow_run_id=logged.mlflow_run_id or None,
            model_id=logged.id if logged.id.startswith("m-") else None, tags=dict(tags),
        )  # fmt: skip
        return self.version(name, number)

    def delete_version(self, name: str, number: int) -> None:
        """Delete one, and the aliases that point to it."""
        self._models.get(name, {}).pop(number, None)
        self._aliases[name] = {a: n for a, n in self._aliases.get(name, {}).items() if n != number}

    def set_alias(self, name: str, alias: str, number: int) -> None:
        """Move an alias."""
        self.version(name, number)
        self._aliases[name][alias] = number

    def delete_alias(self, name: str, alias: str) -> None:
        """Take it away."""
        self._of(name)
        self._aliases[name].pop(alias, None)

    def tag(self, name: str, number: int, tags: Mapping[str, str]) -> None:
        """Write tags."""
        found = self.version(name, number)
        self._models[name][number] = replace(found, tags={**found.tags, **tags})

    def logged(self, mlflow_run_id: str) -> Sequence[LoggedModel]:
        """Return what the test put in."""
        return list(self.runs.get(mlflow_run_id, ()))

    def logged_by(self, mlflow_run_ids: Sequence[str]) -> Mapping[str, Sequence[LoggedModel]]:
        """Return what the test put in."""
        return {each: self.logged(each) for each in mlflow_run_ids}

    def metrics(self, of: ModelVersion | LoggedModel) -> Mapping[str, float]:
        """Return what the test put in."""
        return dict(self.run_metrics.get(of.mlflow_run_id or "", {}))

    def params(self, version: ModelVersion) -> Mapping[str, str]:
        """Return what the test put in."""
        return dict(self.run_params.get(version.mlflow_run_id or "", {}))

    def run_tags(self, mlflow_run_id: str) -> Mapping[str, str]:
        """Return what the test put in."""
        return dict(self.tags_of_runs.get(mlflow_run_id, {}))

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Copy what the test put in."""
        try:
            return Path(shutil.copytree(self.files[version.source], folder / "model"))
        except (KeyError, OSError) as error:
            raise no_files(version, error) from error

    def _of(self, name: str) -> dict[int, ModelVersion]:
        if name not in self._models:
            raise no_model(name, sorted(self._models))
        return self._models[name]


def no_model(name: str, known: Sequence[str]) -> NotFoundError:
    """Say that there is no such model."""
    hint = f"models: {', '.join(known[:10])}" if known else "`models register RUN` makes the first one"
    return NotFoundError("model.not_found", f'there is no model "{name}"', hint)


def no_version(name: str, number: int) -> NotFoundError:
    """Say that there is no such version."""
    return NotFoundError(
        "model.no_version", f'model "{name}" has no version {number}', f"`models show {name}` lists them"
    )


def no_files(version: ModelVersion, error: Exception) -> UnavailableError:
    """Say that the files of a version cannot be read."""
    return UnavailableError(
        "model.files",
        f"the files of {version.label} cannot be read: {error}",
        "see whether MLflow's artifact store is there, and whether they were deleted",
    )
