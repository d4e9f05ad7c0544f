"""``python -m jupyter_mlops.deployments.serving --folder DIR``: the front of one deployment."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from jupyter_mlops.deployments.serving.front import Front
from jupyter_mlops.deployments.serving.handover import Handed
from jupyter_mlops.deployments.serving.plan import PlanError
from jupyter_mlops.deployments.serving.templates import MAIN

_LOG_BYTES = 4_000_000


def main(arguments: list[str]) -> int:
    """Run a front; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m jupyter_mlops.deployments.serving")
    parser.add_argument("--folder", type=Path, required=True, help="the deployment's folder, with its plan.json")
    parser.add_argument("--worker", type=Path, default=MAIN, help=argparse.SUPPRESS)
    parser.add_argument("--handed", type=Handed.taken, default=Handed(), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    folder: Path = options.folder.resolve()
    os.umask(0o077)
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    log = RotatingFileHandler(folder / "logs" / "front.log", maxBytes=_LOG_BYTES, backupCount=1)
    logging.basicConfig(level=logging.INFO, handlers=[log], format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    try:
        _run(Front(folder, options.worker.resolve(), options.handed))
    except (PlanError, OSError) as error:
        logging.getLogger(__name__).error("%s", error)
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(front: Front) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(front.run())
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(front.run())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
