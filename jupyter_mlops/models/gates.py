"""Gates: an ordered list of small rules that a version passes before an alias is moved to it. Plain data, pure checks.

As YAML::

    - metric: {name: accuracy, at_least: 0.9}
    - not_worse: {metric: accuracy, by: 0.01}
    - signature
    - example_predicts
    - format: {allow: [skops, onnx]}
    - approval: {count: 2}

Each rule says ``pass``, ``fail``, or ``na`` where it does not apply, with what it saw. A rule never loads a model; the
two that need one to predict ask `Evidence.trial`, which runs it in a process of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jupyter_mlops.models.facts import Facts
from jupyter_mlops.models.formats import FileFormat
from jupyter_mlops.models.version import ModelVersion


class Verdict(StrEnum):
    """What a rule says; `NA`: it does not apply, and why stands in the message."""

    PASS = "pass"
    FAIL = "fail"
    NA = "na"


@dataclass(frozen=True)
class Gate:
    """What one rule said of one version."""

    rule: str
    status: Verdict
    message: str
    value: Any = None
    threshold: Any = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it with numbers that JSON has no word for as texts."""
        return {
            "rule": self.rule,
            "status": self.status.value,
            "message": self.message,
            "value": _plain(self.value),
            "threshold": _plain(self.threshold),
            "evidence": {name: _plain(value) for name, value in self.evidence.items()},
        }


@dataclass(frozen=True)
class Trial:
    """What came of letting a model predict its input example, in a process of its own.

    Attributes
    ----------
    has_example
        whether there is one; without it nothing was tried.
    error
        why it does not load or predict; empty when it does.
    latencies_ms
        of each prediction of the example, milliseconds.
    """

    has_example: bool
    error: str = ""
    latencies_ms: tuple[float, ...] = ()


@dataclass(frozen=True)
class Twin:
    """An earlier run with the same notebook, parameters and code, and its metrics."""

    run_id: str
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Approval:
    """A person's yes; `is_verified`: a Jupyter server authenticated the person."""

    author: str
    note: str = ""
    is_verified: bool = False


@dataclass(frozen=True)
class Evidence:
    """All that rules look at.

    Attributes
    ----------
    champion
        the version that the alias points to now; None when there is none, or it is this one.
    twins
        looks for runs that should have given the same.
    is_shared
        whether a hub tells people apart, so that nobody can approve a version of their own.
    accepts_unverified
        whether approvals count that no server authenticated, where more than one person is asked.
    """

    version: ModelVersion
    metrics: Mapping[str, float]
    champion: ModelVersion | None
    champion_metrics: Mapping[str, float]
    facts: Facts
    formats: Sequence[FileFormat]
    trial: Callable[[], Trial]
    commit: str | None = None
    is_dirty: bool | None = None
    twins: Callable[[], Sequence[Twin]] = tuple
    approvals: Sequence[Approval] = ()
    is_shared: bool = False
    accepts_unverified: bool = False


def is_open(gates: Sequence[Gate]) -> bool:
    """Return whether no rule failed."""
    return all(gate.status is not Verdict.FAIL for gate in gates)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
