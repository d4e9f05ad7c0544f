"""A deployment as a value: what is wanted of it, what it is, and the words for both.

wanted
    ``serving``, ``stopped`` or ``deleted``: what its owner said last.
version
    the version that is to be live. It is the one asked for last, by the owner or by moving the alias (`seen`), unless
    that one was rejected or rolled back, or a canary was made live since.
live, previous
    the version that answers, and the one that answered before it; they change when the front says so.
canary, shadow
    versions that answer `percent` of the requests, or answer beside the live one without being heard.
rejected
    versions that are not served, with the reason, until somebody asks for them again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NewType

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.deployments.serving.plan import Budget, Limits, LogPlan, part

DeploymentName = NewType("DeploymentName", str)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
Json = dict[str, Any]


class Wanted(StrEnum):
    """What the owner wants."""

    SERVING = "serving"
    STOPPED = "stopped"
    DELETED = "deleted"
    # It is deleted; its row stays, for what happened to it.
    GONE = "gone"


class Status(StrEnum):
    """What a deployment is. ``degraded``: it answers, but not with what it should, or not with all that it should."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    FAILED = "failed"
    STOPPED = "stopped"


class Reason(StrEnum):
    """Why a version is not served."""

    CHECK = "check"  # it does not load, or its input example does not predict
    ERRORS = "errors"  # it overran the error budget
    CRASH = "crash"  # its process dies again and again
    ENVIRONMENT = "environment"  # packages are missing
    FILES = "files"  # there is no such version, or its files cannot be read
    ROLLBACK = "rollback"  # the owner took it back


@dataclass(frozen=True)
class Options:
    """How a deployment serves.

    Attributes
    ----------
    python
        the interpreter of the environment to serve in; None is one on this machine that has what the model needs.
    readable
        files and folders that the model may read beside its own; absolute.
    network
        whether the model may open connections.
    tracking_uri
        the registry that the model is in, without a password; None is the one of the runner.
    """

    limits: Limits = field(default_factory=Limits)
    log: LogPlan = field(default_factory=LogPlan)
    budget: Budget = field(default_factory=Budget)
    workers: int = 1
    python: str | None = None
    tracking_uri: str | None = None
    readable: tuple[str, ...] = ()
    network: bool = False

    def to_json(self) -> Json:
        """Return the JSON form; what is read of it is the same again."""
        form = asdict(self)
        form["log"]["exclude"], form["readable"] = list(self.log.exclude), list(self.readable)
        return form

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Options:
        """Read the JSON form; words it does not know, of a later version, are left out."""
        return cls(
            part(Limits, data.get("limits")),
            part(LogPlan, data.get("log")),
            part(Budget, data.get("budget")),
            int(data.get("workers", 1)),
            data.get("python"),
            data.get("tracking_uri"),
            tuple(data.get("readable") or ()),
            bool(data.get("network", False)),
        )


@dataclass(frozen=True)
class Rejection:
    """Why a version is not served."""

    reason: str
    message: str
    hint: str = ""

    def to_json(self) -> Json:
        """Return the JSON form."""
        return asdict(self)


@dataclass(frozen=True)
class Deployment:
    """A deployment. See the words at the top."""

    id: str
    name: DeploymentName
    model: str
    alias: str | None
    version: int
    folder: Path
    port: int
    created_at: datetime
    host: str = "127.0.0.1"
    seen: int | None = None
    wanted: Wanted = Wanted.SERVING
    revision: int = 1
    live: int | None = None
    previous: int | None = None
    canary: int | None = None
    percent: int = 0
    shadow: int | None = None
    rejected: Mapping[int, Rejection] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    tokens: tuple[str, ...] = ()
    status: Status = Status.STARTING
    error: Mapping[str, str] | None = None
    author: str | None = None
    updated_at: datetime | None = None

    @property
    def url(self) -> str:
        """Where it answers those with its token."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def reference(self) -> str:
        """``MODEL@ALIAS`` or ``MODEL/VERSION``."""
        return f"{self.model}@{self.alias}" if self.alias else f"{self.model}/{self.version}"

    @property
    def needed(self) -> list[int]:
        """The versions that it takes to serve, the most urgent first; one that is rejected only while it is live."""
        every = (self.live, self.version, self.canary, self.shadow, self.previous)
        return [n for n in dict.fromkeys(every) if n is not None and (n == self.live or n not in self.rejected)]

    def to_json(self) -> Json:
        """Return what the doors show; no token and no sum of one."""
        return {
            "name": self.name,
            "model": self.model,
            "alias": self.alias,
            "version": self.version,
            "status": str(self.status),
            "error": dict(self.error) if self.error else None,
            "live": self.live,
            "previous": self.previous,
            "canary": {"version": self.canary, "percent": self.percent} if self.canary is not None else None,
            "shadow": self.shadow,
            "rejected": {str(number): why.to_json() for number, why in sorted(self.rejected.items())},
            "url": self.url,
            "folder": str(self.folder),
            "created_at": self.created_at.isoformat(),
            "author": self.author,
            "options": self.options.to_json(),
        }


@dataclass(frozen=True)
class Event:
    """Something that happened to a deployment; `seq` is None while it is not stored."""

    kind: str
    data: Mapping[str, Any]
    seq: int | None = None
    at: datetime | None = None

    @property
    def message(self) -> str:
        """What it says to people."""
        return str(self.data.get("message", ""))


def deployment_name(text: str) -> DeploymentName:
    """Return a name that can be part of an address; raise `UsageError` (``deployment.name``) otherwise."""
    if not _NAME.fullmatch(text):
        raise UsageError(
            "deployment.name",
            f"{text!r} cannot be the name of a deployment",
            "take up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
        )
    return DeploymentName(text)
