"""The answers of ``runner``: status, restart, stop."""

from __future__ import annotations

import argparse

from jupyter_mlops.app import runnerverbs
from jupyter_mlops.app.answers import VERSION, Answer
from jupyter_mlops.app.text import plain
from jupyter_mlops.app.workbench import Workbench


def answer_runner(workbench: Workbench, args: argparse.Namespace) -> Answer:
    """Return the answer to ``runner status|restart|stop``; status is also the answer to ``runner`` alone."""
    verb = args.noun_verb or "status"
    settings = workbench.settings
    first: list[str] = []
    if verb == "stop":
        first = ["the runner has ended" if runnerverbs.stop(settings) else "no runner was alive"]
    elif verb == "restart":
        runnerverbs.restart(settings)
        first = ["a runner was started, with the environment of this command"]
    found = runnerverbs.status(settings)
    lines = [*first, *_told(found)]
    is_lacking = not found.is_alive and bool(found.work) and verb != "stop"
    notes = []
    if verb == "stop" and found.work:
        notes.append("the next command, or the user's Jupyter server, starts a runner for what is left")
        if "deployment" in found.work:
            notes.append("deployments go on being served; `jupyter mlops deployments stop NAME` ends one")
    return Answer([plain(line) for line in lines], {"version": VERSION, **found.to_json()}, int(is_lacking), notes)


def _told(found: runnerverbs.RunnerStatus) -> list[str]:
    work = f"work: {found.work}" if found.work else "nothing to do"
    if not found.is_alive:
        return [f"no runner is alive for {found.home}", work]
    lines = [f"runner of {found.home}: process {found.pid}, version {found.version}, since {found.started_at}"]
    if not found.is_answering:
        lines.append("it does not answer; `runner restart` ends it and starts another one")
    return [*lines, work, f"log: {found.log}"]
