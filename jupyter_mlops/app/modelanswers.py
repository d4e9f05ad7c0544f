"""Answers of ``models``: what each verb replies, as lines and as JSON, the same at every door."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.app import text
from jupyter_mlops.app.answers import VERSION, Answer
from jupyter_mlops.app.models import Entry
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.models.facts import Column
from jupyter_mlops.models.formats import FileFormat, formats
from jupyter_mlops.models.gates import Verdict, is_open
from jupyter_mlops.models.history import Kind, Move, MoveStatus
from jupyter_mlops.models.version import CANDIDATE, ModelVersion, reference

_MARKS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.NA: "–"}


def answer_models(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    """Return the answer to a parsed ``models`` command."""
    return _VERBS[args.noun_verb or "list"](workbench, args, door)


def _list(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    entries = workbench.models.listed()
    rows = [
        (e.model.name, text.counted(e.versions, "version"), _aliases(e), text.ago(e.model.updated_at)) for e in entries
    ]
    lines = text.table(rows, head=("model", "versions", "aliases", "changed")) if rows else []
    empty = f"no models yet; a step logs one with MLflow, and `{door} models register RUN` registers it"
    return Answer(lines or [empty], {"version": VERSION, "models": [_entry_json(e) for e in entries]})


def _show(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    models, wanted = workbench.models, reference(args.model)
    if wanted.alias is not None or wanted.number is not None:
        return _show_version(workbench, models.resolve(wanted))
    entry, versions = models.show(wanted.name)
    rows = [
        (f"{v.number}", ", ".join(v.aliases), text.ago(v.created_at), _metrics(models.metrics(v)), _came_from(v))
        for v in versions
    ]
    lines = [f"{entry.model.name}: {text.counted(len(versions), 'version')}"]
    lines += [f"  {entry.model.description}"] if entry.model.description else []
    lines += [f"  {alias} was moved outside of jupyter-mlops" for alias in sorted(entry.outside)]
    lines += text.table(rows, head=("version", "aliases", "registered", "metrics", "from"), indent="  ") if rows else []
    data = {
        **_entry_json(entry),
        "versions": [{**_version_json(v), "metrics": _finite(models.metrics(v))} for v in versions],
    }
    return Answer([text.plain(line) for line in lines], {"version": VERSION, **data})


def _show_version(workbench: Workbench, version: ModelVersion) -> Answer:
    models = workbench.models
    written = formats(models.files.folder(version))
    facts, metrics, params = models.files.facts(version), models.metrics(version), models.params(version)
    served = workbench.deployments.serving(version.name, version.number)
    rows: list[tuple[str, str]] = [
        ("aliases", ", ".join(version.aliases)),
        ("from", _came_from(version)),
        ("registered", f"{text.ago(version.created_at)} by {version.author or 'somebody'}"),
        ("flavor", ", ".join(facts.flavors)),
        ("written in", ", ".join(sorted({_format(part) for part in written}))),
        ("size", f"{facts.size:,} bytes"),
        (
            "takes",
            _columns(facts.signature.inputs) if facts.signature else "unknown: it was logged without a signature",
        ),
        ("gives", _columns(facts.signature.outputs) if facts.signature else ""),
        ("metrics", _metrics(metrics)),
        ("parameters", ", ".join(f"{name}={value}" for name, value in sorted(params.items()))),
        ("needs", ", ".join(facts.requirements)),
        ("served by", ", ".join(served)),
        ("files", version.source),
        *[("unreadable", problem) for problem in facts.problems],
    ]
    lines = [version.label, *text.table([row for row in rows if row[1]], indent="  ")]
    data = {
        **_version_json(version),
        "metrics": _finite(metrics),
        "parameters": dict(params),
        "flavors": list(facts.flavors),
        "formats": [{"file": part.file, "name": part.name, "is_code": part.is_code} for part in written],
        "deployments": served,
        "size": facts.size,
        "requirements": list(facts.requirements),
        "example": facts.example,
    }
    return Answer([text.plain(line) for line in lines], data)


def _format(part: FileFormat) -> str:
    return f"{part.name} (code)" if part.is_code else part.name


def _register(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    run = workbench.find(args.run)
    made = workbench.models.register(run.id, args.name, args.step, args.logged)
    lines = [
        f"registered {made.label}, logged by step {made.step} of run {run.id[:8]}",
        f"promote it: {door} models promote {made.name} {made.number}",
    ]
    return Answer([text.plain(line) for line in lines], _version_json(made))


def _promote(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    move = workbench.models.promote(args.model, args.version, args.alias, args.reason)
    before = f", before it {move.from_version}" if move.from_version else ""
    lines = [f"{move.alias} of {move.model} is version {move.to_version} now{before}"]
    lines += [f"back again: {door} models rollback {move.model} {move.alias}"] if move.from_version else []
    return Answer([text.plain(line) for line in lines], {"version": VERSION, **move.to_json()})


def _gates(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    models = workbench.models
    if args.file is not None or args.unset:
        policy = models.gates.write(args.model, _read(args.file) if args.file is not None else "")
        lines = policy.to_yaml().splitlines() or [f"{args.model} has no gates of its own"]
        return Answer(lines, {"version": VERSION, "model": args.model, "source": policy.source, "gates": lines})
    model = models.registry.model(args.model)
    number = args.version or model.aliases.get(CANDIDATE) or model.latest
    if number is None:
        raise UsageError("model.no_version", f'model "{args.model}" has no version', "register one first")
    version = models.registry.version(args.model, number)
    policy, found = models.gates.policy(args.model, version), models.gates.check(version, args.alias)
    lines = text.table((_MARKS[gate.status], gate.rule, gate.message) for gate in found)
    empty = f"{version.label} has no gates; `{door} models gates {args.model} --set FILE` writes some"
    data = {
        "version": VERSION,
        "model": version.name,
        "number": version.number,
        "source": policy.source,
        "is_open": is_open(found),
        "gates": [gate.to_json() for gate in found],
    }
    return Answer([text.plain(line) for line in lines or [empty]], data, 0 if is_open(found) else 1)


def _approve(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    version = workbench.models.registry.version(args.model, args.version)
    workbench.models.gates.approve(version, args.note)
    return Answer([text.plain(f"approved {version.label}")], _version_json(version))


def _score(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    from jupyter_mlops.app.scoring import noted, score_file

    source, output = Path(args.input), Path(args.output)
    told = noted(workbench.note)
    found = score_file(workbench.models, args.model, source, output, args.rows, args.python, told)
    resumed = f" ({found.scored.resumed:,} of them before)" if found.scored.resumed else ""
    columns = ", ".join(found.scored.columns)
    lines = [
        f"{found.version.label} scored {text.counted(found.scored.rows, 'row')}{resumed}",
        f"{args.output}: with {columns}",
    ]
    return Answer([text.plain(line) for line in lines], {"version": VERSION, **found.to_json()})


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError("gates.file", f"`{file}` cannot be read: {error}") from error


def _rollback(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    move = workbench.models.roll_back(args.model, args.alias, args.reason)
    line = f"{move.alias} of {move.model} is version {move.to_version} again, not {move.from_version}"
    return Answer([text.plain(line)], {"version": VERSION, **move.to_json()})


def _history(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    models = workbench.models
    if args.at is not None:
        at = _moment(args.at)
        held = {a: n for a, n in models.held(args.model, at).items() if args.alias in (None, a)}
        rows = [(alias, f"version {number}") for alias, number in sorted(held.items())]
        lines = text.table(rows) or [f"nothing is known of aliases of {args.model} at {at.isoformat()}"]
        return Answer(lines, {"version": VERSION, "model": args.model, "at": at.isoformat(), "held": held})
    moves = [m for m in models.moves(args.model, args.alias) if m.status is not MoveStatus.UNDONE]
    lines = text.table([_move(m) for m in moves], head=("when", "alias", "version", "before", "who", "why"))
    data = {"version": VERSION, "model": args.model, "moves": [m.to_json() for m in moves]}
    return Answer(lines if moves else [f"no alias of {args.model} was moved yet"], data)


def _move(move: Move) -> tuple[str, ...]:
    who = "outside of jupyter-mlops" if move.kind is Kind.OUTSIDE else move.author or ""
    why = " ".join(filter(None, ["rolled back" if move.kind is Kind.ROLLBACK else "", move.reason]))
    return (text.ago(move.created_at), move.alias, _number(move.to_version), _number(move.from_version), who, why)


def _number(number: int | None) -> str:
    return "none" if number is None else str(number)


def _aliases(entry: Entry) -> str:
    return ", ".join(
        f"{alias} {number}{' (moved outside)' if alias in entry.outside else ''}"
        for alias, number in sorted(entry.model.aliases.items())
    )


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.model.name,
        "description": entry.model.description,
        "latest": entry.model.latest,
        "count": entry.versions,
        "aliases": dict(entry.model.aliases),
        "moved_outside": sorted(entry.outside),
    }


def _version_json(version: ModelVersion) -> dict[str, Any]:
    found = version.to_json()
    return {"number": found.pop("version"), **found, "version": VERSION}


def _came_from(version: ModelVersion) -> str:
    if version.run_id is None:
        return "elsewhere"
    job = version.tags.get("mlops.job")
    return f"run {version.run_id[:8]}, step {version.step}{f', job {job}' if job else ''}"


def _metrics(metrics: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={value:.4g}" for name, value in sorted(metrics.items()))


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


def _columns(columns: Sequence[Column]) -> str:
    shown = [f"{c.name or 'values'}: {c.type}{'' if c.is_required else ' (optional)'}" for c in columns[:12]]
    return ", ".join([*shown, *([f"and {len(columns) - 12} more"] if len(columns) > 12 else [])])


def _moment(given: str) -> datetime:
    try:
        found = datetime.fromisoformat(given)
        # A day is meant as it was at its end.
        if _is_day(given):
            found = found.replace(hour=23, minute=59, second=59, microsecond=999_999)
        return (found if found.tzinfo else found.astimezone()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError("cli.usage", f"`{given}` is no date", "write 2026-11-21, or 2026-11-21T09:00") from error


def _is_day(given: str) -> bool:
    try:
        date.fromisoformat(given)
    except ValueError:
        return False
    return True


_VERBS: Mapping[str, Callable[[Workbench, argparse.Namespace, str], Answer]] = {
    "list": _list,
    "show": _show,
    "register": _register,
    "promote": _promote,
    "gates": _gates,
    "approve": _approve,
    "score": _score,
    "rollback": _rollback,
    "history": _history,
}
