"""A deployment as Python sees it: looked at when asked, every property reads the store anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.workbench import Workbench

if TYPE_CHECKING:
    from jupyter_mlops.app.asking import View


class DeploymentHandle:
    """One deployment.

    Attributes
    ----------
    token
        opens it for others; known to whoever made it, or made a new one, and to nobody else: None then.
    """

    def __init__(self, workbench: Workbench, name: str, token: str | None = None) -> None:
        self._verbs = workbench.deployments
        self.name = name
        self.token = token

    @property
    def status(self) -> str:
        """``starting``, ``ready``, ``degraded``, ``failed`` or ``stopped``."""
        return str(self._view().deployment.status)

    @property
    def url(self) -> str:
        """Where it answers those with its token."""
        return self._view().deployment.url

    @property
    def live(self) -> int | None:
        """The version that answers."""
        return self._view().deployment.live

    def predict(self, data: object, params: Mapping[str, Any] | None = None) -> Any:
        """Return the predictions for a data frame, an array, records or a body of ``/invocations``."""
        return self._verbs.predict(self.name, data, params)

    def wait(self, timeout: float = 120.0) -> DeploymentHandle:
        """Wait until it serves what it should, or it is known that it cannot; return the deployment itself."""
        self._verbs.wait(self.name, timeout_s=timeout)
        return self

    def update(
        self,
        model: str | None = None,
        *,
        canary: int | None = None,
        percent: int | None = None,
        shadow: int | None = None,
    ) -> DeploymentHandle:
        """Change what is served and to whom; see the verb ``deployments update``."""
        self._verbs.update(self.name, model=model, canary=canary, percent=percent, shadow=shadow)
        return self

    def promote(self) -> DeploymentHandle:
        """Make the canary live."""
        self._verbs.promote(self.name)
        return self

    def rollback(self) -> DeploymentHandle:
        """End the canary, or else serve again what was served before."""
        self._verbs.rollback(self.name)
        return self

    def stop(self) -> DeploymentHandle:
        """Stop serving."""
        self._verbs.stop(self.name)
        return self

    def start(self) -> DeploymentHandle:
        """Serve again."""
        self._verbs.start(self.name)
        return self

    def delete(self) -> None:
        """Stop serving and delete the deployment with its files; the model stays."""
        self._verbs.delete(self.name)

    def new_token(self) -> str:
        """Make a new token and return it; those before no longer open."""
        self.token = self._verbs.token(self.name)
        return self.token

    def log(self, version: int | None = None, lines: int = 500) -> str:
        """Return the end of what it, or one of its versions, wrote."""
        return self._verbs.log(self.name, version, lines)[0]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form of ``deployments show --json``."""
        return self._view().to_json()

    def _view(self) -> View:
        return self._verbs.get(self.name)

    def __repr__(self) -> str:
        found = self._view().deployment
        return f"<deployment {found.name} of {found.reference}: {found.status}, version {found.live} at {found.url}>"
