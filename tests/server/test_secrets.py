"""S16: what a server is given in its environment goes into kernels and nowhere else: no file, log, answer or argument."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.guarded import Guarded, guarded, leaks, told, words

READS = "import os\nfound = len(os.environ['MY_OWN'])\nprint(found)"
SLOW = "import time\ntime.sleep(3 + found * 0)"
FAILS = "assert found < 0, 'too many'"
pytestmark = [pytest.mark.kernel, pytest.mark.slow]


@pytest.fixture(params=["our own MLflow", "an MLflow with a password that is down"])
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Guarded]:
    with guarded(tmp_path, "http://ada:PASSWORD@127.0.0.1:9/" if "password" in request.param else "") as found:
        yield found


def test_no_secret_of_the_environment_is_written_anywhere(lab: Guarded) -> None:
    lab.write("good.ipynb", ("n = 1", ["parameters"]), (READS, ["step:read"]), (SLOW, ["step:wait"]))
    lab.write("bad.ipynb", (READS, ["step:read"]), (FAILS, ["step:check"]))
    source = json.loads((lab.root / "good.ipynb").read_text())
    said: list[object] = [lab.api("/status"), lab.api("/inspect", "POST", {"path": "good.ipynb", "notebook": source})]
    first = lab.run("good.ipynb", n=2)
    lab.wait(first, "running")
    assert told(lab) == []
    assert lab.wait(first)["status"] == "succeeded"
    failed = lab.run("bad.ipynb")
    assert lab.wait(failed)["status"] == "failed"
    again = lab.api(f"/runs/{failed}/retry", "POST", {})["id"]
    assert lab.wait(again)["status"] == "failed"
    lab.api("/jobs", "POST", {"path": "good.ipynb", "job": "nightly"})
    said += [
        lab.api("/runs"),
        lab.api("/jobs"),
        lab.api("/jobs/nightly"),
        lab.api(f"/compare?run={failed}&run={again}"),
    ]
    for run in (first, failed, again):
        said += [lab.api(f"/runs/{run}"), lab.api(f"/runs/{run}/attempts")]
        said += [lab.api(f"/runs/{run}/artifacts?step=read")]
    assert [word for word in words(lab) if word.decode() in json.dumps(said)] == []
    assert leaks(lab, lab.folder) == []
    assert [word for word in words(lab) if word in lab.log.encode()] == []

    # The search itself can find something.
    lab.write("loud.ipynb", ("import os\nsecret = os.environ['MY_OWN']", ["step:read"]), ("len(secret)", ["step:use"]))
    assert lab.wait(lab.run("loud.ipynb"))["status"] == "succeeded"
    assert {word for _, word in leaks(lab, lab.folder)} == {lab.canaries["MY_OWN"].encode()}
