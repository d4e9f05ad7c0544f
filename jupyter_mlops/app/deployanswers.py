"""Answers of ``deployments``: what each verb replies, as lines and as JSON, the same at every door."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlops.app import text
from jupyter_mlops.app.answers import VERSION, Answer, Confirm
from jupyter_mlops.app.asking import View, is_settled
from jupyter_mlops.app.deployments import Deployments
from jupyter_mlops.app.snippets import curl
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.deployments.deployment import Deployment, Options, Status
from jupyter_mlops.deployments.serving.plan import Limits, LogPlan
from jupyter_mlops.models.version import reference

MARKS = {"starting": "◐", "ready": "✓", "degraded": "!", "failed": "✗", "stopped": "–"}


def answer_deployments(workbench: Workbench, args: argparse.Namespace, confirm: Confirm, door: str) -> Answer:
    """Return the answer to a parsed ``deployments`` command."""
    verb = args.noun_verb or "list"
    if verb == "delete":
        return _delete(workbench.deployments, args, confirm)
    return _VERBS[verb](workbench.deployments, args, door)


def answer_deploy(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    """Return the answer to a parsed ``deploy``."""
    args.deployment = args.deployment or reference(args.model).name
    return _create(workbench.deployments, args, door)


def _list(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    views = deployments.listed()
    pairs = [(v, v.deployment) for v in views]
    rows = [(MARKS[d.status], d.name, d.status, d.reference, _traffic(v), d.url) for v, d in pairs]
    lines = text.table(rows, head=("", "deployment", "status", "model", "traffic", "url")) if rows else []
    empty = f"no deployments yet; `{door} deployments create NAME --model MODEL@champion` makes the first one"
    return Answer(lines or [empty], {"version": VERSION, "deployments": [v.to_json() for v in views]})


def _create(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    options = Options(
        Limits(args.body_limit, args.time_limit, args.concurrency, answer_bytes=args.answer_limit),
        LogPlan(args.log, tuple(args.log_without)),
        workers=args.workers,
        python=args.python,
        readable=tuple(args.readable),
        network=args.network,
    )
    made, token = deployments.create(args.deployment, args.model, options, port=args.port, host=args.host)
    view = _waited(deployments, args)
    lines = [
        *_state(view),
        f"  token {token}",
        "  it is shown this once; `deployments token` makes a new one",
        *_snippet(deployments, made),
        f"try it: {door} deployments show {made.name}",
    ]
    return _answer(view, lines, {"token": token}, _failure(view, args))


def _show(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    view = deployments.get(args.deployment)
    found, observed = view.deployment, view.observed
    lines = [*_state(view), f"  serves {found.reference}, made {text.ago(found.created_at)} by {found.author}"]
    versions = observed.versions if observed else {}
    rows = [
        (
            str(number),
            _role(found, number),
            served.state,
            str(served.data.get("requests") or 0),
            str(served.data.get("errors") or 0),
            _ms(served.data.get("p50_ms")),
            _ms(served.data.get("p99_ms")),
            served.message,
        )
        for number, served in sorted(versions.items(), reverse=True)
    ]
    rows += [
        (str(number), "", "rejected", "", "", "", "", why.message) for number, why in sorted(found.rejected.items())
    ]
    head = ("version", "role", "state", "requests", "errors", "p50", "p99", "")
    lines += text.table(rows, head=head, indent="  ") if rows else []
    lines += _snippet(deployments, found)
    return _answer(view, lines)


def _update(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    log = None
    if args.log is not None or args.log_without:
        before = deployments.store.get(args.deployment).options.log
        sample = before.sample if args.log is None else args.log
        log = LogPlan(sample, tuple(args.log_without) or before.exclude, before.max_bytes, before.keep)
    given = (args.model, args.canary, args.percent, args.shadow, log)
    if all(value is None for value in given) and not args.promote:
        raise UsageError("deployment.no_change", "nothing is to be changed", f"`{door} deployments update --help`")
    if any(value is not None for value in given):
        deployments.update(
            args.deployment, model=args.model, canary=args.canary, percent=args.percent, shadow=args.shadow, log=log
        )
    if args.promote:
        deployments.promote(args.deployment)
    return _settled(deployments, args)


def _rollback(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    deployments.rollback(args.deployment)
    return _settled(deployments, args)


def _stop(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    deployments.stop(args.deployment)
    return _settled(deployments, args)


def _start(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    deployments.start(args.deployment)
    return _settled(deployments, args)


def _delete(deployments: Deployments, args: argparse.Namespace, confirm: Confirm) -> Answer:
    found = deployments.get(args.deployment).deployment
    question = f'delete deployment "{found.name}" of {found.reference} at {found.url}, with its log of requests?'
    if not args.yes and not confirm(text.plain(question)):
        raise UsageError(
            "deployment.not_confirmed", f'deployment "{found.name}" was not deleted', "--yes deletes without asking"
        )
    deployments.delete(found.name)
    return Answer([text.plain(f"deleted deployment {found.name}")], {"version": VERSION, "deleted": [found.name]})


def _token(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    token = deployments.token(args.deployment)
    return Answer([token], {"version": VERSION, "token": token}, notes=["it is shown this once; no other one opens"])


def _logs(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    written, is_cut = deployments.log(args.deployment, args.version, args.lines)
    lines = [text.plain(line) for line in written.splitlines()]
    data = {"version": VERSION, "lines": lines, "is_cut": is_cut}
    return Answer(lines or ["nothing was written"], data)


def _events(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    events = deployments.history(args.deployment)
    lines = text.table(
        [(text.ago(event.at), event.kind, str(event.data.get("actor") or ""), event.message) for event in events]
    )
    data = [
        {"seq": e.seq, "kind": e.kind, "at": e.at.isoformat() if e.at else None, "data": dict(e.data)} for e in events
    ]
    return Answer(lines, {"version": VERSION, "events": data})


def _predict(deployments: Deployments, args: argparse.Namespace, door: str) -> Answer:
    predicted = deployments.predict_body(args.deployment, *_read(args.data))
    lines = [json.dumps(predicted, ensure_ascii=False)]
    return Answer(lines, {"version": VERSION, "predictions": predicted})


def _read(place: str) -> tuple[bytes, str]:
    """Return the content of a file and its media type."""
    try:
        content = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
    except OSError as error:
        raise UsageError("deployment.no_data", f"`{place}` cannot be read: {error.strerror}", "name a file") from error
    is_json = content.lstrip()[:1] in (b"{", b"[")
    if is_json and content.lstrip()[:1] == b"[":
        return b'{"dataframe_records": ' + content + b"}", "application/json"
    return content, "application/json" if is_json else "text/csv"


def _settled(deployments: Deployments, args: argparse.Namespace) -> Answer:
    view = _waited(deployments, args)
    return _answer(view, _state(view), failure=_failure(view, args))


def _failure(view: View, args: argparse.Namespace) -> str:
    """Return why what was asked for did not come about, or nothing; who did not wait is told nothing."""
    found = view.deployment
    if found.status is Status.FAILED:
        return text.plain(f'deployment "{found.name}" failed: {(found.error or {}).get("message", "see its log")}')
    if is_settled(found) or getattr(args, "detach", False):
        return ""
    return text.plain(
        f'deployment "{found.name}" is not there yet: {found.status}; `deployments show` tells when it is'
    )


def _waited(deployments: Deployments, args: argparse.Namespace) -> View:
    if getattr(args, "detach", False):
        return deployments.get(args.deployment)
    try:
        return deployments.wait(args.deployment)
    except KeyboardInterrupt:
        # What was asked for stands; only the waiting ends, and the token must be shown.
        return deployments.get(args.deployment)


def _answer(view: View, lines: Sequence[str], more: Mapping[str, Any] | None = None, failure: str = "") -> Answer:
    data = {"version": VERSION, **view.to_json(), "model_version": view.deployment.version, **(more or {})}
    code = 1 if failure or view.deployment.status is Status.FAILED else 0
    return Answer([text.plain(line) for line in lines], data, code, failure=failure)


def _state(view: View) -> list[str]:
    found = view.deployment
    lines = [f"{MARKS[found.status]} {found.name}: {found.status}, {_traffic(view)}  {found.url}"]
    if found.error:
        lines += [f"  {found.error['message']}", f"  hint: {found.error.get('hint', '')}"]
    return lines


def _traffic(view: View) -> str:
    found = view.deployment
    if found.live is None:
        return f"version {found.version} is to be live"
    parts = [f"version {found.live}"]
    if found.canary is not None:
        parts = [f"version {found.live} {100 - found.percent} %", f"version {found.canary} {found.percent} %"]
    if found.version != found.live:
        parts.append(f"version {found.version} on its way")
    if found.shadow is not None:
        parts.append(f"version {found.shadow} as a shadow")
    return ", ".join(parts)


def _role(found: Deployment, number: int) -> str:
    roles = {found.previous: "previous", found.shadow: "shadow", found.canary: f"canary {found.percent} %"}
    return "live" if number == found.live else roles.get(number, "")


def _snippet(deployments: Deployments, found: Deployment) -> list[str]:
    facts = deployments.facts(found)
    return [f"  {line}" for line in curl(found, facts.example if facts else None).splitlines()]


def _ms(value: object) -> str:
    return f"{value:.1f} ms" if isinstance(value, int | float) else ""


_VERBS: Mapping[str, Callable[[Deployments, argparse.Namespace, str], Answer]] = {
    "list": _list,
    "create": _create,
    "show": _show,
    "update": _update,
    "rollback": _rollback,
    "stop": _stop,
    "start": _start,
    "token": _token,
    "logs": _logs,
    "events": _events,
    "predict": _predict,
}
