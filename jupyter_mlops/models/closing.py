"""What a run does at its end for models: the steps tagged ``model:NAME`` register what they logged."""

from __future__ import annotations

import contextlib
import getpass
import json
import logging
import os
from pathlib import Path

from jupyter_mlops.base.errors import MlopsError, UnavailableError
from jupyter_mlops.base.uris import with_password
from jupyter_mlops.db.session import Database
from jupyter_mlops.models.mlflow import MlflowRegistry
from jupyter_mlops.models.origin import origin_tags
from jupyter_mlops.models.register import Registrar, the_one
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.run import Status
from jupyter_mlops.runs.store import RunStore

_log = logging.getLogger(__name__)


def register(folder: Path) -> bool:
    """Register what the steps of a run ask for; return False when it has to be done again. Can be repeated.

    Only steps that ran in this run and succeeded: what was taken over was registered by the run that made it.
    """
    home = folder.parent.parent
    record = json.loads((folder / "run.json").read_bytes())
    pipeline = Pipeline.from_json(json.loads((folder / "pipeline.json").read_bytes()))
    steps = json.loads((folder / "mlflow.json").read_bytes()).get("steps") or {}
    given = (record.get("tracking") or {}).get("uri")
    uri = with_password(given, os.environ.get("MLFLOW_TRACKING_URI")) if given else None
    registry = MlflowRegistry(home, uri)
    with contextlib.closing(Database(home, os.environ.get("JUPYTER_MLOPS_STORE") or None)) as database:
        run = RunStore(database).get(folder.name)
        made = {step.name for step in run.steps if step.status is Status.SUCCEEDED and not step.cached}
        registrar = Registrar(database, registry, home / "models" / ".lock")
        for step in pipeline.steps:
            if step.options.model is None or step.name not in made or step.name not in steps:
                continue
            try:
                logged = the_one(registry.logged(str(steps[step.name])), step.options.model)
                if logged is not None:
                    registrar.register(
                        run.id, step.name, logged, step.options.model, origin_tags(record), getpass.getuser()
                    )
            except UnavailableError as error:
                _log.warning("model of step %s: %s", step.name, error.message)
                return False
            except MlopsError as error:
                # It would be the same the next time.
                _log.error("model of step %s: %s", step.name, error.message)
    return True
