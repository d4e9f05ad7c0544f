"""Models in their forms: rows, versions, moves, gates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jupyter_mlops.app.gates import Policy
from jupyter_mlops.app.models import Entry
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.models.facts import Column, Signature
from jupyter_mlops.models.formats import formats
from jupyter_mlops.models.history import Move
from jupyter_mlops.models.rules import Rule
from jupyter_mlops.models.version import CHAMPION, COMMIT, JOB, NOTEBOOK, ModelVersion
from jupyter_mlops.server.desk import Desk
from jupyter_mlops.server.forms import models as forms


def aliases(entry: Entry) -> list[forms.AliasOf]:
    """Return the aliases of a model, the champion first."""
    found = sorted(entry.model.aliases.items(), key=lambda pair: (pair[0] != CHAMPION, pair[0]))
    return [forms.AliasOf(alias=a, version=number, is_outside=a in entry.outside) for a, number in found]


def deployed(desk: Desk, model: str) -> list[str]:
    """Return the names of the deployments that serve a model."""
    return desk.workbench.deployments.serving(model)


def version_row(
    desk: Desk, version: ModelVersion, entry: Entry | None, champion: Mapping[str, float]
) -> forms.VersionRow:
    """Return the row of a version, its metrics beside the champion's."""
    metrics = desk.workbench.models.metrics(version)
    run, job = version.run_id, version.tags.get(JOB, "")
    name, _, at = job.rpartition("@")
    notebook = version.tags.get(NOTEBOOK)
    return forms.VersionRow(
        version=version.number,
        created_at=moment(version.created_at),
        author=version.author,
        status=version.status,
        aliases=[
            forms.AliasOf(alias=a, version=version.number, is_outside=entry is not None and a in entry.outside)
            for a in version.aliases
        ],
        description=version.description,
        origin=forms.Origin(
            run=run,
            run_name=_run_name(desk, run),
            step=version.step,
            job=name or None,
            job_version=int(at) if at.isdigit() else None,
            notebook=notebook,
            path=desk.contents_path(notebook),
            mlflow_run=version.mlflow_run_id,
            git_commit=version.tags.get(COMMIT),
        ),
        metrics=[
            forms.Metric(name=key, value=number(value), champion=number(champion.get(key)))
            for key, value in sorted(metrics.items())
        ],
        deployments=desk.workbench.deployments.serving(version.name, version.number),
    )


def version_detail(desk: Desk, found: ModelVersion) -> forms.VersionDetail:
    """Return everything that is known of a version."""
    models = desk.workbench.models
    entry, _ = models.show(found.name)
    row = version_row(desk, found, entry, champion_metrics(desk, entry.model.aliases, found.name))
    facts = models.files.facts(found)
    return forms.VersionDetail(
        **row.model_dump(),
        model=found.name,
        source=found.source,
        tags=dict(found.tags),
        params=dict(models.params(found)),
        flavors=list(facts.flavors),
        formats=[
            forms.Format(file=f.file, name=f.name, size=f.size, is_code=f.is_code, note="; ".join(f.unknown))
            for f in formats(models.files.folder(found))
        ],
        size=facts.size,
        requirements=list(facts.requirements),
        signature=signature(facts.signature),
        example=facts.example,
        unreadable="; ".join(facts.problems),
    )


def signature(found: Signature | None) -> forms.Signature | None:
    """Return the form of a signature."""
    if found is None:
        return None
    return forms.Signature(
        inputs=[_column(c) for c in found.inputs],
        outputs=[_column(c) for c in found.outputs],
        params=[_column(c) for c in found.params],
    )


def _column(column: Column) -> forms.Column:
    return forms.Column(
        name=column.name,
        type=column.type,
        is_required=column.is_required,
        shape=list(column.shape) if column.shape is not None else None,
        default=column.default,
    )


def champion_metrics(desk: Desk, held: Mapping[str, int], name: str) -> Mapping[str, float]:
    """Return the metrics of the champion; none without one."""
    models = desk.workbench.models
    if CHAMPION not in held:
        return {}
    try:
        return models.metrics(models.registry.version(name, held[CHAMPION]))
    except NotFoundError:
        return {}


def policy_form(policy: Policy) -> forms.Gates:
    """Return the form of the gates of a model."""
    return forms.Gates(source=policy.source, yaml=policy.to_yaml(), rules=[_rule(rule) for rule in policy.rules])


def _rule(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.word, **rule.model_dump(exclude_none=True)}


def moved_form(desk: Desk, move: Move) -> forms.Moved:
    """Return the form of a move that was made."""
    entry, _ = desk.workbench.models.show(move.model)
    return forms.Moved(model=move.model, move=move_form(move), aliases=aliases(entry))


def move_form(move: Move) -> forms.AliasMove:
    """Return the form of a move."""
    return forms.AliasMove(
        seq=move.seq,
        alias=move.alias,
        from_version=move.from_version,
        to_version=move.to_version,
        kind=move.kind.value,
        status=move.status.value,
        author=move.author,
        reason=move.reason,
        run=move.run_id,
        gates=[forms.Gate(**gate) for gate in move.gates],
        created_at=moment(move.created_at) or "",
    )


def _run_name(desk: Desk, run: str | None) -> str | None:
    if run is None:
        return None
    try:
        return desk.workbench.find(run).name
    except (NotFoundError, UsageError):
        return None


def moment(found: datetime | None) -> str | None:
    """Return a moment as it is sent."""
    return found.isoformat() if found else None


def number(value: float | None) -> float | None:
    """Return a number that JSON has a word for."""
    return value if value is not None and math.isfinite(value) else None
