"""``python -m jupyter_mlops.deployments.clerk HOME FD``: asks registries for the manager, which has no MLflow itself.

It answers one call after the other over the socket `FD`, and ends when the manager hangs up or is gone. Both ends are
this package in one release and of one user, so calls and answers are pickled.
"""

from __future__ import annotations

import os
import pickle
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import MlopsError

VERBS = ("model", "version", "download")


def answer(registry: Any, verb: str, arguments: tuple[Any, ...]) -> Any:
    """Return what a registry answers, or the error that it raises."""
    try:
        if verb not in VERBS:
            raise ValueError(f"`{verb}` is no call of a clerk")
        found = getattr(registry(), verb)(*arguments)
        pickle.dumps(found)
    except MlopsError as error:
        return error
    except Exception as error:  # a door: a registry is a plugin and raises any kind of error
        return RuntimeError(f"{type(error).__name__}: {error}")
    return found


def main(home: str, fd: str) -> None:
    """Answer until the manager hangs up."""
    from jupyter_mlops.deployments.registries import Registries

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    registries = Registries(Path(home))
    with Connection(int(fd)) as line:
        while True:
            try:
                uri, verb, arguments = line.recv()
                line.send(answer(lambda at=uri: registries.open(at), verb, arguments))
            except (EOFError, OSError):
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
