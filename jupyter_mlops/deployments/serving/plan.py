"""What a front is to do: ``plan.json``, written by the manager, read here. Pure but for `Plan.read`.

version
    a number of a registered model, as text; `VersionPlan` says where its folder is and what runs it.
live, canary, shadow
    the version that answers; the one that answers a share of the requests; the one whose answers are only compared.
    Any other version in the plan is kept warm.

Rule: what the plan does not say has a default that is safe, and a plan that makes no sense is refused whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")
STICKY_HEADER = "x-mlops-sticky"
ANSWER_BYTES = 64_000_000


class PlanError(Exception):
    """The plan cannot be read, or contradicts itself."""


@dataclass(frozen=True)
class VersionPlan:
    """Where a version's model folder is, which Python runs it, in how many processes.

    `readable` are more files and folders that the model may read, `hidden` are folders that it never reads; `network`
    is whether it may open connections. With `require_sandbox` it is not loaded where there is no sandbox.
    """

    folder: str
    python: str
    workers: int = 1
    readable: tuple[str, ...] = ()
    network: bool = False
    # A worker that runs is not ended because this changed; the next one has it.
    hidden: tuple[str, ...] = field(default=(), compare=False)
    require_sandbox: bool = False
    answer_bytes: int = ANSWER_BYTES


@dataclass(frozen=True)
class Canary:
    """A version that answers `percent` of the requests; those with the same value of `header` stay together."""

    version: str
    percent: float
    header: str = STICKY_HEADER


@dataclass(frozen=True)
class Limits:
    """The most that a request may take.

    Parameters
    ----------
    body_bytes
        The largest body.
    time_s
        From the whole request to its answer.
    concurrency
        Requests that are answered or wait for it at one time.
    header_s, body_s
        For the whole header, and for each 64 kB of the body, to arrive.
    connections
        Open connections; the one idle for the longest gives way.
    answer_bytes
        The largest answer of a model.
    """

    body_bytes: int = 16_000_000
    time_s: float = 60.0
    concurrency: int = 256
    header_s: float = 10.0
    body_s: float = 10.0
    connections: int = 1000
    answer_bytes: int = ANSWER_BYTES


@dataclass(frozen=True)
class LogPlan:
    """The request log: share of the requests, columns never written, bytes of a file, files kept."""

    sample: float = 0.1
    exclude: tuple[str, ...] = ()
    max_bytes: int = 16_000_000
    keep: int = 16


@dataclass(frozen=True)
class Budget:
    """A version is rejected when more than `errors` of at least `least` requests in `window_s` fail by its fault."""

    errors: float = 0.05
    window_s: float = 60.0
    least: int = 20


@dataclass(frozen=True)
class Plan:
    """The whole plan; `revision` tells one from the next.

    The Open Inference Protocol knows the model by the deployment's `name`, and by the `model`'s own.
    """

    name: str
    model: str = ""
    port: int = 0
    host: str = "127.0.0.1"
    revision: int = 0
    token_sha256: tuple[str, ...] = ()
    versions: Mapping[str, VersionPlan] = field(default_factory=dict)
    live: str | None = None
    canary: Canary | None = None
    shadow: str | None = None
    limits: Limits = Limits()
    log: LogPlan = LogPlan()
    budget: Budget = Budget()

    @classmethod
    def read(cls, file: Path) -> Plan:
        """Read a plan.

        Raises
        ------
        PlanError
            When it is not there, no JSON, or contradicts itself.
        """
        try:
            return cls.of(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise PlanError(f"`{file.name}` cannot be used: {error}") from error

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> Plan:
        """Return the plan that a JSON object is.

        Examples
        --------
        >>> plan = Plan.of({"name": "m", "versions": {"3": {"folder": "f", "python": "p"}}, "live": "3"})
        >>> plan.live, plan.versions["3"].workers, plan.limits.time_s
        ('3', 1, 60.0)
        """
        versions = {str(number): part(VersionPlan, spec) for number, spec in (words.get("versions") or {}).items()}
        plan = cls(
            name=str(words["name"]),
            model=str(words.get("model") or ""),
            port=int(words.get("port") or 0),
            host=str(words.get("host") or "127.0.0.1"),
            revision=int(words.get("revision") or 0),
            token_sha256=tuple(str(digest).lower() for digest in words.get("token_sha256") or ()),
            versions=versions,
            live=_version(words.get("live")),
            canary=_canary(words.get("canary")),
            shadow=_version(words.get("shadow")),
            limits=part(Limits, words.get("limits")),
            log=part(LogPlan, words.get("log")),
            budget=part(Budget, words.get("budget")),
        )
        named = (plan.live, plan.canary and plan.canary.version, plan.shadow)
        if unknown := [number for number in named if number and number not in versions]:
            raise ValueError(f"version {unknown[0]} has a role and no folder")
        return plan


def _version(number: Any) -> str | None:
    return None if number in (None, "", 0) else str(number)


def _canary(words: Mapping[str, Any] | None) -> Canary | None:
    if not words or not words.get("percent"):
        return None
    percent = min(max(float(words["percent"]), 0.0), 100.0)
    return Canary(str(words["version"]), percent, str(words.get("header") or STICKY_HEADER).lower())


def part(kind: type[Part], words: Mapping[str, Any] | None) -> Part:
    """Return a part of the plan; words that it does not know are left out, None is the default."""
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    given = {name: value for name, value in (words or {}).items() if name in known and value is not None}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})
