"""Models at the door: what runs logged, the registered ones, their versions, aliases and history."""

from __future__ import annotations

from datetime import UTC, datetime

from jupyter_mlops.app.gates import Policy
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.models.gates import is_open
from jupyter_mlops.models.version import ModelVersion
from jupyter_mlops.server.desk import Call
from jupyter_mlops.server.forms import models as forms
from jupyter_mlops.server.modelrows import (
    aliases,
    champion_metrics,
    deployed,
    moment,
    move_form,
    moved_form,
    policy_form,
    version_detail,
    version_row,
)


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
                created_at=moment(each.model.created_at),
                registered=[forms.RegisteredAs(model=model, version=number) for model, number in each.registered],
            )
            for each in found
        ]
    )


def register(call: Call) -> forms.VersionDetail:
    """Register a model that a run logged."""
    body = call.body
    assert isinstance(body, forms.RegisterBody)
    made = call.desk.workbench.models.register(body.run, body.name, body.step, body.logged)
    return version_detail(call.desk, made)


def detail(call: Call) -> forms.ModelDetail:
    """Show one model with its versions."""
    models = call.desk.workbench.models
    entry, versions = models.show(call.segments["model"])
    champion = champion_metrics(call.desk, entry.model.aliases, entry.model.name)
    rows = [version_row(call.desk, version, entry, champion) for version in versions]
    return forms.ModelDetail(
        name=entry.model.name,
        description=entry.model.description,
        tags=dict(entry.model.tags),
        aliases=aliases(entry),
        versions=rows,
        deployments=deployed(call.desk, entry.model.name),
        gates=policy_form(_policy(call, entry.model.name, versions[0] if versions else None)),
    )


def version(call: Call) -> forms.VersionDetail:
    """Show one version."""
    found = call.desk.workbench.models.registry.version(call.segments["model"], int(call.segments["version"]))
    return version_detail(call.desk, found)


def promote(call: Call) -> forms.Moved:
    """Move an alias to a version."""
    body = call.body
    assert isinstance(body, forms.MoveBody)
    name = call.segments["model"]
    return moved_form(call.desk, call.desk.workbench.models.promote(name, body.version, body.alias, body.reason))


def rollback(call: Call) -> forms.Moved:
    """Move an alias back."""
    body = call.body
    assert isinstance(body, forms.RollbackBody)
    return moved_form(call.desk, call.desk.workbench.models.roll_back(call.segments["model"], body.alias, body.reason))


def history(call: Call) -> forms.History:
    """List the moves of the aliases of a model, and what they were at a moment."""
    query = call.query
    assert isinstance(query, forms.HistoryQuery)
    name, models = call.segments["model"], call.desk.workbench.models
    held = models.held(name, _at(query.at) if query.at else None)
    return forms.History(
        moves=[move_form(move) for move in models.moves(name, query.alias)],
        held=[
            forms.AliasOf(alias=alias, version=number)
            for alias, number in sorted(held.items())
            if query.alias in (None, alias)
        ],
    )


def gates(call: Call) -> forms.GateReport:
    """Say what the gates say of a version."""
    query = call.query
    assert isinstance(query, forms.GatesQuery)
    models = call.desk.workbench.models
    found = models.registry.version(call.segments["model"], int(call.segments["version"]))
    checked = models.gates.check(found, query.alias)
    return forms.GateReport(
        model=found.name,
        version=found.number,
        alias=query.alias,
        champion=models.registry.model(found.name).aliases.get(query.alias),
        is_open=is_open(checked),
        gates=[forms.Gate(**gate.to_json()) for gate in checked],
    )


def set_gates(call: Call) -> forms.Gates:
    """Write the gates of a model."""
    body = call.body
    assert isinstance(body, forms.GatesBody)
    return policy_form(call.desk.workbench.models.gates.write(call.segments["model"], body.yaml))


def approve(call: Call) -> forms.VersionDetail:
    """Approve a version."""
    body = call.body
    assert isinstance(body, forms.ApproveBody)
    models = call.desk.workbench.models
    found = models.registry.version(call.segments["model"], int(call.segments["version"]))
    models.gates.approve(found, body.note)
    return version_detail(call.desk, found)


def _at(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("request.moment", f"{text!r} is no moment", "write 2026-11-21T09:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _policy(call: Call, name: str, newest: ModelVersion | None) -> Policy:
    """Return the gates of a model; what a notebook says and nobody understands refuses a promotion, not this look."""
    try:
        return call.desk.workbench.models.gates.policy(name, newest)
    except UsageError:
        return Policy("notebook", ())
