"""Deployments at the door: what is served, changing it, asking it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from jupyter_mlops.app.asking import View
from jupyter_mlops.app.snippets import curl, python
from jupyter_mlops.deployments.deployment import Deployment, Options, Status, Wanted
from jupyter_mlops.deployments.serving.plan import Limits, LogPlan
from jupyter_mlops.deployments.target import Served
from jupyter_mlops.server.desk import Call, Desk, Raw
from jupyter_mlops.server.forms import deployments as forms
from jupyter_mlops.server.modelrows import signature

_STATES: dict[str, Literal["starting", "ready", "failed", "gone"]] = {
    "starting": "starting",
    "ready": "ready",
    "failed": "failed",
}
# What a model answers is shown by no browser as a page of this server: it was written by whoever trained the model.
_SHOWN = ("application/json", "text/plain", "application/octet-stream")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'",
}
_ASKED = ("content-type", "inference-header-content-length", "x-request-id", "x-mlops-sticky")
_ANSWERED = ("inference-header-content-length", "x-request-id", "x-mlops-model-version", "retry-after")


def listed(call: Call) -> forms.Deployments:
    """List every deployment."""
    views = call.desk.workbench.deployments.listed()
    return forms.Deployments(deployments=[forms.Deployment(**_row(view)) for view in views])


def detail(call: Call) -> forms.DeploymentDetail:
    """Show one deployment."""
    return _detail(call.desk, call.desk.workbench.deployments.get(_name(call)))


def create(call: Call) -> forms.Deployed:
    """Serve a model."""
    body = call.body
    assert isinstance(body, forms.DeployBody)
    limits = Limits(body.limits.body_bytes, body.limits.time_s, body.limits.concurrency)
    options = Options(
        limits,
        _log(body.log),
        workers=body.workers,
        python=body.python,
        readable=tuple(body.readable),
        network=body.network,
    )
    deployments = call.desk.workbench.deployments
    made, token = deployments.create(body.name, body.model, options, port=body.port)
    return forms.Deployed(deployment=_detail(call.desk, deployments.get(made.name)), token=token)


def delete(call: Call) -> None:
    """Stop serving and delete it."""
    call.desk.workbench.deployments.delete(_name(call))


def update(call: Call) -> forms.DeploymentDetail:
    """Change what is served, and to whom."""
    body = call.body
    assert isinstance(body, forms.UpdateBody)
    changed = call.desk.workbench.deployments.update(
        _name(call),
        model=body.model,
        canary=body.canary,
        percent=body.percent,
        shadow=body.shadow,
        log=_log(body.log) if body.log else None,
    )
    return _detail(call.desk, changed)


def rollback(call: Call) -> forms.DeploymentDetail:
    """Serve again what was served before."""
    return _detail(call.desk, call.desk.workbench.deployments.rollback(_name(call)))


def stop(call: Call) -> forms.DeploymentDetail:
    """Stop serving."""
    return _detail(call.desk, call.desk.workbench.deployments.stop(_name(call)))


def start(call: Call) -> forms.DeploymentDetail:
    """Serve again."""
    return _detail(call.desk, call.desk.workbench.deployments.start(_name(call)))


def token(call: Call) -> forms.Token:
    """Make a new token."""
    return forms.Token(token=call.desk.workbench.deployments.token(_name(call)))


def stats(call: Call) -> forms.Stats:
    """Requests, errors and latency by version."""
    query = call.query
    assert isinstance(query, forms.StatsQuery)
    found = call.desk.workbench.deployments.stats(_name(call), query.last_s)
    buckets = [forms.Bucket(**{**bucket, "version": int(bucket["version"])}) for bucket in found["buckets"]]
    return forms.Stats(now=datetime.now(UTC).isoformat(), width_s=found["width_s"], buckets=buckets)


def log(call: Call) -> forms.DeploymentLog:
    """What it wrote."""
    query = call.query
    assert isinstance(query, forms.ServingLogQuery)
    text, is_cut = call.desk.workbench.deployments.log(_name(call), query.version, query.lines)
    return forms.DeploymentLog(text=text, is_cut=is_cut)


def ask(call: Call) -> Raw:
    """Hand a request on to the deployment, and its answer back; nothing of ours that is a secret goes with it."""
    rest = "/" + quote(call.segments["rest"], safe="/:@~.-_")
    given = {name: value for name, value in call.headers.items() if name.lower() in _ASKED}
    body = call.data if call.method == "POST" else None
    reply = call.desk.workbench.deployments.stream(_name(call), call.method, rest, body, given)
    kind = reply.media_type.partition(";")[0].strip().lower()
    media = reply.media_type if kind in _SHOWN else "application/octet-stream"
    kept = {name: value for name, value in reply.headers.items() if name in _ANSWERED}
    return Raw(b"", media, {**kept, **_SAFE}, reply.status, reply.pieces)


def _name(call: Call) -> str:
    return call.segments["deployment"]


def _log(body: forms.LogBody) -> LogPlan:
    return LogPlan(body.sample, tuple(body.exclude))


def _row(view: View) -> dict[str, Any]:
    found = view.deployment
    error = found.error or _silence(view)
    return {
        "name": found.name,
        "model": found.model,
        "alias": found.alias,
        "status": str(found.status),
        "message": error.get("message", ""),
        "hint": error.get("hint", ""),
        "live": found.live,
        "canary": found.canary,
        "percent": found.percent,
        "shadow": found.shadow,
        "url": found.url,
        "created_at": found.created_at.isoformat(),
        "author": found.author,
        "load": _load(view),
        "rejected": _rejected(found),
    }


def _rejected(found: Deployment) -> forms.Rejected | None:
    newest = max(found.rejected, default=None)
    if newest is None or (found.live is not None and newest <= found.live):
        return None
    why = found.rejected[newest]
    return forms.Rejected(version=newest, reason=why.reason, message=why.message)


def _silence(view: View) -> dict[str, str]:
    """Return what to say of a deployment that served, and whose process does not answer at this moment."""
    found = view.deployment
    if found.status is not Status.STARTING or view.observed is not None or found.live is None:
        return {}
    return {
        "message": f"nothing answers at {found.url} at this moment",
        "hint": "its process is started again by itself; its log may tell why it ended",
    }


def _load(view: View) -> forms.Load | None:
    told = view.observed.data.get("load") if view.observed else None
    if not isinstance(told, dict):
        return None
    return forms.Load(per_s=told["per_s"], requests=told["requests"], errors=told["errors"], p95_ms=told.get("p95_ms"))


def _detail(desk: Desk, view: View) -> forms.DeploymentDetail:
    found, deployments = view.deployment, desk.workbench.deployments
    facts = deployments.facts(found)
    example = facts.example if facts else None
    events = deployments.events(found.name)
    return forms.DeploymentDetail(
        **_row(view),
        versions=_versions(view),
        previous=found.previous,
        events=[
            forms.DeploymentEvent(
                seq=event.seq or 0,
                kind=event.kind,
                at=(event.at or datetime.now(UTC)).isoformat(),
                message=event.message,
                data=dict(event.data),
            )
            for event in reversed(events)
        ],
        signature=signature(facts.signature) if facts else None,
        example=example,
        snippets=forms.Snippets(curl=curl(found, example), python=python(found, example)),
        proxy=f"mlops/api/v1/deployments/{found.name}/serve",
        limits=forms.LimitsBody(
            body_bytes=found.options.limits.body_bytes,
            time_s=found.options.limits.time_s,
            concurrency=found.options.limits.concurrency,
        ),
        log=forms.LogBody(sample=found.options.log.sample, exclude=list(found.options.log.exclude)),
    )


def _versions(view: View) -> list[forms.ServedVersion]:
    found = view.deployment
    served = dict(view.observed.versions) if view.observed else {}
    numbers = {*served, *found.rejected, *found.needed}
    return [_version(found, number, served.get(number)) for number in sorted(numbers, reverse=True)]


def _version(found: Deployment, number: int, served: Served | None) -> forms.ServedVersion:
    role, percent = _role(found, number)
    data = served.data if served else {}
    why = found.rejected.get(number)
    is_wanted = found.wanted is Wanted.SERVING and number != found.previous
    state = _STATES.get(served.state, "gone") if served else "starting" if is_wanted else "gone"
    return forms.ServedVersion(
        version=number,
        role=role,
        percent=percent,
        state="rejected" if why is not None and number != found.live else state,
        message=why.message if why is not None else served.message if served else "",
        pids=[int(pid) for pid in data.get("pids") or ()],
        restarts=int(data.get("restarts") or 0),
        requests=int(data.get("requests") or 0),
        errors=int(data.get("errors") or 0),
        p50_ms=data.get("p50_ms"),
        p95_ms=data.get("p95_ms"),
        p99_ms=data.get("p99_ms"),
        agreement=data.get("agreement"),
        sandbox=str(data.get("sandbox") or ""),
        since=data.get("since"),
    )


def _role(found: Deployment, number: int) -> tuple[Literal["live", "canary", "shadow", "previous", "none"], int]:
    if number == found.live:
        return "live", 100 - found.percent if found.canary is not None else 100
    if number == found.canary:
        return "canary", found.percent
    if number == found.shadow:
        return "shadow", 0
    return ("previous", 0) if number == found.previous else ("none", 0)
