"""Saved models and a template process, once for the session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deployments.serving_models import save
from tests.deployments.serving_worker import Template, Worker, running

# `make test` holds what is decided (the life of a deployment, its store, plans, environments, frames), and of what serves
# that which is marked `short`: one test of each kind, together less than 40 s.
SHORT = (
    "test_confine.py", "test_deployment_store.py", "test_environment.py", "test_local_target.py", "test_manager.py",
    "test_plan.py", "test_rollout.py", "test_stats.py", "test_tensors.py", "test_wire.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.name not in SHORT:
            if item.get_closest_marker("short"):
                continue
            item.add_marker(pytest.mark.slow)
            if not os.environ.get("MLOPS_TEST_LONG"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: `make test-long`"))


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a saved model of a kind, made when first asked for."""
    root = tmp_path_factory.mktemp("models")
    folders: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in folders:
            folders[kind] = save(kind, root)
        return folders[kind]

    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with running(tmp_path_factory.mktemp("template")) as started:
        yield started


@pytest.fixture(scope="session")
def worker_of(template: Template, saved: Callable[[str], Path]) -> Callable[[str], Worker]:
    """A worker that serves a saved model of a kind, started when first asked for."""
    workers: dict[str, Worker] = {}

    def worker(kind: str) -> Worker:
        if kind not in workers:
            workers[kind] = template.spawn(saved(kind))
            assert workers[kind].first["state"] == "ready", workers[kind].log.read_text()
        return workers[kind]

    return worker
