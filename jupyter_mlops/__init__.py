"""Turn a tagged notebook into a pipeline, a versioned job and a deployed model, inside JupyterLab.

The public Python functions are the verbs of the command line, with the same words::

    import jupyter_mlops as mlops

    mlops.run("train.ipynb", lr=0.1).wait()
    mlops.runs()

They live in `jupyter_mlops.api` and are looked up when first used: importing the package, loading the
magics or starting the server extension loads nothing heavy. Some verbs, as `runs` and `jobs`, are also rooms
of the house; those modules can be called.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_mlops.api import (
        cancel,
        check,
        compile,
        deploy,
        deployments,
        jobs,
        logs,
        models,
        predict,
        promote,
        register,
        retry,
        run,
        runs,
        score,
        show,
    )

    __version__: str

__all__ = [
    "__version__",
    "cancel",
    "check",
    "compile",
    "deploy",
    "deployments",
    "jobs",
    "logs",
    "models",
    "predict",
    "promote",
    "register",
    "retry",
    "run",
    "runs",
    "score",
    "show",
]

_ROOMS_THAT_ARE_VERBS = frozenset({"deployments", "jobs", "models", "runs"})
_VERBS = frozenset(__all__) - {"__version__"}


class _RoomThatIsVerb(ModuleType):
    """A room that can be called: ``mlops.runs()`` lists runs, ``mlops.runs.store`` is a file of the room."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        verb = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module("jupyter_mlops.api"), verb)(*args, **kwargs)


class _Package(ModuleType):
    """Makes the rooms whose name is a verb callable, at the moment the import system binds them here."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _ROOMS_THAT_ARE_VERBS and isinstance(value, ModuleType):
            value.__class__ = _RoomThatIsVerb
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """Look up the version and the verbs when they are first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("jupyter-mlops")
    if name in _ROOMS_THAT_ARE_VERBS:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _VERBS:
        return getattr(importlib.import_module(f"{__name__}.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register the magics; called by ``%load_ext jupyter_mlops``."""
    importlib.import_module("jupyter_mlops.magics").load_ipython_extension(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Tell JupyterLab's tools where the built browser side is."""
    return [{"src": "labextension", "dest": "jupyter-mlops"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell the Jupyter server which application to load."""
    from jupyter_mlops.server.extension import MlopsExtension

    return [{"module": "jupyter_mlops.server.extension", "app": MlopsExtension}]
