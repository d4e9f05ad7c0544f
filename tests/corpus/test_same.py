"""Notebooks of the corpus that run here give as a pipeline what Run All gives, or stop at the same cell.

`same.json` names them: they need no network and no library beyond the tests' own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.corpus.clones import HERE, VARIABLE, entries, folder, tree
from tests.corpus.sameness import compare

NAMED: list[str] = json.loads((HERE / "same.json").read_text(encoding="utf-8"))
LEAST = 30

pytestmark = [pytest.mark.slow, pytest.mark.kernel]


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_MLOPS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield


def test_there_are_enough_and_they_are_of_the_corpus() -> None:
    assert len(set(NAMED)) >= LEAST
    assert set(NAMED) <= {entry.key for entry in entries()}


@pytest.mark.skipif(folder() is None, reason=f"{VARIABLE} names no folder of clones")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", NAMED)
def test_it_gives_what_run_all_gives(name: str) -> None:
    corpus = folder()
    assert corpus is not None
    [entry] = [entry for entry in entries() if entry.key == name]
    root = tree(corpus, entry.repository, entry.commit)
    found = compare(entry, root / entry.path, root)
    assert found.outcome in ("equal", "both stop"), found.details
