"""All versions of a deployment: brought up as the plan says, given their roles by `rollout`, given up when they fail.

What has to survive this process is in ``state.json``: which version is live, which was before, what was rejected.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.deployments.serving import rollout
from jupyter_mlops.deployments.serving.plan import Plan, VersionPlan, part
from jupyter_mlops.deployments.serving.rollout import Reason, Rejection, Roles
from jupyter_mlops.deployments.serving.stats import DAY_S, Stats
from jupyter_mlops.deployments.serving.templates import Templates
from jupyter_mlops.deployments.serving.version import Version

_log = logging.getLogger(__name__)
TICK_S = 0.5
LEAVE_S = 2.0
REMEMBERED_S = DAY_S


class Versions:
    """The versions that are up and who does what.

    Parameters
    ----------
    folder
        The deployment's folder, where ``state.json`` is kept.

    Attributes
    ----------
    gone
        What versions that left answered in the last hour.
    """

    def __init__(self, folder: Path, plan: Plan, templates: Templates) -> None:
        self._folder, self._templates = folder, templates
        self.plan = plan
        self.up: dict[str, Version] = {}
        self.roles = Roles()
        self.rejected: dict[str, Rejection] = {}
        self.gone: list[tuple[str, Stats]] = []
        self._plans: dict[str, VersionPlan] = {}
        self._proven: set[str] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._stuck = asyncio.create_task(self._end_stuck())
        self._remember()

    def apply(self, plan: Plan) -> None:
        """Do from now on what a plan says."""
        self.plan = plan
        self.rejected = rollout.forgiven(plan, self.rejected)
        kept = {number: spec for number, spec in self._plans.items() if number == self.roles.live}
        self._plans = {**kept, **plan.versions}
        if self.roles.live not in self._plans:
            self.roles = Roles()
        self._settle()

    def _settle(self) -> None:
        """Give out the roles, bring up what is missing and let go what is not wanted."""
        ready = {number for number, version in self.up.items() if version.is_ready}
        roles = rollout.settle(self.plan, self.roles, ready, self.rejected)
        if roles != self.roles:
            _log.info("live %s, canary %s, shadow %s", roles.live, roles.canary, roles.shadow)
        self.roles = roles
        wanted = rollout.wanted(self.plan, roles, self.rejected)
        for number, version in list(self.up.items()):
            if number not in wanted or version.plan != self._plans[number]:
                self._let_go(self.up.pop(number))
            else:
                version.plan = self._plans[number]
        for number in sorted(wanted - set(self.up)):
            self.up[number] = Version(
                self.plan.name, number, self._plans[number],
                self._folder, self._templates, self._settle, self._trouble,
            )  # fmt: skip
        self._write()

    def _let_go(self, version: Version, drain_s: float | None = None) -> None:
        self.gone = [(number, stats) for number, stats in self.gone if stats.last(REMEMBERED_S)]
        self.gone.append((version.number, version.stats))
        task = asyncio.create_task(version.leave(self.plan.limits.time_s if drain_s is None else drain_s))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _trouble(self, version: Version, reason: Reason, message: str) -> None:
        """Give a version up, unless it is the only one that could answer and once did."""
        if self.up.get(version.number) is not version:
            return
        if version.was_ready or version.number == self.roles.live:
            ready = [number for number, item in self.up.items() if item.is_ready]
            other = rollout.other_than(version.number, self.plan, self.roles, ready, self.rejected)
            was_good = version.was_ready or version.number in self._proven or reason == "crash"
            if version.number == self.roles.live and other is None and was_good:
                return
        self.reject(version.number, reason, message)

    def reject(self, number: str, reason: Reason, message: str) -> None:
        """Give a version no more requests."""
        _log.error("version %s is rejected (%s): %s", number, reason, message)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.rejected[number] = Rejection(reason, message, at, self._plans[number])
        self.roles = rollout.without(self.roles, number)
        self._settle()

    def failed(self, version: Version) -> None:
        """Look at the error budget after an answer that failed by a version's fault."""
        if self.up.get(version.number) is not version:
            return
        budget = self.plan.budget
        message = rollout.overrun(budget, version.stats.last(budget.window_s))
        if message is None:
            return
        if version.number == self.roles.live:
            ready = [number for number, item in self.up.items() if item.is_ready]
            if rollout.other_than(version.number, self.plan, self.roles, ready, self.rejected) is None:
                return
        self.reject(version.number, "errors", message)

    def end_worker(self, scratch: str) -> None:
        """End the worker whose scratch folder has a name; no-op when there is none."""
        for version in self.up.values():
            version.end_worker(scratch)

    async def _end_stuck(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for version in list(self.up.values()):
                version.pool.end_stuck(self.plan.limits.time_s + TICK_S)

    async def leave(self, drain_s: float) -> None:
        """Let all go, after what they hold or the time given."""
        self._stuck.cancel()
        for number in list(self.up):
            self._let_go(self.up.pop(number), drain_s)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=max(drain_s, 0) + LEAVE_S)

    def _remember(self) -> None:
        """Take up what the process before this one wrote."""
        try:
            state = json.loads((self._folder / "state.json").read_bytes())
            self.roles = Roles(state["live"], state["before"])
            self._proven = set(state.get("proven", ()))
            self._plans = {number: part(VersionPlan, spec) for number, spec in state["plans"].items()}
            self.rejected = {
                number: Rejection(item["reason"], item["message"], item["at"], part(VersionPlan, item["plan"]))
                for number, item in state["rejected"].items()
            }
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            _log.warning("state.json is not used: %s", error)

    def _write(self) -> None:
        self._proven |= {number for number, version in self.up.items() if version.was_ready}
        self._proven &= set(self.up)
        state = {
            "proven": sorted(self._proven),
            "revision": self.plan.revision,
            "live": self.roles.live,
            "before": self.roles.before,
            "plans": {number: asdict(spec) for number, spec in self._plans.items() if number in self.up},
            "rejected": {number: asdict(item) for number, item in self.rejected.items()},
        }
        new = self._folder / "state.json.new"
        new.write_text(json.dumps(state))
        os.replace(new, self._folder / "state.json")
