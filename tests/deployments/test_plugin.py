"""MLflow's own client and command line, target ``mlops``: create, list, get, predict, update, delete."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.deployments.shop import MODEL, ROW, Shop, shop_in, train
from tests.pace import PATIENCE_S

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]
OTHER = {"age": 20.0, "income": 1.0}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("plugin")
    with pytest.MonkeyPatch.context() as patch, shop_in(folder / "h", patch) as found:
        found.add(train(folder / "one"))
        found.add(train(folder / "two", slope=2.0))
        yield found


@pytest.fixture
def client(shop: Shop) -> Any:
    from mlflow.deployments import get_deploy_client

    import tests.deployments.quiet_mlflow  # noqa: F401

    return get_deploy_client("mlops")  # type: ignore[no-untyped-call]


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """Run MLflow's command as a user does."""
    line = [sys.executable, "-W", "ignore", "-m", "mlflow", "deployments", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=dict(os.environ))


def numbers(answer: Any) -> list[float]:
    return [round(value, 6) for value in answer["predictions"]]


@pytest.mark.short
def test_the_client_serves_asks_changes_and_deletes(client: Any, shop: Shop) -> None:
    made = client.create_deployment("by-client", f"models:/{MODEL}/1")
    assert (made["name"], made["status"], made["live"], made["flavor"]) == ("by-client", "ready", 1, "python_function")
    assert len(made["token"]) > 30
    assert [each["name"] for each in client.list_deployments()] == ["by-client"]
    assert "token" not in client.get_deployment("by-client")
    frame = pd.DataFrame([ROW, OTHER])
    body = {"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values()), list(OTHER.values())]}}
    for inputs in (frame, [ROW, OTHER], body):
        assert numbers(client.predict("by-client", inputs)) == [41, 20]

    assert client.update_deployment("by-client", config={"canary": "2", "percent": "10"})["canary"] == {
        "version": 2, "percent": 10,
    }  # fmt: skip
    assert client.update_deployment("by-client", model_uri=f"models:/{MODEL}/2")["live"] == 2
    assert numbers(client.predict("by-client", [ROW])) == [82]
    client.delete_deployment("by-client")
    client.delete_deployment("by-client")
    assert client.list_deployments() == []


@pytest.mark.short
@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        ("create_deployment", {"name": "x", "model_uri": "runs:/1/model"}, "is no registered model"),
        ("create_deployment", {"name": "x", "model_uri": "models:/nobody/1"}, 'no model "nobody"'),
        ("create_deployment", {"name": "x/y", "model_uri": f"models:/{MODEL}/1"}, "cannot be the name"),
        ("create_deployment", {"name": "x", "model_uri": f"models:/{MODEL}/1", "config": {"gpu": 1}}, "unknown configuration gpu"),
        ("create_deployment", {"name": "x", "model_uri": f"models:/{MODEL}/1", "config": {"workers": "many"}}, "cannot be read"),
        ("get_deployment", {"name": "nobody"}, 'no deployment "nobody"'),
        ("update_deployment", {"name": "nobody", "model_uri": f"models:/{MODEL}/1"}, 'no deployment "nobody"'),
        ("predict", {"deployment_name": "nobody", "inputs": []}, 'no deployment "nobody"'),
        ("predict", {"inputs": []}, "name a deployment"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_an_error_of_mlflow(
    client: Any, verb: str, arguments: dict[str, Any], said: str
) -> None:
    from tests.deployments.quiet_mlflow import mlflow

    with pytest.raises(mlflow.exceptions.MlflowException, match=said):
        getattr(client, verb)(**arguments)
    assert client.list_deployments() == []


def test_the_command_line_does_the_same(shop: Shop, tmp_path: Path) -> None:
    target = ("-t", "mlops", "--name", "by-command")
    made = command("create", *target, "-m", f"models:/{MODEL}/1")
    assert (made.returncode, "by-command is created" in made.stdout) == (0, True), made.stderr
    rows = [ROW, OTHER]
    bodies = [
        rows,
        {"dataframe_records": rows},
        {"dataframe_split": {"columns": list(ROW), "data": [[41.0, 2.5], [20.0, 1.0]]}},
    ]
    for body in bodies:
        file = tmp_path / "rows.json"
        file.write_text(json.dumps(body))
        asked = command("predict", *target, "-I", str(file))
        assert asked.returncode == 0, asked.stderr
        assert numbers(json.loads(asked.stdout)) == [41, 20]
    assert "by-command" in command("list", "-t", "mlops").stdout
    assert "live: 1" in command("get", *target).stdout
    assert command("update", *target, "-m", f"models:/{MODEL}/2").returncode == 0
    assert "live: 2" in command("get", *target).stdout
    assert command("delete", *target).returncode == 0
    assert "by-command" not in command("list", "-t", "mlops").stdout
    assert "Target `mlops`" in command("help", "-t", "mlops").stdout
