"""The manager: lets happen what is wanted of every deployment, one turn at a time, and writes down what is.

It holds nothing that matters: what is wanted is in the store, what is served says the front, and what was fetched is on
the disk. Killed at any moment, it goes on where it was; the fronts go on without it.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import MlopsError, NotFoundError, UnavailableError
from jupyter_mlops.deployments import confinement, rollout
from jupyter_mlops.deployments.deployment import Deployment, Rejection, Status, Wanted
from jupyter_mlops.deployments.fetch import Fetcher, RejectedError
from jupyter_mlops.deployments.follow import Aliases, Followed
from jupyter_mlops.deployments.plan import PLAN, Place, Problem, is_same, judged, plan
from jupyter_mlops.deployments.store import DeploymentStore
from jupyter_mlops.deployments.target import Observed, Target
from jupyter_mlops.runs.files import read_json

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
# A front that lived so long did not die of its start.
SETTLED_S = 20.0
RETOLD_S = 2.0
# Deaths in a row after which it is said that the front does not start.
HOPELESS = 4
_log = logging.getLogger(__name__)


@dataclass
class _Front:
    """What the manager remembers of a front that it keeps alive; it may forget it."""

    plan: dict[str, Any] | None = None
    told_at: float = 0.0
    started_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    deaths: int = 0
    has_served: bool = False
    error: MlopsError | None = None
    kept: tuple[int, ...] = field(default=())

    @property
    def standing(self) -> int | None:
        """What the plan says is to be live."""
        live = self.plan.get("live") if self.plan else None
        return int(live) if live else None


class Manager:
    """Takes turns over all deployments of a store."""

    def __init__(
        self,
        store: DeploymentStore,
        target: Target,
        fetcher: Fetcher,
        aliases: Aliases,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._target, self._fetcher, self._aliases = store, target, fetcher, aliases
        self._clock = clock
        self._fronts: dict[Path, _Front] = {}
        self._folders: list[Path] | None = None

    def tick(self) -> bool:
        """Take a turn; return whether there is anything to look after.

        Raises
        ------
        UnavailableError
            the store cannot be used.
        """
        self._folders = None
        found = self._store.listed(with_deleted=True)
        serving = [each for each in found if each.wanted is Wanted.SERVING]
        self._aliases.follow([followed for each in serving if (followed := _followed(each))])
        for deployment in found:
            try:
                self._tend(deployment)
            except NotFoundError:
                continue  # deleted meanwhile
            except UnavailableError:
                raise
            except Exception:
                # A door: what is wrong with one deployment must not end the others.
                _log.exception("deployment %s cannot be looked after", deployment.name)
        if all(each.status is (Status.READY if each.wanted is Wanted.SERVING else Status.STOPPED) for each in found):
            self._folders = [each.folder for each in serving]
        return any(each.wanted is not Wanted.STOPPED or each.status is not Status.STOPPED for each in found)

    def signs(self) -> object:
        """Return what changes with whatever a turn may change something for; None when one is due anyway."""
        if self._folders is None or self._fetcher.is_busy or (store := self._store.signs()) is None:
            return None
        return store, self._aliases.moves, [self._target.signs(folder) for folder in self._folders]

    def _tend(self, deployment: Deployment) -> None:
        if deployment.wanted is Wanted.DELETED:
            self._delete(deployment)
        elif deployment.wanted is Wanted.STOPPED:
            self._stop(deployment)
        else:
            self._serve(deployment)

    def _delete(self, deployment: Deployment) -> None:
        if not self._target.stop(deployment.folder):
            return
        self._fronts.pop(deployment.folder, None)
        self._fetcher.forget(deployment.folder)
        shutil.rmtree(deployment.folder, ignore_errors=True)
        self._store.remove(deployment.id)
        _log.info("deployment %s is deleted", deployment.name)

    def _stop(self, deployment: Deployment) -> None:
        if deployment.status is Status.STOPPED or not self._target.stop(deployment.folder):
            return
        self._fronts.pop(deployment.folder, None)
        self._store.apply(deployment.name, lambda now: rollout.observed(now, Status.STOPPED, None))

    def _serve(self, deployment: Deployment) -> None:
        front = self._fronts.setdefault(deployment.folder, _Front())
        if front.plan is None:
            front.plan = _written(deployment.folder)
        # Heard first: what it has become is what the next thing is decided on.
        observed = self._target.observed(deployment.folder)
        if observed is not None:
            front.has_served |= observed.is_serving
            deployment = self._hear(deployment, front, observed)
        deployment = self._follow(deployment)
        deployment, places = self._places(deployment, front)
        self._tell(deployment, front, places)
        self._keep_alive(deployment, front)
        self._judge(deployment, front, observed)
        self._tidy(deployment, front, observed)

    def _follow(self, deployment: Deployment) -> Deployment:
        followed = _followed(deployment)
        version = self._aliases.seen(followed) if followed else None
        if version is None or version == deployment.seen:
            return deployment
        return self._store.apply(
            deployment.name,
            # What it follows may have been changed since it was read.
            lambda now: rollout.moved(now, version) if _followed(now) == followed else rollout.Change(now),
        )

    def _places(self, deployment: Deployment, front: _Front) -> tuple[Deployment, dict[int, Place]]:
        places: dict[int, Place] = {}
        standing = front.standing
        for number in dict.fromkeys([*deployment.needed, *([standing] if standing is not None else [])]):
            try:
                place = self._fetcher.place(deployment, number)
            except RejectedError as error:
                deployment = self._reject(deployment, number, error.why)
                continue
            if place is not None:
                places[number] = place
        allowed = {*deployment.needed, *({standing} - set(deployment.rejected))}
        return deployment, {n: place for n, place in places.items() if n in allowed}

    def _reject(self, deployment: Deployment, number: int, why: Rejection) -> Deployment:
        _log.warning("%s: version %s is not served: %s", deployment.name, number, why.message)
        # Somebody may have asked for it again meanwhile: then it is tried again, and found out again.
        return self._store.apply(
            deployment.name,
            lambda now: (
                rollout.Change(now) if now.revision != deployment.revision else rollout.rejected(now, number, why)
            ),
        )

    def _tell(self, deployment: Deployment, front: _Front, places: dict[int, Place]) -> None:
        last = int(front.plan["revision"]) if front.plan else 0
        wanted = plan(deployment, places, last + 1, front.standing, confinement.of(None))
        if not is_same(front.plan, wanted):
            self._target.apply(deployment.folder, wanted)
            front.plan, front.told_at = wanted, self._clock()

    def _keep_alive(self, deployment: Deployment, front: _Front) -> None:
        now = self._clock()
        if now < front.started_at + front.pause_s:
            return
        try:
            is_started = self._target.ensure(deployment.folder)
            front.error = None
        except UnavailableError as error:
            is_started, front.error = True, error
        if is_started:
            # One that answered did not die of its start: the next one need not wait.
            is_early = now - front.started_at < SETTLED_S and not front.has_served
            front.deaths, front.has_served = front.deaths + 1 if is_early else 1, False
            front.pause_s = min(front.pause_s * 2, LONGEST_PAUSE_S) if front.deaths > 2 else FIRST_PAUSE_S
            front.started_at = now
            _log.info("front of %s is started", deployment.name)

    def _hear(self, deployment: Deployment, front: _Front, observed: Observed) -> Deployment:
        """Take over what the front decided, once it has read the plan that holds."""
        if front.plan is None or observed.revision != front.plan["revision"]:
            if front.plan is not None and self._clock() > front.told_at + RETOLD_S:
                self._target.apply(deployment.folder, front.plan)
                front.told_at = self._clock()
            return deployment
        for number, data in observed.rejected.items():
            if number not in deployment.rejected and str(number) in front.plan["versions"]:
                why = Rejection(
                    str(data.get("reason", "check")), str(data.get("message", "")), str(data.get("hint", ""))
                )
                deployment = self._reject(deployment, number, why)
        live = observed.live
        is_new = live != deployment.live and observed.is_serving
        if live is not None and is_new and str(live) in front.plan["versions"]:
            deployment = self._store.apply(deployment.name, lambda now: rollout.confirmed(now, live))
        return deployment

    def _judge(self, deployment: Deployment, front: _Front, observed: Observed | None) -> None:
        problems: dict[int, Problem] = {}
        for number in deployment.needed:
            if (problem := self._fetcher.problem(deployment, number)) is not None:
                problems[number] = problem
        status, error = judged(deployment, observed, problems, _ill(deployment, front))
        if (status, error) != (deployment.status, deployment.error):
            self._store.apply(
                deployment.name,
                lambda now: (
                    rollout.observed(now, status, error) if now.wanted is Wanted.SERVING else rollout.Change(now)
                ),
            )

    def _tidy(self, deployment: Deployment, front: _Front, observed: Observed | None) -> None:
        if observed is None:
            return
        planned = (int(number) for number in (front.plan or {}).get("versions", ()))
        kept = tuple(sorted({*deployment.needed, *planned, *observed.versions}))
        if kept != front.kept:
            self._fetcher.forget(deployment.folder, kept)
            front.kept = kept


def _followed(deployment: Deployment) -> Followed | None:
    if deployment.alias is None:
        return None
    return Followed(deployment.options.tracking_uri, deployment.model, deployment.alias)


def _ill(deployment: Deployment, front: _Front) -> Problem | None:
    if front.error is not None:
        return front.error.to_json()
    if front.deaths < HOPELESS:
        return None
    message = f"its front has ended {front.deaths} times in a row"
    return {"code": "deployment.front", "message": message, "hint": f"`deployments logs {deployment.name}` tells why"}


def _written(folder: Path) -> dict[str, Any] | None:
    try:
        found = read_json(folder / PLAN)
        return found if isinstance(found, dict) and isinstance(found.get("revision"), int) else None
    except (OSError, ValueError):
        return None
