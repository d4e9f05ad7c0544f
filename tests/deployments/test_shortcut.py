"""The short way gives what MLflow's way gives: the same frame, the same array, the same bytes; or it steps aside."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sklearn.utils.validation import check_array

from jupyter_mlops.deployments.serving.worker import native
from jupyter_mlops.deployments.serving.worker.columns import Columns
from jupyter_mlops.deployments.serving.worker.invocations import Invocations
from jupyter_mlops.deployments.serving.worker.model import Model
from jupyter_mlops.deployments.serving.worker.shortcut import Shortcut
from tests.deployments.quiet_mlflow import mlflow

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
TYPES = ("double", "float", "long", "integer", "boolean", "string")
NAMES = st.lists(st.sampled_from(["a", "b", "é", "x y", "0", "index"]), min_size=1, max_size=4, unique=True)
EDGES = [0, 1, -1, 2**24 + 1, 2**31 - 1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30]
ODD = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.just([1]), st.just({}), st.floats(), st.sampled_from(EDGES)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "double": st.one_of(st.floats(), st.integers(-(2**53), 2**53)),
    "float": st.one_of(st.floats(width=32), st.floats(-1e39, 1e39), st.integers(-(2**24), 2**24)),
    "long": st.integers(-(2**63), 2**63 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "boolean": st.booleans(),
    "string": st.text(max_size=4),
}


@st.composite
def requests(draw: st.DrawFn, types: tuple[str, ...] = TYPES) -> tuple[Any, dict[str, Any]]:
    """A signature and a request for it in any format, mostly right, sometimes not."""
    names = draw(NAMES)
    kinds = [draw(st.sampled_from(types)) for _ in names]
    schema = mlflow.types.Schema([mlflow.types.ColSpec(kind, name) for kind, name in zip(kinds, names, strict=True)])
    is_odd = draw(st.integers(0, 3)) == 0
    columns = [st.one_of(VALUES[kind], ODD) if is_odd else VALUES[kind] for kind in kinds]
    rows = draw(st.lists(st.tuples(*columns), min_size=1, max_size=4))
    order = draw(st.permutations(range(len(names))))
    key = draw(
        st.sampled_from(["dataframe_records", "dataframe_split", "inputs", "instances", "inputs ", "instances "])
    )
    records = [{names[at]: row[at] for at in order} for row in rows]
    if is_odd and draw(st.booleans()):
        records[-1] = {**records[-1], draw(st.sampled_from(["more", *names])): draw(ODD)}
    if key == "dataframe_split":
        split = {"columns": [names[at] for at in order], "data": [[row[at] for at in order] for row in rows]}
        return schema, {key: split}
    if key.endswith(" "):
        return schema, {key.strip(): {names[at]: [row[at] for row in rows] for at in order}}
    return schema, {key: records}


def mlflow_frame(payload: dict[str, Any], schema: Any) -> Any:
    """Return the frame that MLflow gives to a model."""
    copy = json.loads(json.dumps(payload))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = mlflow.pyfunc.scoring_server.infer_and_parse_data(copy, schema)
        return mlflow.pyfunc._validate_prediction_input(data, None, schema, None)[0]


@pytest.fixture(autouse=True, scope="module")
def _in_serving() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "true")
        yield


@settings(max_examples=500, deadline=None)
@given(requests())
def test_the_frame_is_the_one_that_mlflow_makes(case: tuple[Any, dict[str, Any]]) -> None:
    schema, payload = case
    columns = Columns.of(schema)
    assert columns is not None
    table = columns.read(json.loads(json.dumps(payload)))
    text = "string" in columns.types and not any(key.startswith("dataframe") for key in payload)
    frame = None if table is None or text else columns.frame(table)
    event("taken" if frame is not None else "left")
    if frame is not None:
        expected = mlflow_frame(payload, schema)
        pd.testing.assert_frame_equal(frame, expected, check_exact=True, check_column_type=True, check_index_type=True)
        assert type(frame.index) is type(expected.index)
        for name in frame.columns:
            if frame[name].dtype.kind == "f":
                assert (np.signbit(frame[name]) == np.signbit(expected[name])).all()


@settings(max_examples=400, deadline=None)
@given(requests(("double", "float", "long", "integer")))
def test_the_array_is_the_one_that_scikit_learn_makes_of_the_frame(case: tuple[Any, dict[str, Any]]) -> None:
    schema, payload = case
    columns = Columns.of(schema)
    assert columns is not None
    table = columns.read(json.loads(json.dumps(payload)))
    array = None if table is None else columns.matrix(table)
    event("taken" if array is not None else "left")
    if array is not None:
        expected = check_array(mlflow_frame(payload, schema), dtype="numeric", ensure_all_finite=False)
        assert array.dtype == expected.dtype
        assert array.shape == expected.shape
        assert array.flags.f_contiguous == expected.flags.f_contiguous
        assert array.tobytes() == expected.tobytes()


def estimators() -> list[Any]:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeRegressor

    return [
        LogisticRegression(), Ridge(), ElasticNet(0.1), GaussianNB(), SVC(), KNeighborsRegressor(2), KMeans(2, n_init=1),
        DecisionTreeRegressor(max_depth=4), RandomForestClassifier(5), GradientBoostingRegressor(n_estimators=5),
        HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=3), LinearDiscriminantAnalysis(),
        make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge()), make_pipeline(StandardScaler(), PCA(2), SVC()),
        make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=20)),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def fitted() -> list[Any]:
    numbers = np.random.default_rng(1)
    frame = pd.DataFrame({"a": numbers.normal(size=50), "b": numbers.integers(0, 99, 50), "c": numbers.normal(size=50)})
    frame["c"] = frame["c"].astype("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [model.fit(frame, (frame["a"] > 0).astype(int)) for model in estimators()]


class Pyfunc:
    """As much of MLflow's loaded model as is looked at."""

    def __init__(self, model: Any) -> None:
        wrapper: Any = mlflow.sklearn._SklearnModelWrapper
        self._model_impl = wrapper(model)
        self._predict_fn = self._model_impl.predict
        self.metadata = object()


