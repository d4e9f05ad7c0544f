"""S16: what a server is given in its environment goes into kernels and nowhere else: no file, log, answer or argument."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.browser.lab import Lab

NAMES = (
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AZURE_CLIENT_SECRET GITHUB_TOKEN HF_TOKEN OPENAI_API_KEY PGPASSWORD "
    "KAGGLE_KEY WANDB_API_KEY MLFLOW_TRACKING_PASSWORD MLFLOW_TRACKING_TOKEN MY_OWN"
).split()
READS = "import os\nfound = len(os.environ['MY_OWN'])\nprint(found)"
SLOW = "import time\ntime.sleep(3 + found * 0)"
FAILS = "assert found < 0, 'too many'"
pytestmark = [pytest.mark.kernel, pytest.mark.slow]


class Guarded(Lab):
    """A lab whose environment holds canaries."""

    canaries: dict[str, str]

    def environ(self) -> dict[str, str]:
        return {**super().environ(), **self.canaries}


@pytest.fixture(params=["our own MLflow", "an MLflow with a password that is down"])
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Guarded]:
    found = Guarded(tmp_path)
    found.canaries = {name: f"canary{secrets.token_hex(8)}" for name in NAMES}
    if "password" in request.param:
        found.canaries["MLFLOW_TRACKING_URI"] = f"http://ada:canary{secrets.token_hex(8)}@127.0.0.1:9/"
    try:
        found.start()
        yield found
    finally:
        found.stop()
        found.sweep()


def words(lab: Guarded) -> list[bytes]:
    """What must not be found, the server's token too."""
    texts = [text.partition("ada:")[2].partition("@")[0] or text for text in lab.canaries.values()]
    return [text.encode() for text in (*texts, lab.token)]


def leaks(lab: Guarded, folder: Path) -> list[tuple[Path, bytes]]:
    # Jupyter's own file for `jupyter server list`, and its file of connections, private to the user.
    theirs = ("jpserver-", "jupyter_cookie_secret", "kernel-")
    files = [f for f in folder.rglob("*") if f.is_file() and not f.name.startswith(theirs)]
    assert len(files) > 20
    return [(file, word) for file in files for word in words(lab) if word in file.read_bytes()]


def test_no_secret_of_the_environment_is_written_anywhere(lab: Guarded) -> None:
    lab.write("good.ipynb", ("n = 1", ["parameters"]), (READS, ["step:read"]), (SLOW, ["step:wait"]))
    lab.write("bad.ipynb", (READS, ["step:read"]), (FAILS, ["step:check"]))
    source = json.loads((lab.root / "good.ipynb").read_text())
    said: list[object] = [lab.api("/status"), lab.api("/inspect", "POST", {"path": "good.ipynb", "notebook": source})]
    first = lab.run("good.ipynb", n=2)
    lab.wait(first, "running")
    arguments = b"\0".join(
        b" ".join(map(str.encode, p.info["cmdline"] or [])) for p in psutil.process_iter(["cmdline"])
    )
    ours = arguments.replace(f"--IdentityProvider.token={lab.token}".encode(), b"")
    assert [word for word in words(lab) if word in ours] == []
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
