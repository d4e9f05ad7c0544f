"""What the description of a model says of how it is loaded, as far as that runs code that no file was scanned for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# MLflow's own loaders that read the model's files and nothing else.
_LOADERS = frozenset(
    f"mlflow.{name}"
    for name in "catboost lightgbm onnx prophet pyfunc.model pytorch sklearn statsmodels xgboost".split()
)
# MLflow imports what stands here by its name, and calls it.
_CLASSES = frozenset(
    {f"xgboost.sklearn.XGB{n}" for n in ("Classifier", "Regressor", "Ranker", "RFClassifier", "RFRegressor", "Model")}
    | {f"lightgbm.sklearn.LGBM{n}" for n in ("Classifier", "Regressor", "Ranker", "Model")}
    | {"xgboost.core.Booster", "lightgbm.basic.Booster"}
)


def runs(description: Mapping[str, Any]) -> list[str]:
    """Return what loading a model would run beside its scanned files; empty when nothing.

    Examples
    --------
    >>> runs({"flavors": {"python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.skops"}}})
    []
    >>> runs({"flavors": {"python_function": {"loader_module": "its_loader", "code": "code"}}})
    ['it is loaded by its_loader', 'it brings its own code: code']
    """
    flavors = description.get("flavors")
    if not isinstance(flavors, Mapping):
        return ["nobody knows how it is loaded: it names no flavors"]
    return list(dict.fromkeys(_told(flavors)))


def _told(flavors: Mapping[Any, Any]) -> Iterator[str]:
    for flavor, fields in flavors.items():
        if not isinstance(fields, Mapping):
            yield f"the flavor {flavor} cannot be read"
            continue
        if flavor == "python_function":
            loader = fields.get("loader_module")
            if loader not in _LOADERS:
                yield f"it is loaded by {loader}"
        for key in ("code", "model_code_path"):
            if fields.get(key):
                yield f"it brings its own code: {fields[key]}"
        wanted = fields.get("model_class")
        if wanted is not None and (not isinstance(wanted, str) or wanted not in _CLASSES):
            yield f"it makes a {wanted}"
        yield from (f"it reads {path}, which is not in its folder" for path in _outside(fields))


def _outside(found: object) -> Iterator[str]:
    """Yield paths that lead out of the folder."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            # Where an artifact came from is told too; it is read from where it was copied to.
            if key != "uri":
                yield from _outside(value)
    elif isinstance(found, list):
        for value in found:
            yield from _outside(value)
    elif isinstance(found, str) and (found.startswith(("/", "\\")) or ".." in found.replace("\\", "/").split("/")):
        yield found
