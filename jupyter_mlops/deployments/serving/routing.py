"""From a request to an answer: a version is chosen, asked, and another worker asked when that one ended.

A request is asked again when its worker ended before it answered, at most `TRIES` times while it was the one that the
worker was at, since it may be what ends them. Where a canary fails, is late or ends, the live version answers in its
place, and that is counted against the canary, unless the live version fails with this request too.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from typing import Any, NamedTuple

from jupyter_mlops.deployments.serving.answers import Refused
from jupyter_mlops.deployments.serving.link import WorkerLost
from jupyter_mlops.deployments.serving.pool import Late, PoolClosed
from jupyter_mlops.deployments.serving.rollout import Roles
from jupyter_mlops.deployments.serving.version import Version
from jupyter_mlops.deployments.serving.versions import Versions
from jupyter_mlops.deployments.serving.wire import Frame, clock_ms

TRIES = 4
# The share of a request's time that a canary has before the live version is asked.
TRIAL = 0.5
FAULTS = ("model", "input")


class Routed(NamedTuple):
    """An answer and who gave it."""

    version: Version
    frame: Frame
    ms: float


def choose(roles: Roles, sticky: bytes | None, draw: float) -> str | None:
    """Return the version for a request. Pure.

    Parameters
    ----------
    sticky
        The value of the canary's header; the same value goes to the same version, and whoever is with the canary
        stays with it when its share grows.
    draw
        A random number from 0 to 1, for requests without the header.

    Examples
    --------
    >>> from jupyter_mlops.deployments.serving.plan import Canary
    >>> roles = Roles("1", canary=Canary("2", 10.0))
    >>> choose(roles, None, 0.05), choose(roles, None, 0.5), choose(roles, b"ada", 0.05) == choose(roles, b"ada", 0.5)
    ('2', '1', True)
    """
    canary = roles.canary
    if canary is None:
        return roles.live
    if sticky is not None:
        digest = hashlib.blake2b(sticky, digest_size=4).digest()
        draw = int.from_bytes(digest, "big") / 2**32
    return canary.version if draw * 100 < canary.percent else roles.live


class Routing:
    """Asks the versions of a deployment."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    @property
    def live(self) -> str | None:
        """The version that is live."""
        return self._versions.roles.live

    def pick(self, sticky: bytes | None, number: str | None, is_fallback: bool = False) -> Version:
        """Return the version to ask.

        Parameters
        ----------
        number
            The one that the client named; None is any.
        is_fallback
            Whether a canary has failed with this request.

        Raises
        ------
        Refused
            When there is none.
        """
        versions = self._versions
        if number is not None:
            version = versions.up.get(number)
            if version is None:
                raise Refused(404, "version.not_found", f"version {number} is not served", "ask without a version")
            return version
        roles = versions.roles
        chosen = roles.live if is_fallback else choose(roles, sticky, random.random() if roles.canary else 0.0)
        version = versions.up.get(chosen) if chosen else None
        if version is not None and roles.canary and chosen == roles.canary.version and not version.is_ready:
            version = versions.up.get(roles.live or "")
        if version is None or version.state == "failed":
            raise Refused(503, "deployment.down", "no version is ready", "look at the deployment's log", retry_after=5)
        return version

    async def ask(
        self, head: dict[str, Any], body: bytes, *, time_s: float, sticky: bytes | None, number: str | None = None
    ) -> Routed:
        """Return the answer to a request.

        Raises
        ------
        Refused
            When there is none in time, or no version.
        """
        began, tries, is_fallback = time.monotonic(), 0, False
        doubted: tuple[Version, float, int] | None = None
        while True:
            version = self.pick(sticky, number, is_fallback)
            may_fall_back = number is None and not is_fallback
            # Whoever is asked in place of the live one leaves it the time to answer.
            span = time_s * TRIAL if may_fall_back and version.number != self.live else time_s
            head["deadline_ms"] = clock_ms() + int((began + span - time.monotonic()) * 1000)
            frame, code = None, 500
            try:
                frame = await version.pool.ask(head, body, began + span, urgent=tries == 1)
                code = int(frame.head["status"])
            except PoolClosed:
                await asyncio.sleep(0)
                continue
            except WorkerLost as lost:
                tries += lost.executing
                head["again"] = tries > 0
                if lost.executing and version.number != self.live:
                    # Its next process is not there yet, and the live version may be asked in its place.
                    doubted = version, (time.monotonic() - began) * 1000, code
                if tries < TRIES and time.monotonic() < began + span:
                    continue
            except Late:
                code = 504
            ms = (time.monotonic() - began) * 1000
            fault = "model" if frame is None else frame.head.get("fault")
            if fault in FAULTS and may_fall_back and version.number != self.live:
                is_fallback, tries = True, 0
                doubted = None if frame is None else (version, ms, code)
                if frame is None:
                    self._count(version, ms, code, True)
                continue
            self._count(version, ms, code, fault == "model")
            if doubted is not None and doubted[0] is not version:
                # What the live version cannot answer either is no fault of the other one.
                self._count(*doubted, fault not in FAULTS)
            if frame is None and code == 504:
                raise Refused(504, "request.late", f"no answer within {time_s:g} s", "")
            if frame is None:
                raise Refused(500, "model.crashed", "the model's process ended each time it was asked this", "")
            return Routed(version, frame, ms)

    def _count(self, version: Version, ms: float, code: int, is_error: bool) -> None:
        version.stats.record(ms, code, is_error)
        if is_error:
            self._versions.failed(version)
