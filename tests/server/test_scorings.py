"""Scoring a file at the door: only below the root, in the background, cancelled and gone on with."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest

import tests.deployments.quiet_mlflow  # noqa: F401
from jupyter_mlops.app.models import Models
from jupyter_mlops.models.memory import MemoryRegistry
from jupyter_mlops.models.version import LoggedModel
from tests.server.made import Door, config

HEAD = ["id", "petal_width", "petal_length", "sepal_width", "sepal_length"]
# It takes a moment for every table, so that one may be cancelled.
SLOW = "import time\nimport mlflow.pyfunc\nclass Slow:\n    def predict(self, x):\n        time.sleep(0.3)\n        return [0] * len(x)\ndef _load_pyfunc(path):\n    return Slow()\n"
MLMODEL = "flavors:\n  python_function:\n    loader_module: slow_loader\n    code: code\n"
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "root"
    (found / "data").mkdir(parents=True)
    return found


@pytest.fixture
def jp_server_config(tmp_path: Path, root: Path) -> dict[str, Any]:
    return config(tmp_path / "home", root)


@pytest.fixture(autouse=True)
def models(jp_serverapp: Any, tmp_path: Path) -> None:
    """`iris` and `slow`, in a registry of this process."""
    from tests.deployments import serving_models

    registry = MemoryRegistry()
    serving_models.iris(tmp_path / "iris")
    (tmp_path / "slow" / "code").mkdir(parents=True)
    (tmp_path / "slow" / "code" / "slow_loader.py").write_text(SLOW)
    (tmp_path / "slow" / "MLmodel").write_text(MLMODEL)
    for name in ("iris", "slow"):
        registry.create_model(name)
        registry.create_version(name, LoggedModel(f"m-{name}", name, str(tmp_path / name), ""), {})
        registry.set_alias(name, "champion", 1)
    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_mlops"]
    bench = extension.desk.workbench
    bench.__dict__["models"] = Models(bench.settings, bench.database, bench._runs.store, registry)


def write(file: Path, count: int, head: list[str] = HEAD) -> None:
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows([f"{n:05}", 0.2, 1.4, 3.5, 5.1] for n in range(count))


async def ask(door: Door, model: str, **body: Any) -> tuple[int, Any]:
    response = await door.raw(
        "models", model, "scorings", method="POST", body=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    return response.code, json.loads(response.body)


async def until(door: Door, scoring: str, *states: str, rows: int = 0) -> Any:
    for _ in range(600):
        found = await door.get("scorings", scoring)
        if found["state"] in states and found["done"] >= rows:
            return found
        assert found["state"] in ("queued", "running"), found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def test_a_file_is_scored_while_nobody_looks(door: Door, root: Path) -> None:
    write(root / "data" / "in.csv", 3)
    code, made = await ask(door, "iris", input="data/in.csv", output="data/out.csv")
    assert (code, made["version"], made["input"], made["output"]) == (201, 1, "data/in.csv", "data/out.csv")
    done = await until(door, made["id"], "succeeded")
    assert (done["done"], done["total"], done["resumed"], done["columns"], done["error"]) == (
        3,
        3,
        0,
        ["prediction"],
        None,
    )
    with (root / "data" / "out.csv").open(newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["id", "00000", "00001", "00002"]
    assert [each["id"] for each in (await door.get("models", "iris", "scorings"))["scorings"]] == [made["id"]]
    assert (await door.get("models", "slow", "scorings"))["scorings"] == []

    # What is there is not replaced by the way.
    assert (await ask(door, "iris", input="data/in.csv", output="data/out.csv"))[1]["code"] == "score.exists"
    code, again = await ask(door, "iris", input="data/in.csv", output="data/out.csv", overwrite=True, alias="champion")
    assert code == 201
    await until(door, again["id"], "succeeded")
    assert (await door.post("scorings", again["id"], "cancel"))["state"] == "succeeded"


async def test_what_goes_wrong_is_told(door: Door, root: Path) -> None:
    write(root / "in.csv", 3, ["id", "a", "b", "c", "d"])
    _, made = await ask(door, "iris", input="in.csv", output="out.csv", version=1)
    failed = await until(door, made["id"], "failed")
    assert failed["error"]["code"] == "score.columns"
    assert str(root.parent) not in json.dumps(failed)
    assert not (root / "out.csv").exists()


async def test_nothing_outside_the_root_is_read_or_written(door: Door, root: Path) -> None:
    write(root / "in.csv", 3)
    write(root.parent / "secret.csv", 3)
    (root / "link.csv").symlink_to(root.parent / "secret.csv")
    (root / "away").symlink_to(root.parent, target_is_directory=True)
    for given, code in (
        ({"input": "../secret.csv"}, "path.invalid"),
        ({"input": "link.csv"}, "path.outside"),
        ({"input": "away/secret.csv"}, "path.outside"),
        ({"output": "away/out.csv"}, "path.outside"),
        ({"output": "link.csv", "overwrite": True}, "path.outside"),
        ({"output": str(root.parent / "out.csv")}, "score.output"),
        ({"output": "nowhere/out.csv"}, "score.output"),
        ({"output": ".hidden.csv"}, "path.hidden"),
        ({"output": "away"}, "path.outside"),
        ({"input": "nothing.csv"}, "score.input"),
        ({"output": "out.exe"}, "score.format"),
        ({"output": "in.csv", "overwrite": True}, "score.output"),
        ({"version": 1, "alias": "champion"}, "request.invalid"),
        ({"version": 7}, "model.no_version"),
        ({"alias": "nobody"}, "model.no_alias"),
    ):
        status, told = await ask(door, "iris", **{"input": "in.csv", "output": "out.csv", **given})
        assert (status in (400, 404), told["code"]) == (True, code), given
    assert (await ask(door, "nobody", input="in.csv", output="out.csv"))[1]["code"] == "model.not_found"
    assert not (root.parent / "out.csv").exists()
    assert (await door.get("scorings", "0" * 32, code=404))["code"] == "score.not_found"


async def test_one_is_cancelled_and_gone_on_with(door: Door, root: Path) -> None:
    write(root / "in.csv", 60_000)
    _, made = await ask(door, "slow", input="in.csv", output="out.csv")
    assert (await ask(door, "slow", input="in.csv", output="out.csv"))[1]["code"] == "score.busy"
    await until(door, made["id"], "running", rows=10_000)
    # The server has time for others meanwhile.
    assert (await door.get("status"))["version"]
    assert (await door.post("scorings", made["id"], "cancel"))["is_cancelling"]
    over = await until(door, made["id"], "cancelled")
    assert 10_000 <= over["done"] < 60_000
    assert not (root / "out.csv").exists()

    _, again = await ask(door, "slow", input="in.csv", output="out.csv")
    done = await until(door, again["id"], "succeeded")
    assert (done["done"], done["resumed"]) == (60_000, over["done"])
    assert not (root / ".out.csv.scoring").exists()
