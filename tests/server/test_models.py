"""Models at the door, from real runs: what steps logged, registering, aliases, history; in CLI and REST alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.notebooks import Cells, write_notebook
from tests.server.made import Door, House, config, house

# Requirements are named: MLflow takes seconds to find them out.
LEARNS: Cells = [
    (["imports"], "import mlflow\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression"),
    (["parameters"], "slope = 2.0"),
    (["step:load"], "table = pd.DataFrame({'x': [1.0, 2.0, 3.0]})\ntable['y'] = table.x * slope"),
    (
        ["step:train", "model:tagged"],
        "line = LinearRegression().fit(table[['x']], table.y)\n"
        "signature = mlflow.models.infer_signature(table[['x']], line.predict(table[['x']]))\n"
        "mlflow.sklearn.log_model(line, name='line', signature=signature, input_example=table[['x']][:2],"
        " pip_requirements=['scikit-learn'])\n"
        "mlflow.log_param('kind', 'linear')\nmlflow.log_metric('loss', 0.25 * slope)\ngain = float(line.coef_[0])",
    ),
    (["pipeline-metrics"], "print(gain)"),
    (
        ["step:more"],
        "with mlflow.start_run(nested=True):\n    mlflow.sklearn.log_model(line, name='first', pip_requirements=[])\n"
        "mlflow.sklearn.log_model(line, name='second', pip_requirements=[])",
    ),
]
pytestmark = [pytest.mark.long, pytest.mark.kernel, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("gym")) as found:
        found.notebook = write_notebook(found.root / "learns.ipynb", LEARNS)
        found.run("first")
        found.run("steeper", slope=3)
        found.run("twin")
        found.runs["again"] = found.call("runs", "retry", found.runs["first"], "--from-step", "more")["id"]
        yield found


@pytest.fixture
def jp_server_config(gym: House) -> dict[str, Any]:
    return config(gym.home, gym.root)


async def ask(door: Door, *path: str, **body: Any) -> Any:
    response = await door.raw(*path, method="POST", body=json.dumps(body), headers={"Content-Type": "application/json"})
    return response.code, json.loads(response.body)


async def test_what_steps_logged_stands_under_their_run(door: Door, gym: House) -> None:
    found = (await door.get("runs", gym.runs["first"], "models"))["models"]
    assert found[0]["registered"][0]["model"] == "tagged"
    assert [(m["step"], m["name"]) for m in found] == [("train", "line"), ("more", "first"), ("more", "second")]
    assert found[0]["flavors"] == ["sklearn"]
    # The step that was taken over shows what it logged then; the one that ran again has models of its own.
    again = (await door.get("runs", gym.runs["again"], "models"))["models"]
    assert [m["id"] == f["id"] for m, f in zip(again, found, strict=True)] == [True, False, False]
    assert (await door.get("runs", "0" * 32, "models", code=404))["code"] == "run.not_found"


async def test_from_a_run_to_the_champion_and_back(door: Door, gym: House) -> None:
    code, told = await ask(door, "models", run=gym.runs["first"])
    assert (code, told["code"]) == (400, "model.several")
    made = await door.post("models", body={"run": gym.runs["first"], "step": "train", "name": "slope"}, code=201)
    assert (made["model"], made["version"]) == ("slope", 1)
    assert [a["alias"] for a in made["aliases"]] == ["candidate"]
    assert made["origin"]["run"] == gym.runs["first"]
    assert made["origin"]["path"] == "learns.ipynb"
    assert made["signature"]["inputs"] == [
        {"name": "x", "type": "double", "is_required": True, "shape": None, "default": None}
    ]
    assert made["example"] == {"dataframe_split": {"columns": ["x"], "data": [[1.0], [2.0]]}}
    assert made["params"]["kind"] == "linear"
    assert made["size"] > 1000
    # Once, however often it is asked, and whichever run shows it.
    for run in ("first", "again"):
        same = await door.post("models", body={"run": gym.runs[run], "step": "train", "name": "slope"}, code=201)
        assert same["version"] == 1
    (listed,) = (await door.get("runs", gym.runs["again"], "models"))["models"][:1]
    assert {"model": "slope", "version": 1} in listed["registered"]

    moved = await door.post("models", "slope", "promote", body={"version": 1})
    assert moved["aliases"] == [{"alias": "champion", "version": 1, "is_outside": False}]
    assert gym.call("models", "register", gym.runs["steeper"], "slope", "--step", "train")["number"] == 2
    detail = await door.get("models", "slope")
    assert [(v["version"], [a["alias"] for a in v["aliases"]]) for v in detail["versions"]] == [
        (2, ["candidate"]), (1, ["champion"]),
    ]  # fmt: skip
    row = {m["name"]: m for m in (await door.get("models"))["models"]}["slope"]
    assert (row["metric"]["name"], round(row["metric"]["value"], 6)) == ("gain", 2)
    follower = row["candidate"]
    assert (follower["version"], follower["is_named"], follower["gates"]) == (2, True, None)
    assert [round(follower["metric"][key], 6) for key in ("value", "champion")] == [3, 2]
    metric, loss = detail["versions"][0]["metrics"]
    assert (loss["name"], loss["value"], loss["champion"]) == ("loss", 0.75, 0.5)
    assert (metric["name"], round(metric["value"], 6), round(metric["champion"], 6)) == ("gain", 3, 2)

    assert gym.call("models", "promote", "slope")["to_version"] == 2
    assert (await ask(door, "models", "slope", "promote", version=2))[1]["code"] == "model.already"
    back = await door.post("models", "slope", "rollback", body={"alias": "champion", "reason": "too steep"})
    assert (back["move"]["to_version"], back["move"]["reason"]) == (1, "too steep")
    assert (await ask(door, "models", "slope", "rollback"))[1]["code"] == "model.no_way_back"
    history = await door.get("models", "slope", "history", alias="champion")
    assert [(m["kind"], m["to_version"]) for m in history["moves"]] == [("rollback", 1), ("promote", 2), ("promote", 1)]
    before = await door.get("models", "slope", "history", at=history["moves"][1]["created_at"])
    assert {a["alias"]: a["version"] for a in before["held"]} == {"champion": 2}


async def test_what_is_moved_in_mlflow_is_seen_and_marked(door: Door, gym: House) -> None:
    from mlflow import MlflowClient

    await door.post("models", body={"run": gym.runs["first"], "step": "train", "name": "theirs"}, code=201)
    await door.post("models", "theirs", "promote", body={"version": 1})
    await door.post("models", body={"run": gym.runs["steeper"], "step": "train", "name": "theirs"}, code=201)
    client = MlflowClient(f"sqlite:///{gym.home / 'mlflow' / 'mlflow.db'}")
    client.set_registered_model_alias("theirs", "champion", "2")
    client.update_registered_model("theirs", description="<img src=x onerror=alert(1)>")
    listed = {m["name"]: m for m in (await door.get("models"))["models"]}["theirs"]
    assert [a for a in listed["aliases"] if a["alias"] == "champion"] == [
        {"alias": "champion", "version": 2, "is_outside": True}
    ]
    assert listed["description"] == "<img src=x onerror=alert(1)>"
    assert listed["versions"] == 2
    detail = await door.get("models", "theirs")
    assert detail["aliases"][0] == {"alias": "champion", "version": 2, "is_outside": True}
    assert (await door.get("models", "theirs", "history"))["moves"][0]["kind"] == "outside"


async def test_what_is_not_there_is_named(door: Door, gym: House) -> None:
    assert (await door.get("models", "nobody", code=404))["code"] == "model.not_found"
    run = gym.runs["first"]
    for body, code in (
        ({"run": run, "step": "load"}, "model.not_logged"),
        ({"run": run, "step": "train", "name": "a:b"}, "model.name"),
        ({"run": run, "logged": "nothing"}, "model.not_logged"),
        ({"run": "0" * 32}, "run.not_found"),
    ):
        assert (await ask(door, "models", **body))[1]["code"] == code
    assert (await ask(door, "models", "nobody", "promote", version=1))[1]["code"] == "model.not_found"
    assert (await ask(door, "models", "nobody", "rollback"))[1]["code"] == "model.not_found"
    assert (await door.get("models", "x" * 300, code=400))["code"] == "model.name"


async def test_a_tagged_step_registers_by_itself_once(door: Door, gym: House) -> None:
    detail = await door.get("models", "tagged")
    # Not again by the run that took the step over.
    runs = {version["version"]: version["origin"]["run"] for version in detail["versions"]}
    assert runs == {1: gym.runs["first"], 2: gym.runs["steeper"], 3: gym.runs["twin"]}
    assert [a["alias"] for a in detail["versions"][0]["aliases"]] == ["candidate"]
    notebook = write_notebook(gym.root / "nothing.ipynb", [(["step:train", "model:tagged"], "x = 1")])
    failed = gym.call("run", str(notebook))
    assert failed["status"] == "failed"
    assert failed["steps"][0]["error"]["code"] == "model.not_logged"


async def passed(door: Door) -> Any:
    """Return what the list says of the gates of the candidate of `gated`."""
    return {m["name"]: m for m in (await door.get("models"))["models"]}["gated"]["candidate"]["gates"]


async def test_gates_refuse_until_there_is_a_reason(door: Door, gym: House) -> None:
    await door.post("models", body={"run": gym.runs["first"], "step": "train", "name": "gated"}, code=201)
    assert (await door.get("models", "gated"))["gates"]["source"] == "none"
    rules = "- metric: {name: gain, at_least: 2.5}\n- example_predicts\n- no_unknown_types\n- approval\n"
    written = await door.post("models", "gated", "gates", body={"yaml": rules})
    assert [rule["rule"] for rule in written["rules"]] == ["metric", "example_predicts", "no_unknown_types", "approval"]
    assert (await ask(door, "models", "gated", "gates", yaml="- metrik"))[1]["code"] == "gates.invalid"
    report = await door.get("models", "gated", "versions", "1", "gates")
    assert [g["status"] for g in report["gates"]] == ["fail", "pass", "pass", "fail"]
    assert (report["is_open"], report["gates"][0]["value"], report["champion"]) == (False, pytest.approx(2), None)
    assert await passed(door) == {"passed": 2, "of": 4}
    code, told = await ask(door, "models", "gated", "promote", version=1)
    assert (code, told["code"]) == (409, "model.gates")
    assert (await door.get("models", "gated", "history"))["moves"] == []
    await door.post("models", "gated", "versions", "1", "approve", body={"note": "fine"})
    # What was said before the yes is not said any more.
    assert await passed(door) is None
    moved = await door.post("models", "gated", "promote", body={"version": 1, "reason": "we have nothing better"})
    assert moved["move"]["reason"] == "we have nothing better"
    assert [g["status"] for g in moved["move"]["gates"]] == ["fail", "pass", "pass", "pass"]
    # The same notebook with the same parameters gave the same, whoever logged it: MLflow or the pipeline.
    rules = "".join(f"- reproducible: {{metric: {name}}}\n" for name in ("gain", "loss", "other"))
    await door.post("models", "gated", "gates", body={"yaml": rules})
    gates = (await door.get("models", "gated", "versions", "1", "gates"))["gates"]
    assert [g["status"] for g in gates] == ["pass", "pass", "fail"]
    assert gates[1]["evidence"]["runs"] == {gym.runs["twin"]: 0.5}
    assert (await door.post("models", "gated", "gates", body={"yaml": ""}))["source"] == "none"


def test_the_command_line_says_the_same(gym: House) -> None:
    assert gym.call("models", "register", gym.runs["again"], "cli", "--logged", "second")["number"] == 1
    assert "cli" in [m["name"] for m in gym.call("models")["models"]]
    shown = gym.call("models", "show", "cli@candidate")
    assert (shown["flavors"], shown["deployments"]) == (["sklearn"], [])
    assert {part["name"]: part["is_code"] for part in shown["formats"]}.get("skops") is False
    assert gym.call("models", "history", "cli")["moves"] == []
    assert gym.call("models", "history", "cli", "--at", "2020-01-01")["held"] == {}
