"""Every setting in force and where it comes from, as a Jupyter server of this machine would read it. Starts no server.

source
    the configuration file that names the setting, else the variable that is set, else `default`. Files of higher places
    of Jupyter's path win over lower ones, and ``jupyter_server_config`` over ``jupyter_mlops_config``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets import TraitError
from traitlets.config import Config

from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.base.uris import without_password

FILES = ("jupyter_mlops_config", "jupyter_server_config")
DEFAULT = "default"


@dataclass(frozen=True)
class Sourced:
    """A setting: its name, its value as it is shown, the variable it has elsewhere, and where the value comes from."""

    name: str
    value: str
    variable: str
    source: str

    @property
    def is_locked(self) -> bool:
        """Whether a configuration file names it: then the variable has no say in a Jupyter server."""
        return self.source not in (DEFAULT, self.variable)


@dataclass(frozen=True)
class InForce:
    """The settings of a server here, those of this shell, and what was wrong with files of configuration."""

    settings: MlopsSettings
    listed: Sequence[Sourced]
    shell: Sequence[Sourced]
    problems: Sequence[str] = ()


def in_force(folders: Sequence[str] | None = None) -> InForce:
    """Read the files of configuration.

    Parameters
    ----------
    folders
        where they may be, the winning one first; None is Jupyter's path.
    """
    if folders is None:
        from jupyter_core.paths import jupyter_config_path

        folders = jupyter_config_path()
    merged, sources, problems = Config(), dict[str, str](), list[str]()
    for path in _files(folders):
        try:
            found = _read(path).get("MlopsSettings", Config())
        # It is a program of the administrator's, which raises whatever it likes.
        except (Exception, SystemExit) as error:
            problems.append(f"{path} cannot be read: {type(error).__name__}: {error}")
            continue
        for name in found:
            if name not in MlopsSettings.options():
                problems.append(f"{path} sets `MlopsSettings.{name}`, which does not exist")
                continue
            sources[name] = str(path)
            merged["MlopsSettings"][name] = found[name]
    try:
        settings = MlopsSettings(config=merged)
    except TraitError as error:
        problems.append(str(error))
        settings, sources = MlopsSettings(), {}
    return InForce(settings, _listed(settings, sources), _listed(MlopsSettings(), {}), problems)


def _listed(settings: MlopsSettings, sources: dict[str, str]) -> list[Sourced]:
    found = []
    for name, trait in settings.options().items():
        variable = str(trait.metadata["variable"])
        source = sources.get(name) or (variable if os.environ.get(variable) else DEFAULT)
        value = settings.home_path if name == "home" else getattr(settings, name)
        shown = f"{value:g}" if isinstance(value, float) else without_password(str(value))
        found.append(Sourced(name, shown, variable, source))
    return found


def _files(folders: Sequence[str]) -> Iterator[Path]:
    """Yield the files that are there, the winning one last."""
    for name in FILES:
        for folder in reversed(folders):
            for path in (Path(folder, f"{name}.json"), Path(folder, f"{name}.py")):
                if path.is_file():
                    yield path


def _read(path: Path) -> Any:
    from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

    loader = JSONFileConfigLoader if path.suffix == ".json" else PyFileConfigLoader
    return loader(path.name, path=str(path.parent)).load_config()
