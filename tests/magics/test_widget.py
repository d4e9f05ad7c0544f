from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mlops.app.folder import RunFolder
from jupyter_mlops.app.report import Details
from jupyter_mlops.app.watch import Snapshot
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.magics.widget import RunView
from tests.app.test_report import CANARY, run, step
from tests.cli.notebooks import GOOD, write_notebook
from tests.pace import PATIENCE_S


class FakeWorkbench:
    """Answers as a workbench with one run does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.cancelled: list[str] = []
        self.snapshots = [
            Snapshot(run("running", step("a", "running"), name=CANARY), {"a": CANARY}, {"a": (1, 4)}),
            Snapshot(run("succeeded", step("a", "succeeded"), name=CANARY)),
        ]
        self.is_down = False

    def snapshot(self, run_id: str) -> Snapshot:
        return self.snapshots[0]

    def wait(self, run_id: str, on_event: Any, *, poll_s: float) -> None:
        if self.is_down:
            raise UnavailableError("store.unavailable", CANARY)
        for now in self.snapshots:
            on_event(now)

    def details(self, run_id: str) -> Details:
        return Details({"f1": 0.5}, {}, {}, "/f", "sqlite:///m.db")

    def folder(self, run_id: str) -> RunFolder:
        return RunFolder(self.path)

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWorkbench:
    from jupyter_mlops.app.notebooks import check

    spec = check(write_notebook(tmp_path / "a.ipynb", GOOD)).pipeline
    import json

    (tmp_path / "pipeline.json").write_text(json.dumps(spec.to_json()))
    monkeypatch.setattr("IPython.display.display", lambda *_: None)
    return FakeWorkbench(tmp_path)


def view_of(bench: FakeWorkbench) -> RunView:
    return RunView(bench, "3f2c" * 8)  # type: ignore[arg-type]


def text_of(view: RunView) -> str:
    return " ".join(part.value for part in (view.header, view.steps, view.log, view.footer))


def test_it_follows_the_run_to_its_end(bench: FakeWorkbench) -> None:
    view = view_of(bench)
    view.show()
    view.thread.join(PATIENCE_S)
    assert view.bar.value == 1.0
    assert view.bar.bar_style == "success"
    assert view.cancel.disabled
    assert "succeeded" in view.header.value
    assert "f1" in view.footer.value


def test_it_escapes(bench: FakeWorkbench) -> None:
    view = view_of(bench)
    view.update(bench.snapshots[0])
    assert "<img" not in text_of(view)
    assert text_of(view).count("&lt;img") == 2
    assert view.bar.value == 0.25


def test_cancel_cancels(bench: FakeWorkbench) -> None:
    view = view_of(bench)
    view.cancel.click()
    assert bench.cancelled == ["3f2c" * 8]
    assert view.cancel.disabled


def test_a_store_that_is_down_is_told(bench: FakeWorkbench) -> None:
    bench.is_down = True
    view = view_of(bench)
    view.show()
    view.thread.join(PATIENCE_S)
    assert "&lt;img" in view.footer.value


def test_widgets_only_where_somebody_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlops.magics.magic import has_widgets

    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    kernel, terminal = SimpleNamespace(user_ns={}, kernel=object()), SimpleNamespace(user_ns={})
    assert not has_widgets(kernel)
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert has_widgets(kernel)
    assert not has_widgets(terminal)


def test_the_box_shows_a_graph_and_does_not_scroll_by_itself(bench: FakeWorkbench) -> None:
    view = view_of(bench)
    steps = [step("load", "succeeded"), step("train", "running"), step("report", "pending")]
    view.update(Snapshot(run("running", *steps)))
    assert view.graph.value.count("<rect") == 3
    assert view.graph in view.box.children
    assert (view.box.layout.overflow, view.bar.layout.width) == ("hidden", "auto")
