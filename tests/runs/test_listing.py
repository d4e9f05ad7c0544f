"""Pages of runs: newest first, each once, filtered; found by what is seen of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.base.errors import ConflictError, NotFoundError
from jupyter_mlops.base.ids import RunId, new_run_id
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs.listing import ACTIVE, SEARCH_CHARS, Filter, Summary, brief, counted, listed, search_text
from jupyter_mlops.runs.removal import remove
from jupyter_mlops.runs.run import Status
from jupyter_mlops.runs.store import NewRun, RunStore, open_store

PIPELINE = Pipeline(
    "churn", (Step("load", (0,), notebook="01-load.ipynb"), Step("fit", (1,), ("load",), notebook="02-fit.ipynb"))
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    found = open_store(tmp_path)
    yield found
    found.close()


def make(store: RunStore, folder: Path, name: str = "churn", **more: object) -> RunId:
    run = new_run_id()
    (folder / "runs" / run).mkdir(parents=True)
    store.create(NewRun(id=run, name=name, folder=folder / "runs" / run, pipeline=PIPELINE, **more))  # type: ignore[arg-type]
    return run


def pages(store: RunStore, wanted: Filter, limit: int) -> list[str]:
    found, cursor = list[str](), None
    while True:
        page, cursor = listed(store.database, wanted, limit, cursor)
        assert len(page) <= limit
        found += [run.id for run in page]
        if cursor is None:
            return found


def test_every_run_is_on_one_page(store: RunStore, tmp_path: Path) -> None:
    made = [make(store, tmp_path) for _ in range(23)]
    for limit in (1, 5, 22, 23, 24, 500):
        assert pages(store, Filter(), limit) == made[::-1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(name="churn"), "ca"), (Filter(name="Churn"), ""), (Filter(job="nightly"), "b"),
        (Filter(notebook="/n/demand.ipynb"), "b"), (Filter(q="CHURN"), "ca"), (Filter(q="lr=0.1"), "a"),
        (Filter(q="nightly@2"), "b"), (Filter(q="%"), ""), (Filter(q="_"), ""), (Filter(q="churn lr"), "a"),
        (Filter(q="nothing of it"), ""), (Filter(status=["cancelled"]), "c"), (Filter(status=ACTIVE), "ba"),
        (Filter(status=ACTIVE, q="churn"), "a"), (Filter(status=["succeeded"], q="churn"), ""),
        (Filter(name="churn", status=["cancelled"]), "c"), (Filter(q="ÄRGER"), "b"),
    ],
)  # fmt: skip
def test_filters(store: RunStore, tmp_path: Path, wanted: Filter, found: str) -> None:
    ids = {
        make(store, tmp_path, parameters={"lr": 0.1}): "a",
        make(store, tmp_path, "demand", job=("nightly", 2), notebook="/n/demand.ipynb", parameters={"x": "Ärger"}): "b",
        make(store, tmp_path): "c",
    }
    store.request_cancel(next(id for id, letter in ids.items() if letter == "c"))
    assert "".join(ids[RunId(run)] for run in pages(store, wanted, 2)) == found


def test_an_id_is_found_by_its_beginning(store: RunStore, tmp_path: Path) -> None:
    made = [make(store, tmp_path) for _ in range(3)]
    assert pages(store, Filter(q=made[1][:10].upper()), 5) == [made[1]]


def test_a_page_says_what_the_run_itself_would_say(store: RunStore, tmp_path: Path) -> None:
    run = make(store, tmp_path, parameters={"a": [1, None]}, chosen=["load"])
    (page,), _ = listed(store.database, Filter(), 5)
    assert page == Summary.of(store.get(run))
    # What was not selected is neither done nor to be done.
    assert (page.done, page.total) == (0, 1)


def test_what_was_cancelled_is_not_done(store: RunStore, tmp_path: Path) -> None:
    run = make(store, tmp_path)
    store.request_cancel(run)
    (page,), _ = listed(store.database, Filter(), 5)
    assert page == Summary.of(store.get(run))
    assert (page.status, page.done, page.total) == (Status.CANCELLED, 0, 2)


def test_only_chosen_steps_wait(store: RunStore, tmp_path: Path) -> None:
    run = store.get(make(store, tmp_path, chosen=["load"]))
    assert run.states == {"load": Status.PENDING, "fit": Status.SKIPPED}
    assert run.chosen == ("load",)


def test_counted(store: RunStore, tmp_path: Path) -> None:
    assert counted(store.database) == (0, 0)
    make(store, tmp_path)
    store.request_cancel(make(store, tmp_path))
    assert counted(store.database) == (1, 0)


def test_a_run_that_is_not_over_is_not_deleted(store: RunStore, tmp_path: Path) -> None:
    run = make(store, tmp_path)
    with pytest.raises(ConflictError, match="queued"):
        remove(store.database, run, store.now())
    assert store.get(run).folder.is_dir()


def test_a_deleted_run_is_gone_and_told(store: RunStore, tmp_path: Path) -> None:
    keep, run = make(store, tmp_path), make(store, tmp_path)
    store.request_cancel(run)
    remove(store.database, run, store.now())
    assert pages(store, Filter(), 5) == [keep]
    assert not (tmp_path / "runs" / run).exists()
    assert (tmp_path / "runs" / keep).is_dir()
    told = store.events_since(0)
    assert [(e.kind, e.run_id) for e in told if e.run_id == run] == [("run.deleted", run)]
    with pytest.raises(NotFoundError):
        remove(store.database, run, store.now())


def test_a_cursor_that_was_deleted_begins_anew(store: RunStore, tmp_path: Path) -> None:
    made = [make(store, tmp_path) for _ in range(3)]
    page, _ = listed(store.database, Filter(), 5, "f" * 32)
    assert [run.id for run in page] == made[::-1]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(), value=st.text(alphabet=st.characters(), max_size=2000))
def test_what_is_looked_in_is_short_text(name: str, value: str) -> None:
    found = search_text("ab", name, None, {"p": value})
    assert len(found) <= SEARCH_CHARS
    found.encode("utf-8")
    assert "\0" not in found


def test_brief() -> None:
    assert brief({"ename": "KeyError", "evalue": "'x'\nmore", "message": "no"}) == "KeyError: 'x'"
    assert brief({"message": ""}) == "no reason was recorded"
