"""A worker from its fork to its end: ready, order, errors, lateness, its log, its leaving."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops.base import documents
from jupyter_mlops.deployments.serving import wire
from jupyter_mlops.deployments.serving.worker.environment import SET, minimal
from tests.deployments.serving_worker import MAIN, Template, Worker, running
from tests.pace import PATIENCE_S, fastest

IRIS = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
WorkerOf = Callable[[str], Worker]
SavedOf = Callable[[str], Path]


def test_a_worker_says_what_it_is(worker_of: WorkerOf) -> None:
    first = worker_of("iris").first
    assert first["state"] == "ready"
    assert first["status"] == 200
    assert [column["name"] for column in first["signature"]["inputs"]] == list(IRIS)
    assert first["pid"] == worker_of("iris").pid


def test_a_new_worker_is_ready_in_a_moment(template: Template, saved: SavedOf, worker_of: WorkerOf) -> None:
    worker_of("iris")
    spawning = fastest(lambda: template.spawn(saved("iris")).sock.close(), rounds=3)
    importing = [sys.executable, "-c", "import mlflow.pyfunc, sklearn, pandas"]
    assert spawning < fastest(lambda: subprocess.run(importing, check=True), rounds=1) / 2


def test_answers_come_in_the_order_of_the_requests(worker_of: WorkerOf) -> None:
    worker, body = worker_of("iris"), json.dumps({"dataframe_records": [IRIS]}).encode()
    sent = [worker.send("invocations" if n % 2 else "metadata", body, type="application/json") for n in range(50)]
    assert [worker.read().head["id"] for _ in sent] == sent


def test_a_late_request_is_not_computed(worker_of: WorkerOf) -> None:
    worker, body = worker_of("iris"), json.dumps({"dataframe_records": [IRIS]}).encode()
    late = worker.call("invocations", body, type="application/json", deadline_ms=wire.clock_ms() - 1)
    assert late.head["status"] == 504
    in_time = worker.call("invocations", body, type="application/json", deadline_ms=wire.clock_ms() + 180_000)
    assert in_time.head["status"] == 200


def test_the_input_example_is_predicted(worker_of: WorkerOf) -> None:
    frame = worker_of("iris").call("check")
    assert (frame.head["status"], json.loads(frame.body)) == (200, {"checked": True, "rows": 2})
    assert json.loads(worker_of("typed").call("check").body) == {"checked": False, "rows": None}


def test_an_input_example_that_fails_is_told(template: Template, saved: SavedOf, tmp_path: Path) -> None:
    shutil.copytree(saved("iris"), tmp_path / "model")
    (tmp_path / "model" / "serving_input_example.json").write_text('{"dataframe_records": [{"sepal_length": "long"}]}')
    frame = template.spawn(tmp_path / "model").call("check")
    assert frame.head["status"] == 400
    assert "sepal_length" in json.loads(frame.body)["message"]


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("iris", {"dataframe_records": [{**IRIS, "sepal_width": "wide"}]}, ["`sepal_width`", "double", "'wide'", "row 0"]),
        ("iris", {"dataframe_records": [IRIS, {**IRIS, "petal_width": [1]}]}, ["`petal_width`", "double", "row 1"]),
        ("iris", {"dataframe_records": [{"sepal_width": 1}]}, ["missing", "`sepal_length` (double)", "`petal_width`"]),
        ("iris", {"inputs": {**{name: [1.0] for name in IRIS}, "petal_width": ["x"]}}, ["`petal_width`", "double"]),
        ("iris", {"dataframe_split": {"columns": list(IRIS)[:2], "data": [[1, 2]]}}, ["missing", "`petal_length` (double)"]),
        ("numbers", {"inputs": [{"age": 1, "size": 2**40, "share": 1, "income": 1}]}, ["`size`", "integer"]),
        ("numbers", {"dataframe_records": [{"age": None, "size": 2, "share": 1, "income": 1}]}, ["`age`", "long", "null"]),
        ("pipeline", {"dataframe_records": [{"plan": "a", "since": "soon", "calls": 1, "spent": 1}]}, ["`since`", "datetime", "'soon'"]),
        (
            "pipeline",
            {"dataframe_split": {"columns": ["plan", "since", "calls", "spent"], "data": [["a", d, 1, 1] for d in ("2024-01-01", "2024-01-01T10:00")]}},
            ["`since`", "datetime"],
        ),
        ("nested", {"inputs": [{"scores": [1, 2], "people": [], "flags": {}, "any": 1}]}, ["`scores`", "Array(double)", "row 0"]),
        ("nested", {"inputs": [{"scores": [], "people": [{"age": 1}], "flags": {}, "any": 1}]}, ["`people`", "name"]),
        ("nested", {"dataframe_records": [{"scores": [0.5], "people": 5, "flags": {}, "any": 1}]}, ["`people`", "Array("]),
        ("params", {"inputs": [{"x": 2.0}], "params": {"factor": "much"}}, ["parameter `factor`: expected double, got text 'much'"]),
        ("tensor", {"inputs": [[1, 2, 3]]}, ["(1, 3)", "(-1, 4)"]),
        ("named", {"inputs": {"one": [[1, 2]]}}, ["two"]),
        ("iris", {"rows": []}, ["no input"]),
        ("odd", {"dataframe_records": [{"x": 100}]}, ["no such x"]),
        ("odd", {"dataframe_records": [{"x": 102}]}, ["JSON"]),
    ],
)  # fmt: skip
def test_an_error_names_the_column_and_the_type(kind: str, body: Any, words: list[str], worker_of: WorkerOf) -> None:
    status, answer = worker_of(kind).invoke(body)
    assert 400 <= status < 600
    assert answer.keys() == {"code", "message", "hint"}
    assert not [word for word in words if word not in answer["message"]], answer
    assert "\n" not in answer["message"]
    assert "Traceback" not in str(answer)


def test_csv_errors_name_the_column_and_the_row(worker_of: WorkerOf) -> None:
    header = ",".join(IRIS)
    _, answer = worker_of("iris").invoke(f"{header}\n1,2,3,4\n1,wide,3,4\n".encode(), "text/csv")
    assert "column `sepal_width`: expected a number (double), got text 'wide' in row 1" in answer["message"]
    _, answer = worker_of("numbers").invoke(b"age,size,share,income\n1.5,2,3,4\n", "text/csv")
    assert "`age`" in answer["message"]
    assert "long" in answer["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'"\xff"', b"null", b"NaN", b'{"a":' * 50_000, b"\x00"])
def test_bodies_that_are_no_request(body: bytes, worker_of: WorkerOf) -> None:
    for call in ("invocations", "infer"):
        frame = worker_of("iris").call(call, body, type="application/json")
        assert frame.head["status"] == 400
        assert frame.head["fault"] == "client"


def test_a_model_that_fails_is_at_fault_and_goes_on(worker_of: WorkerOf) -> None:
    worker = worker_of("odd")
    frame = worker.call("invocations", b'{"dataframe_records": [{"x": 100}]}', type="application/json")
    assert (frame.head["status"], frame.head["fault"]) == (400, "model")
    frame = worker.call("invocations", b'{"dataframe_records": [{"x": 101}]}', type="application/json")
    assert (frame.head["status"], frame.head["fault"]) == (500, "model")
    assert worker.invoke({"dataframe_records": [{"x": 10}]}) == (200, {"predictions": 7})
    assert "ValueError: no such x" in worker.log.read_text()


def test_a_failure_says_where_a_value_is_missing(worker_of: WorkerOf) -> None:
    for gap in (None, float("nan")):
        status, answer = worker_of("iris").invoke({"dataframe_records": [IRIS, {**IRIS, "petal_length": gap}]})
        assert (status, answer["code"]) == (400, "model.failed")
        assert answer["hint"] == "column `petal_length` has no value in row 1"
        body = json.dumps({"dataframe_records": [{**IRIS, "petal_length": gap}]}).encode()
        assert worker_of("iris").call("invocations", body, type="application/json").head["fault"] == "input"


def test_a_model_that_does_not_load_says_so_and_goes(template: Template, tmp_path: Path) -> None:
    worker = template.spawn(tmp_path / "nothing")
    assert (worker.first["state"], worker.first["status"]) == ("failed", 500)
    assert worker.first["error"].keys() == {"code", "message", "hint"}
    assert "Traceback" in worker.log.read_text()
    psutil.wait_procs([psutil.Process(worker.pid)] if psutil.pid_exists(worker.pid) else [], 10)
    assert not psutil.pid_exists(worker.pid)


def test_a_worker_leaves_when_the_front_hangs_up(template: Template, saved: SavedOf) -> None:
    worker = template.spawn(saved("iris"))
    process = psutil.Process(worker.pid)
    body = json.dumps({"dataframe_records": [IRIS]}).encode()
    sent = [worker.send("invocations", body, type="application/json") for _ in range(20)]
    worker.sock.shutdown(1)
    assert [worker.read().head["id"] for _ in sent] == sent
    process.wait(PATIENCE_S)


def test_an_unknown_call_is_refused(worker_of: WorkerOf, template: Template) -> None:
    assert worker_of("iris").call("eval").head["status"] == 400
    wire.write(template.control, {"id": 77, "call": "eval"})
    while (answer := template.read()).get("id") != 77:
        pass
    assert answer["status"] == 400
    for order in ({"id": 78, "call": "spawn"}, {"id": 79}):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            wire.write_with(template.control, order, theirs.fileno())
            assert template.read()["status"] == 400
            theirs.close()
            assert ours.recv(1) == b""


def test_a_spare_takes_over_when_its_template_is_killed(saved: SavedOf, tmp_path: Path) -> None:
    with running(tmp_path) as template:
        ours, theirs = socket.socketpair()
        with theirs:
            wire.write_with(template.control, {"id": 0, "call": "spare"}, theirs.fileno())
        lost = template.spawn(saved("iris"))
        lost.sock.close()
        while template.read().get("event") != "exit":
            pass
        template.process.kill()
        template.take(ours)
        assert template.first["event"] == "ready"
        assert template.first["pid"] != template.process.pid
        worker = template.spawn(saved("iris"))
        assert worker.invoke({"dataframe_records": [IRIS]}) == (200, {"predictions": [0]})
        spare = psutil.Process(template.first["pid"])
    _gone, alive = psutil.wait_procs([spare], 10)
    assert not alive


def test_a_worker_finds_its_scratch_folder_empty(template: Template, saved: SavedOf, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("")
    scratch = tmp_path / "scratch"
    (scratch / "left").mkdir(parents=True)
    (scratch / "link").symlink_to(tmp_path)
    template.spawn(saved("iris"), scratch=str(scratch))
    assert list(scratch.iterdir()) == []
    assert (tmp_path / "precious").exists()


def test_it_runs_where_only_mlflow_is_installed(saved: SavedOf, tmp_path: Path) -> None:
    """The files of the worker and what reads documents, copied elsewhere: nothing else of ours is imported."""
    serving = tmp_path / "jupyter_mlops" / "deployments" / "serving"
    shutil.copytree(MAIN.parent, serving / "worker")
    shutil.copy(Path(wire.__file__), serving)
    base = tmp_path / "jupyter_mlops" / "base"
    base.mkdir()
    for name in ("__init__.py", "documents.py", "errors.py"):
        shutil.copy(Path(documents.__file__).with_name(name), base)
    with running(tmp_path, main=serving / "worker" / "__main__.py") as template:
        worker = template.spawn(saved("iris"))
        assert worker.invoke({"dataframe_records": [IRIS]}) == (200, {"predictions": [0]})
        maps = Path(f"/proc/{worker.pid}/maps")
        assert worker.first["state"] == "ready"
        assert not maps.exists() or "jupyter_mlops" not in maps.read_text()


def test_a_large_request_is_answered(worker_of: WorkerOf) -> None:
    rows = [[number / 7] * 4 for number in range(50_000)]
    status, answer = worker_of("iris").invoke({"dataframe_split": {"columns": list(IRIS), "data": rows}})
    assert (status, len(answer["predictions"])) == (200, len(rows))


def test_a_model_with_threads_of_its_own_predicts(template: Template, tmp_path: Path) -> None:
    import warnings

    from tests.deployments.quiet_mlflow import mlflow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sklearn.ensemble import RandomForestRegressor

        model = RandomForestRegressor(n_estimators=4, n_jobs=2).fit([[1.0], [2.0]], [1.0, 2.0])
        mlflow.sklearn.save_model(
            model, tmp_path / "m", serialization_format="cloudpickle", pip_requirements=["scikit-learn"]
        )
    worker = template.spawn(tmp_path / "m")
    status, answer = worker.invoke({"inputs": [[1.0]] * 100})
    assert (status, len(answer.get("predictions", []))) == (200, 100), worker.log.read_text()


def test_pools_of_threads_work_without_semaphores() -> None:
    code = (
        "from jupyter_mlops.deployments.serving.worker import threads; threads.without_semaphores()\n"
        "import _multiprocessing; del _multiprocessing.SemLock\n"
        "from multiprocessing.pool import ThreadPool\n"
        "with ThreadPool(3) as pool: print(pool.map(str, range(4)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout == "['0', '1', '2', '3']\n", done.stderr


def test_the_schema_is_an_openapi_document(worker_of: WorkerOf) -> None:
    import jsonschema  # type: ignore[import-untyped]

    from tests.deployments.format_cases import cases

    for kind in ("iris", "numbers", "pipeline", "typed", "params", "tensor", "named", "bare"):
        document = json.loads(worker_of(kind).call("schema").body)
        assert document["openapi"].startswith("3.1")
        content = document["paths"]["/invocations"]["post"]["requestBody"]["content"]["application/json"]
        validator = jsonschema.Draft202012Validator(content["schema"])
        validator.check_schema(content["schema"])
        one = [
            json.loads(body)
            for name, mime, body in cases()[kind]
            if name in ("one row, records", "rows, split", "inputs", "given")
        ]
        assert one
        for body in one:
            validator.validate(body)
        if "example" in content:
            validator.validate(content["example"])


def test_only_what_is_needed_is_kept_of_the_environment() -> None:
    kept = minimal(
        {"PATH": "/bin", "HOME": "/home/me", "USER": "me", "MLFLOW_RUN_ID": "1", "LC_TIME": "C", "GH_TOKEN": "x"}
    )
    assert kept.keys() == {"PATH", "HOME", "LC_TIME", *SET}
    assert kept["HOME"] != "/home/me"


def test_an_input_example_of_an_older_mlflow_is_found(saved: SavedOf, tmp_path: Path) -> None:
    from jupyter_mlops.deployments.serving.worker.model import Model
    from tests.deployments import quiet_mlflow  # noqa: F401

    for kind, expected in (("iris", {"dataframe_split"}), ("tensor", {"inputs"})):
        shutil.copytree(saved(kind), tmp_path / kind)
        (tmp_path / kind / "serving_input_example.json").unlink()
        example = Model.load(str(tmp_path / kind), kind, "1").serving_example()
        assert example is not None
        assert json.loads(example).keys() == expected
