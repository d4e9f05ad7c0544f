"""Deployments as verbs: serving a model, changing what is served and to whom, asking it. The same at every door.

A verb writes down what is wanted and sees to it that somebody makes it so; `wait` waits for that.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.app.asking import ANSWERING, Asking, View, is_settled
from jupyter_mlops.app.config import MlopsSettings
from jupyter_mlops.app.deploying import address_of, free_port, readable_paths, resolve
from jupyter_mlops.base.errors import ConflictError, UnavailableError, UsageError
from jupyter_mlops.base.identity import actor
from jupyter_mlops.deployments import rollout
from jupyter_mlops.deployments.deployment import Deployment, Event, Options, Status, Wanted, deployment_name
from jupyter_mlops.deployments.rollout import Change
from jupyter_mlops.deployments.serving.plan import LogPlan
from jupyter_mlops.deployments.store import DeploymentStore
from jupyter_mlops.deployments.target import Target
from jupyter_mlops.deployments.targets.local import LocalTarget
from jupyter_mlops.deployments.tokens import digest, new_token
from jupyter_mlops.deployments.wish import wish

if TYPE_CHECKING:
    from jupyter_mlops.db.session import Database
    from jupyter_mlops.models.registry import Registry

POLL_S = 0.1
DELETE_S = 20.0


class Deployments(Asking):
    """The verbs of deployments; those that only ask are in `Asking`.

    Parameters
    ----------
    registry
        returns the registry of models.
    keep_alive
        sees to it that there is a runner.
    """

    def __init__(
        self,
        settings: MlopsSettings,
        database: Database,
        registry: Callable[[], Registry],
        keep_alive: Callable[[], None],
        target: Target | None = None,
    ) -> None:
        self._home = settings.home_path
        self._registry, self._keep_alive = registry, keep_alive
        super().__init__(DeploymentStore(database))
        self.target = target or LocalTarget()

    def create(
        self, name: str, model: str, options: Options | None = None, *, port: int = 0, host: str = "127.0.0.1"
    ) -> tuple[Deployment, str]:
        """Let a model be served; return the deployment and its token, which is kept nowhere.

        Parameters
        ----------
        model
            ``NAME@ALIAS``, ``NAME/VERSION``, or ``NAME``: its champion.
        port
            0 is a free one; it is kept.

        Raises
        ------
        ConflictError
            ``deployment.exists``.
        UsageError
            ``deployment.readable``.
        NotFoundError
            ``model.not_found``, ``model.no_version``, ``model.no_alias``.
        """
        found = deployment_name(name)
        self._refuse_taken(found)
        named, alias, version = resolve(self._registry(), model)
        given = options or Options()
        readable = readable_paths(given.readable, self._home)
        token = new_token()
        identifier = uuid.uuid4().hex
        made = Deployment(
            id=identifier,
            name=found,
            model=named,
            alias=alias,
            version=version,
            seen=version,
            folder=self._folder(identifier),
            host=host,
            port=port or free_port(host, {each.port for each in self.store.listed(with_deleted=True)}),
            options=replace(given, readable=readable, tracking_uri=address_of(self._registry())),
            tokens=(digest(token),),
            author=actor().name,
            created_at=datetime.now(UTC),
        )
        made.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.folder.parent.chmod(0o700)
        created = self.store.create(made, actor())
        self._see_to_it()
        return created, token

    def listed(self) -> list[View]:
        """Return all deployments, by name."""
        return [self._view(each) for each in self.store.listed()]

    def get(self, name: str) -> View:
        """Return one."""
        return self._view(self.store.get(name))

    def serving(self, model: str, version: int | None = None) -> list[str]:
        """Return the names of the deployments of a model; or of those in which a version has a part."""
        found = [each for each in self.store.listed() if each.model == model]
        return [each.name for each in found if version in (None, each.live, each.canary, each.shadow)]

    def events(self, name: str, after: int = 0) -> list[Event]:
        """Return what happened to a deployment after event number `after`, oldest first."""
        return self.store.events(self.store.get(name).id, after)

    def history(self, name: str) -> list[Event]:
        """Return what happened to a deployment, and to those of its name that were deleted, oldest first."""
        return self.store.history(name)

    def update(
        self,
        name: str,
        *,
        model: str | None = None,
        canary: int | None = None,
        percent: int | None = None,
        shadow: int | None = None,
        log: LogPlan | None = None,
    ) -> View:
        """Change what is served and to whom; what is not named stays.

        Parameters
        ----------
        canary, percent
            the version that answers `percent` of the requests (10 when not given); 0 ends it, 100 makes it live.
        shadow
            the version that answers beside the live one, unheard; 0 ends it.
        """
        before = self.store.get(name)
        decisions: list[Callable[[Deployment], Change]] = []
        if model is not None:
            named, alias, version = resolve(self._registry(), model)
            decisions.append(lambda now: rollout.asked(now, named, alias, version))
        if canary is not None or percent is not None:
            chosen = canary if canary is not None else before.canary
            if chosen is None:
                raise UsageError("deployment.canary", "there is no canary to give requests to", "name a version")
            self._must_exist(before.model, chosen)
            share = percent if percent is not None else 10
            if not 0 <= share <= 100:
                raise UsageError("deployment.percent", f"{share} is no percentage", "give 0 to 100")
            decisions.append(lambda now: rollout.split(now, chosen, share))
        if shadow is not None:
            if shadow:
                self._must_exist(before.model, shadow)
            decisions.append(lambda now: rollout.shadowed(now, shadow or None))
        if log is not None:
            decisions.append(lambda now: rollout.logged(now, log))
        return self._decide(name, lambda now: _all(now, decisions))

    def promote(self, name: str) -> View:
        """Make the canary live."""
        return self._decide(name, rollout.promoted)

    def rollback(self, name: str) -> View:
        """End the canary, or else serve again what was served before."""
        return self._decide(name, rollout.rolled_back)

    def stop(self, name: str) -> View:
        """Serve no more; what is being answered is answered."""
        return self._decide(name, rollout.stopped)

    def start(self, name: str) -> View:
        """Serve again."""
        return self._decide(name, rollout.started)

    def token(self, name: str) -> str:
        """Make a new token and return it; those before no longer open."""
        token = new_token()
        message = {"message": "a new token was made"}
        self._decide(name, lambda now: Change(replace(now, tokens=(digest(token),)), (Event("token", message),)))
        return token

    def delete(self, name: str, *, timeout_s: float = DELETE_S) -> Deployment:
        """Stop serving and remove all files; return what it was.

        Raises
        ------
        UnavailableError
            ``deployment.not_deleted``: it is still being stopped.
        """
        found = self.store.get(name)
        gone = Event("deleted", {"message": "it is to be deleted, with its files"})
        self.store.apply(name, lambda now: Change(replace(now, wanted=Wanted.DELETED), (gone,)), actor())
        self._see_to_it()
        until = time.monotonic() + timeout_s
        while any(each.id == found.id for each in self.store.listed(with_deleted=True)):
            if time.monotonic() > until:
                raise UnavailableError(
                    "deployment.not_deleted", f'deployment "{name}" is still being stopped', "look again in a moment"
                )
            time.sleep(POLL_S)
        return found

    def wait(self, name: str, *, timeout_s: float = 120.0, on_change: Callable[[View], None] | None = None) -> View:
        """Wait until what is wanted is served, or it is known that it cannot be; return what is then."""
        until = time.monotonic() + timeout_s
        last: Deployment | None = None
        while True:
            view = self.get(name)
            if on_change is not None and view.deployment != last:
                on_change(view)
            last = view.deployment
            if is_settled(last) or time.monotonic() > until:
                return view
            time.sleep(POLL_S)

    def _decide(self, name: str, decide: Callable[[Deployment], Change]) -> View:
        found = self.store.get(name)
        observed = self.target.observed(found.folder) if found.wanted is Wanted.SERVING else None
        live = observed.live if observed is not None and observed.is_serving else None
        # What answers by now, though its manager has not heard of it yet, is what a roll back comes back to.
        heard = [lambda now: rollout.confirmed(now, live)] if live is not None else []
        changed = self.store.apply(found.name, lambda now: _all(now, [*heard, decide]), actor())
        self._see_to_it()
        return self._view(changed)

    def _see_to_it(self) -> None:
        wish(self._home)
        self._keep_alive()

    def _view(self, deployment: Deployment) -> View:
        if deployment.wanted is not Wanted.SERVING:
            return View(deployment, None)
        observed = self.target.observed(deployment.folder)
        if observed is None and deployment.status in ANSWERING:
            # Its manager has not noticed yet, or is not there.
            deployment = replace(deployment, status=Status.STARTING)
        return View(deployment, observed)

    def _must_exist(self, model: str, version: int) -> None:
        self._registry().version(model, version)

    def _refuse_taken(self, name: str) -> None:
        if any(each.name == name and each.wanted is not Wanted.DELETED for each in self.store.listed()):
            raise ConflictError(
                "deployment.exists",
                f'there is a deployment "{name}" already',
                f"`deployments update {name}` changes it",
            )

    def _folder(self, identifier: str) -> Path:
        """Return a short path: a Unix socket in it must have one."""
        return self._home / "deployments" / identifier[:10]


def _all(deployment: Deployment, decisions: Sequence[Callable[[Deployment], Change]]) -> Change:
    events: tuple[Event, ...] = ()
    for decide in decisions:
        change = decide(deployment)
        deployment, events = change.deployment, events + change.events
    return Change(deployment, events)
