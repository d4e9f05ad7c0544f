"""scikit-learn estimators by skops, where what comes back is the same.

skops holds no code, but it does not know every type inside an estimator. So its file is used only if it asks for no
types beyond scikit-learn's own, and if reading it back gives an object with the same digest.
"""

from __future__ import annotations

import importlib.util
import io
import pickle
import sys
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

from jupyter_mlops.artifacts.classes import ANY, is_a, library_of
from jupyter_mlops.artifacts.digest import digest

#: Above this size skops is many times slower than a pickle, and its file would be read back to be compared.
LIMIT_BYTES = 2_000_000


def is_estimator(value: object) -> bool:
    """Tell whether `value` is one of scikit-learn's own estimators."""
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    return base is not None and is_a(value, base) and library_of(type(value)) == "sklearn"


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write an estimator that skops gives back unchanged, or None."""
    if not is_estimator(value) or importlib.util.find_spec("skops") is None:
        return None
    content = _dump(value)
    return None if content is None else lambda file: _write(file, content)


def read(file: BinaryIO) -> object:
    """Read an estimator; only scikit-learn's own types are trusted."""
    import skops.io

    content = file.read()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = skops.io.get_untrusted_types(data=content)
        value: object = skops.io.loads(content, trusted=[name for name in found if name.startswith("sklearn.")])
    return value


def summary(value: Any) -> str:
    """Return the estimator's own text on one line."""
    return " ".join(repr(value).split())[:60]


def _dump(value: Any) -> bytes | None:
    try:
        if len(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)) > LIMIT_BYTES:
            return None
        # Only now: importing it takes a third of a second.
        import skops.io

        before = digest(value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content: bytes = skops.io.dumps(value)
        return content if before is not None and digest(read(io.BytesIO(content))) == before else None
    except ANY:  # a door: skops raises whatever the types it does not know raise; they are pickled then
        return None


def _write(file: BinaryIO, content: bytes) -> None:
    file.write(content)
