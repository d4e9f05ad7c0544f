"""Asking what is served: predictions, numbers, logs, and what is known of the model. Nothing is changed by it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.app.prediction import JSON, encoded, predictions, told_by
from jupyter_mlops.base.errors import UnavailableError
from jupyter_mlops.deployments import client
from jupyter_mlops.deployments.client import Reply, Streamed
from jupyter_mlops.deployments.deployment import Deployment, Status, Wanted
from jupyter_mlops.deployments.fetch import READY, VERSIONS
from jupyter_mlops.deployments.store import DeploymentStore
from jupyter_mlops.deployments.target import Observed
from jupyter_mlops.deployments.targets.local import log_of
from jupyter_mlops.models.facts import Facts, read_facts

PATIENCE_S = 5.0
ANSWERING = (Status.READY, Status.DEGRADED)


@dataclass(frozen=True)
class View:
    """A deployment with what its front says of it at this moment; None when it does not answer."""

    deployment: Deployment
    observed: Observed | None

    def to_json(self) -> dict[str, Any]:
        """Return what the doors show."""
        versions = {str(n): dict(each.data) for n, each in self.observed.versions.items()} if self.observed else {}
        return {**self.deployment.to_json(), "versions": versions}


def is_settled(deployment: Deployment) -> bool:
    """Return whether what is wanted is served, or it is known that it cannot be."""
    if deployment.wanted is Wanted.STOPPED:
        return deployment.status is Status.STOPPED
    if deployment.status is Status.READY:
        return deployment.live == deployment.version
    return deployment.status in (Status.DEGRADED, Status.FAILED)


class Asking:
    """The verbs that only ask.

    Attributes
    ----------
    store
        the deployments.
    """

    def __init__(self, store: DeploymentStore) -> None:
        self.store = store

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask a deployment as its owner, without its token; `path` begins with a slash."""
        return self.stream(name, method, path, body, headers).whole()

    def stream(
        self,
        name: str,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Streamed:
        """Ask as `ask` does; the body of the answer comes in pieces."""
        found = self.store.get(name)
        # One that was answering a moment ago is back soon.
        patience_s = PATIENCE_S if found.wanted is Wanted.SERVING and found.status in ANSWERING else 0.0
        timeout_s = found.options.limits.time_s + 10
        return client.stream(found.folder, method, path, body, headers, timeout_s, patience_s)

    def predict(self, name: str, data: object, params: Mapping[str, Any] | None = None) -> Any:
        """Return the predictions for a data frame, an array, records or a body of ``/invocations``.

        Raises
        ------
        MlopsError
            what the deployment says is wrong; see `app.prediction`.
        """
        return self.predict_body(name, encoded(data, params))

    def predict_body(self, name: str, body: bytes, media_type: str = JSON) -> Any:
        """Return the predictions for a body of ``/invocations``; raises as `predict` does."""
        return predictions(self.ask(name, "POST", "/invocations", body, {"Content-Type": media_type}))

    def stats(self, name: str, last_s: int = 900) -> Mapping[str, Any]:
        """Return requests, errors and latency by version; empty while nobody answers."""
        with contextlib.suppress(UnavailableError):
            told = told_by(self.ask(name, "GET", f"/stats?last_s={last_s}"))
            if isinstance(told, dict) and "buckets" in told:
                return told
        return {"width_s": 0, "buckets": []}

    def log(self, name: str, version: int | None = None, lines: int = 500) -> tuple[str, bool]:
        """Return the end of what a version, or the deployment itself, wrote; and whether something is left out."""
        return log_of(self.store.get(name).folder, version, lines)

    def facts(self, deployment: Deployment) -> Facts | None:
        """Return what is known of the model that is live, from its files; None while they are not here."""
        for number in (deployment.live, deployment.version):
            folder = deployment.folder / VERSIONS / str(number)
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                return read_facts(Path(json.loads((folder / READY).read_bytes())["folder"]))
        return None
