"""The list of models at the door: each with its champion and with what may follow it, compared by one metric."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_mlops.app.models import Entry
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.models.rules import Metric, NotWorse
from jupyter_mlops.models.version import CANDIDATE, CHAMPION, ModelVersion
from jupyter_mlops.server.desk import Call, Desk
from jupyter_mlops.server.forms import models as forms
from jupyter_mlops.server.modelrows import aliases, moment, number


def listed(call: Call) -> forms.Models:
    """List every registered model."""
    entries = call.desk.workbench.models.listed()
    served: dict[str, list[str]] = {}
    for found in call.desk.workbench.deployments.store.listed() if entries else ():
        served.setdefault(found.model, []).append(found.name)
    return forms.Models(models=[_row(call.desk, entry, served.get(entry.model.name, [])) for entry in entries])


def _row(desk: Desk, entry: Entry, served: list[str]) -> forms.Model:
    champion, follower = _version(desk, entry, entry.model.aliases.get(CHAMPION)), _follower(desk, entry)
    metrics = {each.number: desk.workbench.models.metrics(each) for each in (champion, follower) if each}
    old = metrics.get(champion.number, {}) if champion else {}
    new = metrics.get(follower.number, {}) if follower else {}
    name = _telling(desk, follower or champion, old, new)
    shown = old if champion else new
    return forms.Model(
        name=entry.model.name,
        description=entry.model.description,
        latest=entry.model.latest,
        versions=entry.versions,
        aliases=aliases(entry),
        updated_at=moment(entry.model.updated_at),
        metric=_metric(name, shown),
        candidate=_candidate(desk, entry, follower, name, old, new) if follower else None,
        deployments=served,
    )


def _follower(desk: Desk, entry: Entry) -> ModelVersion | None:
    """Return what may become the champion: the candidate, else the newest version; None when that is the champion."""
    held = entry.model.aliases
    found = held.get(CANDIDATE, entry.model.latest)
    return None if found is None or found == held.get(CHAMPION) else _version(desk, entry, found)


def _version(desk: Desk, entry: Entry, wanted: int | None) -> ModelVersion | None:
    if wanted is None:
        return None
    known = entry.known.get(wanted)
    try:
        return known or desk.workbench.models.registry.version(entry.model.name, wanted)
    except NotFoundError:
        return None


def _telling(
    desk: Desk, version: ModelVersion | None, old: Mapping[str, float], new: Mapping[str, float]
) -> str | None:
    """Return the metric to know a model by: one that its gates ask for, else the first that both versions have."""
    shared = (old.keys() & new.keys()) or old.keys() or new.keys()
    if version is None or not shared:
        return None
    try:
        rules = desk.workbench.models.gates.policy(version.name, version).rules
    except UsageError:
        rules = ()
    asked = (r.name if isinstance(r, Metric) else r.metric for r in rules if isinstance(r, Metric | NotWorse))
    return next((name for name in asked if name in shared), min(shared))


def _candidate(
    desk: Desk,
    entry: Entry,
    version: ModelVersion,
    name: str | None,
    old: Mapping[str, float],
    new: Mapping[str, float],
) -> forms.Candidate:
    told = desk.workbench.models.gates.told(version, CHAMPION, entry.model.aliases.get(CHAMPION))
    return forms.Candidate(
        version=version.number,
        is_named=entry.model.aliases.get(CANDIDATE) == version.number,
        metric=_metric(name, new, old),
        gates=forms.Passed(passed=told[0], of=told[1]) if told else None,
    )


def _metric(
    name: str | None, values: Mapping[str, float], champion: Mapping[str, float] | None = None
) -> forms.Metric | None:
    if name is None or name not in values:
        return None
    return forms.Metric(name=name, value=number(values[name]), champion=number((champion or {}).get(name)))
