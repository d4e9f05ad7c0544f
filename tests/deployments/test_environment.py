"""Whether an environment has what a model needs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_mlops.deployments import environment
from jupyter_mlops.deployments.environment import Environment, missing, python_of, requirements_of
from tests.pace import cheapest

HAS = {"mlflow": "3.10.1", "scikit-learn": "1.5.2", "numpy": "2.1.0", "pandas": "2.2.3", "odd": "not-a-version"}
HERE = Environment("/usr/bin/python", "3.11.9", HAS)

CASES = {
    "": [],
    "scikit-learn==1.5.2": [],
    "scikit_learn==1.5.0": [],
    "Scikit.Learn == 1.5.9  # a comment": [],
    "scikit-learn==1.6.0": ["scikit-learn==1.6.0 (installed: 1.5.2)"],
    "scikit-learn==1.5.*": [],
    "scikit-learn<1.5": ["scikit-learn<1.5 (installed: 1.5.2)"],
    "numpy>=1.26,<3": [],
    "numpy~=1.26": ["numpy~=1.26 (installed: 2.1.0)"],
    "catboost==1.2.5": ["catboost==1.2.5 (not installed)"],
    "catboost": ["catboost (not installed)"],
    "pandas[parquet]==2.2.1": [],
    "catboost; sys_platform == 'nowhere'": [],
    "mlflow==3.9.0": [],
    "mlflow==3.99.0": [],
    "mlflow==4.0.0": ["mlflow==4.0.0 (installed: 3.10.1)"],
    "odd==1.0": [],
    "-r other.txt": [],
    "--extra-index-url https://example.org/simple": [],
    "-c constraints.txt": [],
    "./wheels/own.whl": [],
    "git+https://example.org/own.git": [],
    "own @ git+https://example.org/own.git": ["own (not installed)"],
    "numpy==2.1.0 --hash=sha256:abc": [],
    "!!! nonsense": [],
}


def model(folder: Path, requirements: str = "", python: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(requirements)
    if python:
        (folder / "python_env.yaml").write_text(f"python: {python}\nbuild_dependencies: []\n")
    return folder


@pytest.mark.parametrize("line", CASES)
def test_requirements(line: str, tmp_path: Path) -> None:
    assert missing(model(tmp_path, line), HERE) == CASES[line]


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    found = missing(model(tmp_path, "catboost==1.2\nxgboost\nnumpy==1.26\n", "3.9.7"), HERE)
    assert [line.split()[0] for line in found] == ["Python", "catboost==1.2", "xgboost", "numpy==1.26"]


@pytest.mark.parametrize(("python", "fits"), [("3.11.0", True), ("3.11", True), ("3.12.1", False), ("2.7", False)])
def test_pythons(python: str, fits: bool, tmp_path: Path) -> None:
    assert (missing(model(tmp_path, "", python), HERE) == []) == fits


def test_an_environment_without_mlflow_serves_nothing(tmp_path: Path) -> None:
    assert missing(model(tmp_path), Environment("p", "3.11.9", {})) == ["mlflow (not installed)"]
    assert missing(model(tmp_path, "mlflow==3.1"), Environment("p", "3.11.9", {"mlflow-skinny": "3.1"})) == []


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[1, 2]", b"python: [", b"python: {a: 1}", b"python: !!python/x"]
)
def test_a_python_that_cannot_be_read_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "python_env.yaml").write_bytes(content)
    (tmp_path / "requirements.txt").write_bytes(content)
    assert python_of(tmp_path) is None
    assert isinstance(requirements_of(tmp_path), list)


def test_the_python_may_stand_in_the_description(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors:\n  python_function:\n    python_version: 3.11.4\n")
    assert python_of(tmp_path) == "3.11.4"


def test_this_environment_is_the_one_that_another_process_sees() -> None:
    ours, other = environment.here(), environment.of(sys.executable)
    assert other is not None
    assert other.python == ours.python
    assert other.packages["mlflow"] == ours.packages["mlflow"]


@pytest.mark.parametrize("named", ["/nowhere/python", "/bin/true", "/bin/false"])
def test_what_is_no_python_is_no_environment(named: str) -> None:
    assert environment.of(named) is None


def bomb(first: str) -> str:
    """Return a few hundred bytes of YAML whose aliases stand for a billion parts."""
    lines = [f"{first}: 3.11.4", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join([*lines, f"{first}: *a8", ""])


@pytest.mark.parametrize("name", ["python_env.yaml", "MLmodel"])
def test_a_document_that_swells_is_not_read(name: str, tmp_path: Path) -> None:
    text = bomb("python" if name == "python_env.yaml" else "flavors")
    assert len(text) < 700
    (tmp_path / name).write_text(text)
    assert environment.python_of(tmp_path) is None
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / name).write_text("python: 3.11\n" * 40)
    bombed = cheapest(lambda: environment.python_of(tmp_path), 2)
    assert bombed < 200 * cheapest(lambda: environment.python_of(plain), 2)


@pytest.mark.parametrize("name", ["python_env.yaml", "requirements.txt"])
def test_a_link_out_of_the_folder_of_a_model_is_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / name).write_text("python: 3.9.1\n" if name.endswith("yaml") else "numpy\n")
    (tmp_path / "model" / name).symlink_to(tmp_path / name)
    assert environment.python_of(tmp_path / "model") is None
    assert environment.requirements_of(tmp_path / "model") == []


@pytest.mark.parametrize(
    "marker", ["sys_platform ~= 'x'", "python_version ~= 'x'", "extra == 'x'", "os_name ~= '1'", "sys_platform > 'a'"]
)
def test_a_marker_that_compares_nonsense_breaks_nothing(marker: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"foo; {marker}\nnumpy\n")
    assert "numpy" in {found.name for found in environment.requirements_of(tmp_path)}