def pyfunc(model: Any) -> Any:
    """Return a model as MLflow has it once loaded."""
    return type("PyFuncModel", (Pyfunc,), {})(model)


ROWS = st.lists(
    st.fixed_dictionaries(
        {"a": st.floats(-1e6, 1e6), "b": st.integers(-(2**40), 2**40), "c": st.floats(-1e6, 1e6, width=32)}
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_estimators_answer_an_array_as_they_answer_the_frame(fitted: list[Any], rows: list[dict[str, Any]]) -> None:
    schema = mlflow.types.Schema(
        [mlflow.types.ColSpec("double", "a"), mlflow.types.ColSpec("long", "b"), mlflow.types.ColSpec("float", "c")]
    )
    columns, payload = Columns.of(schema), {"dataframe_records": rows}
    assert columns is not None
    frame, table = mlflow_frame(payload, schema), columns.read(payload)
    assert table is not None
    array = columns.matrix(table)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in fitted:
            assert native.is_plain(model), model
            expected, got = model.predict(frame), model.predict(array)
            assert expected.dtype == got.dtype
            assert expected.tobytes() == got.tobytes(), model


def test_a_model_that_looks_at_names_gets_frames() -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    class Mine(Ridge):  # type: ignore[misc]
        pass

    frame = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 0, 1]})
    by_name = make_pipeline(make_column_transformer((StandardScaler(), ["a"])), Ridge())
    by_function = make_pipeline(FunctionTransformer(lambda x: x), Ridge())
    patched = Ridge()
    patched.predict = lambda x: x
    with_output = make_pipeline(StandardScaler(), Ridge()).set_output(transform="pandas")
    models: list[Any] = [by_name, by_function, Mine(), with_output, make_pipeline(StandardScaler(), Mine())]
    for model in [*models, patched]:
        if model is not patched:
            model.fit(frame, [1, 2, 3])
        assert not native.is_plain(model), model


def test_a_signature_in_another_order_than_the_model_was_fitted_gets_frames() -> None:
    from sklearn.linear_model import Ridge

    model = Ridge().fit(pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 0, 1]}), [1, 2, 3])
    for names, proven in ((["a", "b"], True), (["b", "a"], False), (["a", "c"], False)):
        frame = pd.DataFrame([[1.0, 2.0]], columns=names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert (native.of_arrays(pyfunc(model), [(frame, frame.to_numpy())]) is not None) == proven


@pytest.mark.parametrize("kind", ["iris", "numbers", "tensor", "gaps", "probabilities", "pipeline"])
def test_the_short_way_is_taken_where_it_is_expected(kind: str, saved: Callable[[str], Path]) -> None:
    shortcut = Shortcut(Model.load(str(saved(kind)), kind, "1"))
    arrays = {"iris": True, "numbers": True, "tensor": False, "gaps": True, "probabilities": True, "pipeline": False}
    assert (shortcut.of_arrays is not None) == arrays[kind]
    assert shortcut.direct is not None


@pytest.mark.parametrize("kind", ["iris", "numbers", "tensor", "gaps", "probabilities", "pipeline"])
def test_both_ways_answer_the_same_bytes(kind: str, saved: Callable[[str], Path]) -> None:
    from tests.deployments.format_cases import cases

    model = Model.load(str(saved(kind)), kind, "1")
    quick, slow = Invocations(model, Shortcut(model)), Invocations(model, Shortcut(model))
    slow._shortcut.direct = None
    for name, content_type, body in cases()[kind]:
        if not name.endswith("!"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert quick.answer(body, content_type) == slow.answer(body, content_type), name
