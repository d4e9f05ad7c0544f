"""What a template imports ahead of its workers: packages that MLflow's flavors stand on, never anything of a model.

Importing costs a second, forking ten milliseconds. The names to import come from the table here; of the model's own
files only ``MLmodel`` is read, as plain data, to learn which rows of the table it needs.
"""

from __future__ import annotations

import contextlib
import importlib
import os

from jupyter_mlops.base.documents import from_yaml
from jupyter_mlops.deployments.serving.worker.later import later, without

BASE = (
    "numpy", "pandas", "mlflow", "mlflow.pyfunc", "mlflow.pyfunc.scoring_server", "mlflow.pyfunc.model",
    "mlflow.models.utils", "mlflow.store.artifact.local_artifact_repo",
)  # fmt: skip
PACKAGES = {
    "sklearn": (
        "sklearn.linear_model", "sklearn.ensemble", "sklearn.pipeline", "sklearn.compose", "sklearn.preprocessing",
        "sklearn.impute", "sklearn.tree", "sklearn.svm", "sklearn.neighbors", "sklearn.cluster",
        "cloudpickle", "joblib", "mlflow.sklearn",
    ),
    "xgboost": ("xgboost", "mlflow.xgboost"),
    "lightgbm": ("lightgbm", "mlflow.lightgbm"),
    "catboost": ("catboost", "mlflow.catboost"),
    "statsmodels": ("statsmodels.api", "mlflow.statsmodels"),
    "onnx": ("onnxruntime", "mlflow.onnx"),
    "pytorch": ("torch", "mlflow.pytorch"),
    "transformers": ("torch", "transformers", "mlflow.transformers"),
    "python_function": ("cloudpickle",),
}  # fmt: skip
# What a flavor's file format stands on, by what `MLmodel` calls it.
FORMATS = {"skops": ("skops.io",)}
# 12 MB that MLflow imports by the way: only a model that looks into them has them.
LATER = ("mlflow.genai", "mlflow.gateway")
# Of the data of trainings, which are not recorded here; where polars is not installed MLflow goes without them too.
WITHOUT = ("mlflow.data.polars_dataset", "mlflow.genai.datasets")
_MLMODEL_LIMIT = 1 << 20


def import_base() -> str:
    """Import what every worker needs and return the version of MLflow."""
    with later(LATER), without(WITHOUT):
        for name in BASE:
            importlib.import_module(name)
        _import_all(PACKAGES["sklearn"])
    from mlflow.version import VERSION

    return str(VERSION)


def import_for(folder: str) -> None:
    """Import what the flavors of a model stand on; what cannot be read or imported is left to the worker to tell."""
    with contextlib.suppress(Exception):
        path = os.path.join(folder, "MLmodel")
        if os.path.getsize(path) > _MLMODEL_LIMIT:
            return
        with open(path, encoding="utf-8") as file:
            flavors = from_yaml(file.read(_MLMODEL_LIMIT))["flavors"]
        for flavor in PACKAGES.keys() & flavors.keys():
            _import_all(PACKAGES[flavor])
            _import_all(FORMATS.get(str(flavors[flavor].get("serialization_format")), ()))


def _import_all(names: tuple[str, ...]) -> None:
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
