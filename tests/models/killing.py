"""Registers models in processes that die at a chosen point, and prints what became of it: `python killing.py HOME N`.

The parent opens neither store, so that every child of it has connections of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.store.model_registry.sqlalchemy_store
import mlflow.store.tracking.sqlalchemy_store  # noqa: F401 (what every child would import)

from jupyter_mlops.db.session import Database
from jupyter_mlops.models.mlflow import MlflowRegistry
from jupyter_mlops.models.register import Registrar
from jupyter_mlops.models.version import LoggedModel

# Before and after everything that is written: the intent, the model, the version, its number.
POINTS = [
    ("_intend", False), ("_intend", True), ("create_model", False), ("create_model", True),
    ("create_version", False), ("create_version", True), ("_confirm", False), ("_confirm", True),
]  # fmt: skip


def dying(owner: Any, name: str, *, is_after: bool) -> None:
    """Let a method of `owner` kill this process before or after it did its work."""
    does = getattr(owner, name)

    def die(*args: Any, **kwargs: Any) -> None:
        if is_after:
            does(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, die)


def register(home: Path, number: int, point: tuple[str, bool] | None) -> None:
    registry = MlflowRegistry(home)
    registrar = Registrar(Database(home), registry, home / "models" / ".lock")
    if point is not None:
        dying(registrar if point[0].startswith("_") else registry, point[0], is_after=point[1])
    logged = LoggedModel(f"runs:/{number}/reg", "reg", str(home / "files"), "")
    # Every eighth registration is the first one of a model.
    made = registrar.register(f"{number:032x}", "fit", logged, f"model-{number // len(POINTS)}", author="ada")
    assert made.tags["mlops.step"] == "fit"


def check(home: Path) -> None:
    registry, registrar = MlflowRegistry(home), Registrar(Database(home), MlflowRegistry(home), home / "models/.lock")
    assert registrar.repair() == 0
    made = Counter(v.run_id for model in registry.models() for v in registry.versions(model.name))
    rows = [registrar.of_run(str(run)) for run in made]
    print(
        json.dumps(
            {"runs": len(made), "most": max(made.values()), "numbered": sum(r[0].version is not None for r in rows)}
        )
    )


def child(do: Callable[..., None], *args: Any) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            do(*args)
            sys.stdout.flush()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    home, kills = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(kills):
        assert child(register, home, number, POINTS[number % len(POINTS)]) == -signal.SIGKILL
        assert child(register, home, number, None) == 0
    sys.exit(child(check, home))
