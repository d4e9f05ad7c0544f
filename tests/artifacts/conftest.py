"""A notebook run by hand: one namespace per step, artifacts in a folder of the test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.artifacts.incell import Handover

Manifest = dict[str, Any]


class Notebook:
    """Runs steps by hand in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def step(
        self,
        name: str,
        code: str = "",
        *,
        replay: str = "",
        inputs: dict[str, str] | None = None,
        outputs: str = "",
        setup: str = "",
        definitions: str = "",
        carried: dict[str, list[str]] | None = None,
        given: dict[str, object] | None = None,
    ) -> tuple[dict[str, Any], Manifest]:
        """Replay, load, run, save; return the namespace and the manifest."""
        namespace: dict[str, Any] = {"__name__": "__main__", **(given or {})}
        exec(replay, namespace)
        handover = Handover(
            namespace,
            step=name,
            inputs=inputs,
            outputs=outputs.split(),
            setup=setup.split(),
            definitions=definitions.split(),
            carried=carried,
        )
        handover.load()
        exec(code, namespace)
        handover.save()
        return namespace, json.loads((self.folder / "artifacts" / f"{name}.json").read_bytes())

    def hand_over(self, value: object) -> tuple[Any, dict[str, Any]]:
        """Pass one value from one step to another; return what arrives and its ref."""
        _, manifest = self.step("make", given={"value": value}, outputs="value")
        namespace, _ = self.step("take", inputs={"value": "make"})
        return namespace["value"], manifest["outputs"]["value"]


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUPYTER_MLOPS_ATTEMPT_DIR", raising=False)
    return Notebook(tmp_path)
