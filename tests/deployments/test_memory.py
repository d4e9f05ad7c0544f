"""What deployments keep while nothing happens: a further one shares what the first has imported."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.deployments.deployment import Options
from tests.deployments.shop import MODEL, MODULES, Shop, shop_in, train, until

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell"),
]
# Measured 345 and 55; before, 720 and 258. Bounds are loose: versions of the libraries differ.
FIRST_BYTES, FURTHER_BYTES = 480_000_000, 120_000_000


def pss(shop: Shop) -> int:
    """Return what the processes of a home keep, shared pages divided."""
    every: set[psutil.Process] = set()
    for module in MODULES:
        for process in shop.processes(module):
            with contextlib.suppress(psutil.Error):
                every |= {process, *process.children(recursive=True)}
    total = 0
    for process in every:
        # One that ended meanwhile keeps nothing.
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            found = re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)
            total += int(found[1]) * 1024 if found else 0
    return total


def test_a_further_deployment_shares_with_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop_in(tmp_path / "home", monkeypatch) as shop:
        shop.add(train(tmp_path / "model"))
        shop.verbs.create(MODEL, MODEL + "/1", Options())
        until(shop.live)
        until(lambda: pss(shop) < FIRST_BYTES, what="the processes keep too much")
        first = pss(shop)
        shop.verbs.create("second", MODEL + "/1", Options())
        until(lambda: shop.live("second"))
        until(lambda: pss(shop) - first < FURTHER_BYTES, what="a further deployment keeps too much")
        # What the second has lives on without the first.
        workers = shop.workers("second")
        shop.verbs.delete(MODEL)
        until(lambda: len(shop.processes(MODULES[2])) == 1)
        assert shop.workers("second") == workers
