"""The list of deployments: what is told of one that answers nobody, and of a version that was given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.deployments.deployment import Deployment, Rejection, Status, Wanted, deployment_name
from jupyter_mlops.deployments.store import DeploymentStore
from tests.server.made import Door, config


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "root").mkdir()
    return config(tmp_path / "home", tmp_path / "root")


@pytest.fixture
def store(jp_serverapp: Any) -> DeploymentStore:
    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_mlops"]
    found: DeploymentStore = extension.desk.workbench.deployments.store
    return found


def made(tmp_path: Path, name: str, **more: Any) -> Deployment:
    now = datetime.now(UTC)
    plain = Deployment(
        "0" * 31 + str(len(name)), deployment_name(name), "churn", "champion", 3, tmp_path / name, 1234, now
    )
    return replace(plain, **more)


async def test_what_a_row_tells_while_nobody_answers(door: Door, store: DeploymentStore, tmp_path: Path) -> None:
    why = Rejection("check", "its example fails")
    store.create(made(tmp_path, "a", live=2, status=Status.READY, rejected={1: why, 3: why}))
    store.create(made(tmp_path, "bb"))
    store.create(made(tmp_path, "ccc", live=3, status=Status.STOPPED, wanted=Wanted.STOPPED, rejected={2: why}))
    store.create(made(tmp_path, "dddd", status=Status.FAILED, error={"message": "v3 misses polars", "hint": "add it"}))
    rows = {row["name"]: row for row in (await door.get("deployments"))["deployments"]}
    assert {name: (row["status"], row["message"], row["load"]) for name, row in rows.items()} == {
        "a": ("starting", "nothing answers at http://127.0.0.1:1234 at this moment", None),
        "bb": ("starting", "", None),
        "ccc": ("stopped", "", None),
        "dddd": ("failed", "v3 misses polars", None),
    }
    assert rows["a"]["rejected"] == {"version": 3, "reason": "check", "message": "its example fails"}
    # What is live instead is newer: nobody waits for that one.
    assert rows["ccc"]["rejected"] is None
    detail = await door.get("deployments", "a")
    assert detail["message"] == rows["a"]["message"]
    assert {v["version"]: (v["state"], v["message"]) for v in detail["versions"]}[3] == (
        "rejected",
        "its example fails",
    )
    stopped = await door.get("deployments", "ccc")
    assert {v["version"]: v["state"] for v in stopped["versions"]} == {3: "gone", 2: "rejected"}
    told = await door.get("deployments", "a", "stats")
    assert told["buckets"] == []
    assert datetime.fromisoformat(told["now"]).tzinfo is not None
