"""Models of every kind that is served, saved as MLflow saves them; the classes below are pickled by value."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 60


def iris(folder: Path) -> None:
    """scikit-learn, fitted on a frame of doubles."""
    from sklearn.linear_model import LogisticRegression

    frame, target = _iris()
    model = LogisticRegression(max_iter=2000).fit(frame, target)
    _save_sklearn(model, folder, frame, serialization_format="skops")


def probabilities(folder: Path) -> None:
    """The same kind, asked for probabilities."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frame, target = _iris()
    model = make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=10)).fit(frame, target)
    _save_sklearn(model, folder, frame, pyfunc_predict_fn="predict_proba")


def tensor(folder: Path) -> None:
    """scikit-learn, fitted on an array: the signature is a tensor."""
    from sklearn.ensemble import RandomForestRegressor

    frame, target = _iris()
    array = frame.to_numpy()
    _save_sklearn(RandomForestRegressor(n_estimators=5, random_state=0).fit(array, target), folder, array)


def numbers(folder: Path) -> None:
    """scikit-learn, fitted on columns of four types of number."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import Ridge

    values = np.random.default_rng(0).integers(0, 90, (ROWS, 4))
    kinds = {"age": "int64", "size": "int32", "share": "float32", "income": "float64"}
    frame = pd.DataFrame({name: values[:, at].astype(kind) for at, (name, kind) in enumerate(kinds.items())})
    _save_sklearn(Ridge().fit(frame, values.sum(axis=1) / 7), folder, frame)


def gaps(folder: Path) -> None:
    """scikit-learn, with missing values."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    frame, target = _iris()
    frame.iloc[::7, 1] = np.nan
    _save_sklearn(HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=3).fit(frame, target), folder, frame)


def pipeline(folder: Path) -> None:
    """A pipeline over text, dates and numbers, that chooses its columns by name."""
    import numpy as np
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    def months(frame: Any) -> Any:
        return frame.apply(lambda column: column.dt.month + column.dt.day / 31)

    numbers = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "plan": numbers.choice(["basic", "gold", "très cher"], ROWS),
            "since": pd.to_datetime("2024-01-01") + pd.to_timedelta(numbers.integers(0, 700, ROWS), "D"),
            "calls": numbers.integers(0, 9, ROWS),
            "spent": numbers.normal(size=ROWS).round(3),
        }
    )
    frame["since"] = frame["since"].astype("datetime64[ns]")
    target = np.where(frame["spent"] > 0, "leaves", "stays")
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["plan"]),
        (FunctionTransformer(months), ["since"]),
        ("passthrough", ["calls", "spent"]),
    )
    model = make_pipeline(columns, RandomForestClassifier(n_estimators=5, random_state=0)).fit(frame, target)
    _save_sklearn(model, folder, frame)


