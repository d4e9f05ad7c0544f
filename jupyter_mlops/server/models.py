"""Models at the door: what runs logged, the registered ones, their versions, aliases and history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from jupyter_mlops.app.models import Entry
from jupyter_mlops.base.errors import NotFoundError, UsageError
from jupyter_mlops.models.facts import Column, Signature
from jupyter_mlops.models.history import Move
from jupyter_mlops.models.version import CHAMPION, COMMIT, JOB, NOTEBOOK, ModelVersion
from jupyter_mlops.server.desk import Call, Desk
from jupyter_mlops.server.forms import models as forms


def logged(call: Call) -> forms.LoggedModels:
    """List the models that the steps of a run logged."""
    found = call.desk.workbench.models.logged(call.segments["run"])
    return forms.LoggedModels(
        models=[
            forms.LoggedModel(
                id=each.model.id,
                name=each.model.name,
                step=each.step,
                uri=each.model.uri,
                flavors=list(each.flavors),
                created_at=_moment(each.model.created_at),
                registered=[forms.RegisteredAs(model=model, version=number) for model, number in each.registered],
            )
            for each in found
        ]
    )


def listed(call: Call) -> forms.Models:
    """List every registered model."""
    models = call.desk.workbench.models
    return forms.Models(
        models=[
            forms.Model(
                name=entry.model.name,
                description=entry.model.description,
                latest=entry.model.latest,
                versions=entry.versions,
                aliases=aliases(entry),
                updated_at=_moment(entry.model.updated_at),
                metric=_first(call.desk, entry),
                deployments=deployed(call.desk, entry.model.name),
            )
            for entry in models.listed()
        ]
    )


def register(call: Call) -> forms.VersionDetail:
    """Register a model that a run logged."""
    body = call.body
    assert isinstance(body, forms.RegisterBody)
    made = call.desk.workbench.models.register(body.run, body.name, body.step, body.logged)
    return _detail(call.desk, made)


def detail(call: Call) -> forms.ModelDetail:
    """Show one model with its versions."""
    models = call.desk.workbench.models
    entry, versions = models.show(call.segments["model"])
    champion = _champion(call.desk, entry.model.aliases, entry.model.name)
    rows = [_row(call.desk, version, entry, champion) for version in versions]
    return forms.ModelDetail(
        name=entry.model.name,
        description=entry.model.description,
        tags=dict(entry.model.tags),
        aliases=aliases(entry),
        versions=rows,
        deployments=deployed(call.desk, entry.model.name),
        gates=_gates(call.desk, entry.model.name),
    )


def version(call: Call) -> forms.VersionDetail:
    """Show one version."""
    found = call.desk.workbench.models.registry.version(call.segments["model"], int(call.segments["version"]))
    return _detail(call.desk, found)


def promote(call: Call) -> forms.Moved:
    """Move an alias to a version."""
    body = call.body
    assert isinstance(body, forms.MoveBody)
    name = call.segments["model"]
    return _moved(call.desk, call.desk.workbench.models.promote(name, body.version, body.alias, body.reason))


def rollback(call: Call) -> forms.Moved:
    """Move an alias back."""
    body = call.body
    assert isinstance(body, forms.RollbackBody)
    return _moved(call.desk, call.desk.workbench.models.roll_back(call.segments["model"], body.alias, body.reason))


def history(call: Call) -> forms.History:
    """List the moves of the aliases of a model, and what they were at a moment."""
    query = call.query
    assert isinstance(query, forms.HistoryQuery)
    name, models = call.segments["model"], call.desk.workbench.models
    held = models.held(name, _at(query.at) if query.at else None)
    return forms.History(
        moves=[_move(move) for move in models.moves(name, query.alias)],
        held=[
            forms.AliasOf(alias=alias, version=number)
            for alias, number in sorted(held.items())
            if query.alias in (None, alias)
        ],
    )


def gates(call: Call) -> forms.GateReport:
    """Say what the gates say of a version."""
    raise NotImplementedError


def set_gates(call: Call) -> forms.Gates:
    """Write the gates of a model."""
    raise NotImplementedError


def approve(call: Call) -> forms.VersionDetail:
    """Approve a version."""
    raise NotImplementedError


def aliases(entry: Entry) -> list[forms.AliasOf]:
    """Return the aliases of a model, the champion first."""
    found = sorted(entry.model.aliases.items(), key=lambda pair: (pair[0] != CHAMPION, pair[0]))
    return [forms.AliasOf(alias=a, version=number, is_outside=a in entry.outside) for a, number in found]


def deployed(desk: Desk, model: str) -> list[str]:
    """Return the names of the deployments that serve a model."""
    return desk.workbench.deployments.serving(model)


def _first(desk: Desk, entry: Entry) -> forms.Metric | None:
    """Return a metric to know a model by."""
    models, number = desk.workbench.models, entry.model.aliases.get(CHAMPION, entry.model.latest)
    if number is None:
        return None
    try:
        metrics = models.metrics(models.registry.version(entry.model.name, number))
    except NotFoundError:
        return None
    name = min(metrics, default=None)
    return None if name is None else forms.Metric(name=name, value=_number(metrics[name]))


def _row(desk: Desk, version: ModelVersion, entry: Entry | None, champion: Mapping[str, float]) -> forms.VersionRow:
    metrics = desk.workbench.models.metrics(version)
    run, job = version.run_id, version.tags.get(JOB, "")
    name, _, number = job.rpartition("@")
    notebook = version.tags.get(NOTEBOOK)
    return forms.VersionRow(
        version=version.number,
        created_at=_moment(version.created_at),
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
            job_version=int(number) if number.isdigit() else None,
            notebook=notebook,
            path=desk.contents_path(notebook),
            mlflow_run=version.mlflow_run_id,
            git_commit=version.tags.get(COMMIT),
        ),
        metrics=[
            forms.Metric(name=key, value=_number(value), champion=_number(champion.get(key)))
            for key, value in sorted(metrics.items())
        ],
        deployments=[],
    )


def _detail(desk: Desk, found: ModelVersion) -> forms.VersionDetail:
    models = desk.workbench.models
    entry, _ = models.show(found.name)
    row = _row(desk, found, entry, _champion(desk, entry.model.aliases, found.name))
    facts = models.facts(found)
    return forms.VersionDetail(
        **row.model_dump(),
        model=found.name,
        source=found.source,
        tags=dict(found.tags),
        params=dict(models.params(found)),
        flavors=list(facts.flavors),
        formats=[],
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


def _champion(desk: Desk, held: Mapping[str, int], name: str) -> Mapping[str, float]:
    models = desk.workbench.models
    if CHAMPION not in held:
        return {}
    try:
        return models.metrics(models.registry.version(name, held[CHAMPION]))
    except NotFoundError:
        return {}


def _gates(desk: Desk, name: str) -> forms.Gates:
    return forms.Gates(source="none", yaml="", rules=[])


def _moved(desk: Desk, move: Move) -> forms.Moved:
    entry, _ = desk.workbench.models.show(move.model)
    return forms.Moved(model=move.model, move=_move(move), aliases=aliases(entry))


def _move(move: Move) -> forms.AliasMove:
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
        created_at=_moment(move.created_at) or "",
    )


def _run_name(desk: Desk, run: str | None) -> str | None:
    if run is None:
        return None
    try:
        return desk.workbench.find(run).name
    except (NotFoundError, UsageError):
        return None


def _at(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("request.moment", f"{text!r} is no moment", "write 2026-11-21T09:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _moment(found: datetime | None) -> str | None:
    return found.isoformat() if found else None


def _number(value: float | None) -> float | None:
    """Return a number that JSON has a word for."""
    return value if value is not None and math.isfinite(value) else None
