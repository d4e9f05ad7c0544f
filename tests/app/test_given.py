from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.app.given import read_file, resolve_all, taken_over
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.pipeline.spec import Parameter, Pipeline

SPEC = Pipeline(
    "n", (), (Parameter("lr", "float", 0.1), Parameter("rows", "int", required=True), Parameter("name", "str", "a"))
)

FILES: dict[str, tuple[str, Any]] = {
    "yaml": ("a.yaml", ("lr: 1e-3\nrows: 5\nname: 'no'\n", {"lr": 0.001, "rows": 5, "name": "no"})),
    "yaml list": ("a.yml", ("xs: [1, -2]\nnone: null\n", {"xs": [1, -2], "none": None})),
    "json": ("a.json", ('{"lr": 1e-3}', {"lr": 0.001})),
    "byte order mark": ("a.json", ('\ufeff{"lr": 1}', {"lr": 1})),
    "empty yaml": ("a.yaml", ("", {})),
    "merged yaml": ("a.yaml", ("a: &a {x: 1}\nb: {<<: *a, y: 2}\n", {"a": {"x": 1}, "b": {"x": 1, "y": 2}})),
}  # fmt: skip
SWELLING = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
BAD_FILES = {
    "list": ("a.yaml", "- 1\n", "parameter.not_a_mapping"),
    "number names": ("a.yaml", "1: 2\n", "parameter.not_a_mapping"),
    "yaml tag": ("a.yaml", "a: !!python/object/apply:os.system ['true']\n", "parameter.syntax"),
    "yaml syntax": ("a.yaml", "a: [1\n", "parameter.syntax"),
    "json syntax": ("a.json", "{", "parameter.syntax"),
    "swelling yaml": ("a.yaml", SWELLING, "parameter.syntax"),
    "twice in json": ("a.json", '{"a": 1, "a": 2}', "parameter.twice"),
    "twice in yaml": ("a.yaml", "a: 1\na: 2\n", "parameter.twice"),
}


@pytest.mark.parametrize("case", FILES)
def test_files(case: str, tmp_path: Path) -> None:
    name, (content, values) = FILES[case]
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_file(str(tmp_path / name)) == values


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(case: str, tmp_path: Path) -> None:
    name, content, code = BAD_FILES[case]
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError) as caught:
        read_file(str(tmp_path / name))
    assert caught.value.code == code


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        read_file(str(tmp_path / "none.yaml"))


def test_texts_win_over_values_and_are_read_by_type() -> None:
    assert resolve_all(SPEC, {"lr": 0.5, "rows": 1}, {"rows": "7", "name": "7"}) == {"lr": 0.5, "rows": 7, "name": "7"}


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        resolve_all(SPEC, {"name": 3}, {"lr": "fast", "lrr": "1"})
    message = caught.value.message
    assert all(word in message for word in ("`lr`", "`lrr`", "`name`", "`rows`"))
    assert caught.value.code == "parameter.several"


def test_what_cannot_be_read_is_not_also_missing() -> None:
    with pytest.raises(UsageError) as caught:
        resolve_all(SPEC, {}, {"rows": "many"})
    assert "no default" not in caught.value.message


def test_a_repeated_run_has_its_values_and_todays_new_defaults() -> None:
    earlier = Pipeline(
        "n", (), (Parameter("lr", "float", 0.2), Parameter("gone", "int", 1), Parameter("rows", "int", 3))
    )
    values = {"lr": "inf", "gone": 5, "rows": 3}
    assert taken_over(SPEC, earlier, values) == {"lr": "inf", "rows": 3, "name": "a"}


def test_a_parameter_of_another_type_is_refused() -> None:
    earlier = Pipeline("n", (), (Parameter("lr", "str", "slow"),))
    with pytest.raises(UsageError, match="was str in the run and is float now"):
        taken_over(SPEC, earlier, {"lr": "slow", "rows": 1})
