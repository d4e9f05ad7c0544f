"""Which models may be asked without MLflow in between, and with a plain array instead of a frame.

`direct` asks the flavor's wrapper as MLflow does once it has enforced the signature. `of_arrays` asks a scikit-learn
estimator with an array. scikit-learn turns a frame of numbers into that array first thing, but what a model does with
column names before that is its own business: so the model may consist of scikit-learn's own classes only, none of those
that choose columns by name, and both ways are compared on a few rows, bit by bit, before the short one is used.
"""

from __future__ import annotations

import logging
import types
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

_log = logging.getLogger(__name__)

Predict = Callable[[Any], Any]
WRAPPERS = {
    ("mlflow.sklearn", "_SklearnModelWrapper"),
    ("mlflow.xgboost", "_XGBModelWrapper"),
    ("mlflow.lightgbm", "_LGBModelWrapper"),
    ("mlflow.catboost", "_CatboostModelWrapper"),
}
BY_NAME = ("sklearn.compose._column_transformer", "sklearn.preprocessing._function_transformer")
_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype)
_TRUSTED = ("numpy", "scipy", "sklearn")
_LIMIT = 500_000


def direct(pyfunc: Any) -> Predict | None:
    """Return the wrapper's own way to predict, None when MLflow does more in between than enforce the signature."""
    wrapper = type(pyfunc._model_impl)
    if type(pyfunc).__name__ != "PyFuncModel" or (wrapper.__module__, wrapper.__name__) not in WRAPPERS:
        return None
    if getattr(pyfunc.metadata, "_is_signature_from_type_hint", bool)():
        return None
    predict: Predict = pyfunc._predict_fn
    return predict


def of_arrays(pyfunc: Any, probes: Iterable[tuple[Any, Any]]) -> Predict | None:
    """Return how to ask the native estimator with an array, None when the answer is not certain to be the same.

    Parameters
    ----------
    pyfunc
        MLflow's loaded model.
    probes
        Pairs of a frame and the array of it.
    """
    impl: Any = pyfunc._model_impl
    asked = direct(pyfunc)
    if asked is None or type(impl).__name__ != "_SklearnModelWrapper":
        return None
    model: Any = impl.sklearn_model
    predict: Predict = model.predict if getattr(asked, "__self__", None) is impl else asked
    if getattr(predict, "__self__", None) is not model or not is_plain(model):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return predict if agree(asked, predict, probes) else None


def agree(one: Predict, other: Predict, probes: Iterable[tuple[Any, Any]]) -> bool:
    """Say whether two ways to predict give the same bits for at least one of the pairs, and differ for none."""
    proven = False
    for frame, array in probes:
        try:
            expected = one(frame)
        except Exception:
            _log.debug("the model refuses a row made up to compare", exc_info=True)
            continue
        got = other(array)
        if type(expected) is not np.ndarray or type(got) is not np.ndarray or expected.dtype != got.dtype:
            return False
        if expected.shape != got.shape or expected.tolist().__repr__() != got.tolist().__repr__():
            return False
        proven = True
    return proven


def is_plain(model: Any) -> bool:
    """Say whether a model is made of scikit-learn's own classes alone, none of which looks at column names."""
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, _PLAIN) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if len(seen) > _LIMIT:
            return False
        parts = _parts(thing)
        if parts is None:
            return False
        waiting.extend(parts)
    return True


def _parts(thing: Any) -> list[Any] | None:
    """Return what a thing is made of, None when nobody vouches for it."""
    kind = type(thing)
    if kind in (list, tuple, set, frozenset):
        return list(thing)
    if isinstance(thing, dict):
        return [*thing.keys(), *thing.values()]
    if kind is np.ndarray:
        return thing.ravel().tolist() if thing.dtype == object else []
    if isinstance(thing, (type, types.FunctionType, types.BuiltinFunctionType, np.ufunc)):
        return [] if _is_trusted(getattr(thing, "__module__", None) or "numpy") else None
    if not _is_trusted(kind.__module__) or kind.__module__.startswith(BY_NAME):
        return None
    inside = getattr(thing, "__dict__", {})
    if "predict" in inside or "transform" in inside or "_sklearn_output_config" in inside:
        return None
    return list(inside.values())


def _is_trusted(module: str) -> bool:
    return module.split(".", 1)[0] in _TRUSTED or module == "builtins"