def typed(folder: Path) -> None:
    """Python with a column of each type; it answers what it was given, so that every difference shows."""
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel
    from mlflow.types import ColSpec, Schema

    class Echo(PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            kinds = [f"{name}: {kind}" for name, kind in model_input.dtypes.items()]
            out = pd.DataFrame({name: model_input[name] for name in model_input.columns if name != "raw"})
            return out.assign(kinds=", ".join(kinds), index=[str(item) for item in model_input.index])

    kinds = "long integer float double boolean string datetime".split()
    columns = [ColSpec(kind, f"{kind}_column") for kind in kinds]
    optional = [ColSpec("double", "maybe", required=False), ColSpec("binary", "raw", required=False)]
    _save_python(Echo(), folder, ModelSignature(inputs=Schema([*columns, *optional])))


def params(folder: Path) -> None:
    """Python with parameters of an inference."""
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    class Scaled(PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return [value * params["factor"] + len(params["note"]) for value in model_input["x"].tolist()]

    parameters = ParamSchema([ParamSpec("factor", "double", 2.0), ParamSpec("note", "string", "")])
    _save_python(Scaled(), folder, ModelSignature(inputs=Schema([ColSpec("double", "x")]), params=parameters))


def bare(folder: Path) -> None:
    """scikit-learn without a signature."""
    from sklearn.linear_model import LinearRegression

    frame, target = _iris()
    _save_sklearn(LinearRegression().fit(frame.to_numpy(), target), folder, None)


def named(folder: Path) -> None:
    """Python with two named tensors; answers a dictionary."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel
    from mlflow.types import Schema, TensorSpec

    class Two(PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            one, two = model_input["one"], model_input["two"]
            return {"sum": one.sum(axis=1) + two, "kinds": np.array([str(one.dtype), str(two.dtype)])}

    tensors: list[Any] = [TensorSpec(np.dtype("float32"), (-1, 2), "one"), TensorSpec(np.dtype("int64"), (-1,), "two")]
    _save_python(Two(), folder, ModelSignature(inputs=Schema(tensors)))


def nested(folder: Path) -> None:
    """Python with lists, objects and maps in its columns."""
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel
    from mlflow.types import schema as types
    from mlflow.types.schema import Array, ColSpec, DataType, Map, Object, Property, Schema

    class Echo(PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return [{name: repr(value) for name, value in row.items()} for row in model_input.to_dict("records")]

    person = Object([Property("name", DataType.string), Property("age", DataType.long, required=False)])
    anything: Any = types.AnyType
    columns: dict[str, Any] = {
        "scores": Array(DataType.double),
        "people": Array(person),
        "flags": Map(DataType.boolean),
        "any": anything(),
    }
    schema = Schema([ColSpec(kind, name) for name, kind in columns.items()])
    _save_python(Echo(), folder, ModelSignature(inputs=schema))


def hinted(folder: Path) -> None:
    """Python whose type hints are the signature."""
    from mlflow.pyfunc.model import PythonModel

    class Lengths(PythonModel):
        def predict(self, model_input: list[str], params: Any = None) -> list[int]:  # type: ignore[override]
            return [len(text) for text in model_input]

    _save_python(Lengths(), folder, None)


def unnamed(folder: Path) -> None:
    """Python with columns that have no names."""
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel
    from mlflow.types import ColSpec, Schema

    class Sums(PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return model_input.sum(axis=1)

    _save_python(Sums(), folder, ModelSignature(inputs=Schema([ColSpec("double"), ColSpec("long")])))


def odd(folder: Path) -> None:
    """Python that answers, by the number it gets, every shape of answer there is, and fails in several ways."""
    import datetime

    import numpy as np
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.pyfunc.model import PythonModel
    from mlflow.types import ColSpec, Schema

    class Odd(PythonModel):
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            number = int(model_input["x"].iloc[0])
            if number == 100:
                raise ValueError("no such x\nand more")
            if number == 101:
                raise SystemExit(3)
            if number == 102:
                return object()
            return [
                pd.Series([1.5, float("nan")], name="s"),
                [{"a": 1, "b": "é"}, {"a": 2, "b": None}],
                np.array([float("inf"), float("-inf"), 0.1]),
                {"a": np.float32(0.1), "b": [1, 2]},
                "text",
                pd.DataFrame({"when": pd.to_datetime(["2024-02-29"]), "n": [2**53 + 1]}),
                np.array([[1, 2], [3, 4]], dtype=np.uint8),
                np.array(["a", "b"]),
                [datetime.date(2024, 1, 1)],
                np.array([True, False]),
                7,
                pd.DataFrame({"p": [0.25, 0.75], "label": ["x", "y"]}, index=[5, 6]),
            ][number]

    _save_python(Odd(), folder, ModelSignature(inputs=Schema([ColSpec("long", "x")])))


_PLAIN = (iris, probabilities, tensor, numbers, gaps, pipeline, typed, params, bare, named)
KINDS: dict[str, Callable[[Path], None]] = {kind.__name__: kind for kind in (*_PLAIN, nested, hinted, unnamed, odd)}


def save(kind: str, root: Path) -> Path:
    """Save a model of a kind below `root` and return its folder."""
    folder = root / kind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        KINDS[kind](folder)
    return folder


def _iris() -> tuple[Any, Any]:
    from sklearn.datasets import load_iris

    frame, target = load_iris(as_frame=True, return_X_y=True)
    return frame.set_axis(["sepal_length", "sepal_width", "petal_length", "petal_width"], axis=1), target


def _save_sklearn(model: Any, folder: Path, data: Any, **more: Any) -> None:
    import mlflow.sklearn
    from mlflow.models import infer_signature

    more = {"serialization_format": "cloudpickle", **more}
    if data is not None:
        more |= {"signature": infer_signature(data, model.predict(data)), "input_example": data[:2]}
    mlflow.sklearn.save_model(model, folder, pip_requirements=["scikit-learn"], **more)


def _save_python(model: Any, folder: Path, signature: Any) -> None:
    import cloudpickle
    import mlflow.pyfunc

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        mlflow.pyfunc.save_model(folder, python_model=model, signature=signature, pip_requirements=["mlflow"])
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
