"""Configuration: every setting there is, as traitlets, with the environment variable that it has.

A setting that no configuration names is read from its variable. What a configuration names goes into the variables of
the Jupyter server (`environ`), so that its kernels, terminals and runner, which are other processes, have the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from traitlets import Bool, Float, TraitType, Unicode, default, validate
from traitlets.config import Configurable

from jupyter_mlops.base.identity import username
from jupyter_mlops.base.uris import without_password


class MlopsSettings(Configurable):
    """Where things are kept, and how much of the machine a user's runs may take."""

    home = Unicode(
        help="Folder of the store, the runs, the values and the jobs. `{username}` stands for the name of the user, "
        "on a JupyterHub the one of the Hub; `~` for the user's home folder."
    ).tag(config=True, variable="JUPYTER_MLOPS_HOME", shown="`mlops` in Jupyter's data folder")
    store = Unicode(
        help="Database URL of the store, another one for every user (`{username}`); empty is SQLite in the home folder."
    ).tag(config=True, variable="JUPYTER_MLOPS_STORE")
    tracking_uri = Unicode(help="MLflow tracking URI; empty is a store of our own in the home folder.").tag(
        config=True, variable="MLFLOW_TRACKING_URI"
    )
    max_parallel = Float(
        0, min=0, help="The most cores that the runs of a user take together; 0 is all there are."
    ).tag(config=True, variable="JUPYTER_MLOPS_MAX_PARALLEL")
    runner_idle_s = Float(60, min=0, help="Seconds without work after which a user's runner leaves.").tag(
        config=True, variable="JUPYTER_MLOPS_RUNNER_IDLE"
    )

    require_sandbox = Bool(
        False, help="Load no model for serving, scoring or a trial where Landlock and seccomp are not in force."
    ).tag(config=True, variable="JUPYTER_MLOPS_REQUIRE_SANDBOX")

    @default("home")
    def _home(self) -> str:
        from jupyter_core.paths import jupyter_data_dir

        return named(os.environ.get("JUPYTER_MLOPS_HOME", "")) or str(Path(jupyter_data_dir()) / "mlops")

    @default("store")
    def _store(self) -> str:
        return named(os.environ.get("JUPYTER_MLOPS_STORE", ""))

    @default("tracking_uri")
    def _tracking_uri(self) -> str:
        return os.environ.get("MLFLOW_TRACKING_URI", "")

    @default("max_parallel")
    def _max_parallel(self) -> float:
        return _number("JUPYTER_MLOPS_MAX_PARALLEL", 0)

    @default("require_sandbox")
    def _require_sandbox(self) -> bool:
        return os.environ.get("JUPYTER_MLOPS_REQUIRE_SANDBOX", "").strip().lower() in ("1", "true", "yes", "on")

    @default("runner_idle_s")
    def _runner_idle_s(self) -> float:
        return _number("JUPYTER_MLOPS_RUNNER_IDLE", 60)

    @validate("home", "store")
    def _named(self, proposal: Mapping[str, str]) -> str:
        return named(proposal["value"])

    @property
    def home_path(self) -> Path:
        """The home folder, absolute."""
        return Path(self.home).expanduser().resolve()

    def is_configured(self, name: str) -> bool:
        """Whether a configuration names a setting: then its variable has no say in this server."""
        return name in self.config.get(type(self).__name__, {})

    @classmethod
    def options(cls) -> dict[str, TraitType[Any, Any]]:
        """Return what a configuration may set, by name."""
        return cls.class_own_traits(config=True)

    def environ(self) -> dict[str, str]:
        """Return the variables that say in other processes what a configuration says here; no others."""
        says: dict[str, Callable[[Any], str]] = {"home": lambda _: str(self.home_path), "max_parallel": "{:g}".format}
        return {
            trait.metadata["variable"]: says.get(name, str)(getattr(self, name))
            for name, trait in self.options().items()
            if self.is_configured(name)
        }

    def to_json(self) -> dict[str, Any]:
        """Return the settings for `doctor`."""
        return {
            "home": str(self.home_path),
            "store": without_password(self.store) or None,
            "tracking_uri": without_password(self.tracking_uri) or None,
        }


class MlopsPolicy(Configurable):
    """What only an administrator's configuration of the Jupyter server says; no environment variable does."""

    accept_unverified_approvals = Bool(
        False,
        help="Let approvals count that were given in a shell, where anybody can take any name, also for gates that ask "
        "for more than one person, and on a Hub.",
    ).tag(config=True)


def named(template: str) -> str:
    """Return a text with the name of the user in place of ``{username}``."""
    return template.replace("{username}", folder_name(username())) if "{username}" in template else template


def folder_name(user: str) -> str:
    """Return a name as one part of a path, and a different one for every name.

    >>> folder_name("ada"), folder_name("ada@example.org"), folder_name("a/b"), folder_name("..")
    ('ada', 'ada@example.org', 'a%2Fb', '%2E%2E')
    """
    return quote(user, safe="@") if user.strip(".") else user.replace(".", "%2E")


def _number(variable: str, otherwise: float) -> float:
    """Return the number in a variable, which may hold anything: it is the user's."""
    try:
        return max(0.0, float(os.environ.get(variable, "")))
    except ValueError:
        return otherwise
