"""Answers: what each verb that only asks or changes one thing replies, as lines and as JSON, the same at
every door.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.app import report, text
from jupyter_mlops.app.given import read_file
from jupyter_mlops.app.workbench import Workbench
from jupyter_mlops.base.cells import numbered
from jupyter_mlops.base.errors import ConflictError, UsageError
from jupyter_mlops.jobs.job import JobVersion
from jupyter_mlops.pipeline.concealed import shown
from jupyter_mlops.runs.run import Run

VERSION = 1
Confirm = Callable[[str], bool]


@dataclass(frozen=True)
class Answer:
    """What a verb replies: lines for people, one JSON value for programs, notes beside the point, the exit
    code; `failure` is what a cell of a notebook fails with when what was asked for did not come about.
    """

    lines: Sequence[str]
    data: Mapping[str, Any]
    exit_code: int = 0
    notes: Sequence[str] = field(default=())
    failure: str = ""


def given(args: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of ``-f`` and the texts of ``-p``, the last one of a name winning."""
    return (read_file(args.file) if args.file else {}), dict(args.parameters)


def start(workbench: Workbench, args: argparse.Namespace) -> Run:
    """Start the run that a parsed ``run`` asks for; what it raises is the verb's."""
    values, texts = given(args)
    return workbench.run(
        args.target,
        values,
        texts,
        from_step=args.from_step,
        steps=args.steps,
        no_cache=args.no_cache,
        ignore=args.ignore,
    )


def answer(workbench: Workbench, args: argparse.Namespace, confirm: Confirm, door: str) -> Answer:
    """Return the answer to a parsed command.

    Parameters
    ----------
    confirm
        asks a yes-or-no question; what cannot be undone goes through it unless ``--yes`` was given.
    door
        how this door is called, for hints: ``jupyter mlops`` or ``%mlops``.

    Raises
    ------
    MlopsError
        what the verb raises.
    """
    verb = args.verb
    if verb == "models":
        from jupyter_mlops.app.modelanswers import answer_models

        return answer_models(workbench, args, door)
    if verb == "deployments":
        from jupyter_mlops.app.deployanswers import answer_deployments

        return answer_deployments(workbench, args, confirm, door)
    if verb == "runner":
        from jupyter_mlops.app.runneranswers import answer_runner

        return answer_runner(workbench, args)
    if verb == "deploy":
        from jupyter_mlops.app.deployanswers import answer_deploy

        return answer_deploy(workbench, args, door)
    if verb in ("jobs", "runs"):
        noun_verb = args.noun_verb or "list"
        if (verb, noun_verb) == ("runs", "delete"):
            return _runs_delete(workbench, args, confirm)
        return _JOBS[noun_verb](workbench, args, confirm) if verb == "jobs" else _RUNS[noun_verb](workbench, args, door)
    if verb == "cancel":
        return _cancel(workbench, args, door)
    if verb == "promote":
        return _promote(workbench, args, door)
    return _VERBS[verb](workbench, args)


def _check(workbench: Workbench, args: argparse.Namespace) -> Answer:
    checked = workbench.check(args.notebook, args.ignore)
    data = {"version": VERSION, "findings": [f.to_json() for f in checked.findings]}
    return Answer(text.findings(checked.findings, checked.name), data, 2 if checked.errors else 0)


def _show(workbench: Workbench, args: argparse.Namespace) -> Answer:
    shown = workbench.check(args.notebook)
    errors = shown.errors
    notes = [f"{text.counted(len(errors), 'error')} to mend before it runs; `check` tells"] if errors else []
    return Answer(text.pipeline(shown.pipeline), text.to_json_show(shown.pipeline), notes=notes)


def _compile(workbench: Workbench, args: argparse.Namespace) -> Answer:
    values, texts = given(args)
    written = workbench.compile(args.notebook, args.output, values, texts, args.ignore)
    data = {"version": VERSION, "files": [str(path) for path in written]}
    return Answer([text.plain(path) for path in written], data)


def _promote(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    values, texts = given(args)
    from jupyter_mlops.app.promotion import same_as_before

    version = workbench.promote(args.notebook, args.job, values, texts, note=args.note, ignore=args.ignore)
    lines = [
        f"promoted {version.notebook} as {version.label}",
        *_frozen(version),
        f"run it: {door} run {version.label}",
    ]
    return Answer(
        list(map(text.plain, lines)),
        _job_json(version),
        notes=[*version.notes, *same_as_before(workbench.job_store, version)],
    )


def _doctor(workbench: Workbench, args: argparse.Namespace) -> Answer:
    checks = workbench.doctor(only_settings=not getattr(args, "is_user", True))
    marks = {"ok": "✓", "warning": "!", "error": "✗"}
    lines = text.table((marks[c.status], c.name, c.message + (f"; {c.hint}" if c.hint else "")) for c in checks)
    broken = sum(c.status == "error" for c in checks)
    data = {"version": VERSION, "checks": [c.to_json() for c in checks]}
    return Answer([*lines, f"{text.counted(broken, 'problem')}"], data, 1 if broken else 0)


def _job_json(version: JobVersion) -> dict[str, Any]:
    record = version.to_json()
    record["number"] = version.number
    record["ignored"] = [numbered(finding) for finding in version.ignored]
    return record


def _frozen(version: JobVersion) -> list[str]:
    lines = []
    if version.parameters:
        lines.append("  parameters: " + ", ".join(f"{n}={v!r}" for n, v in shown(version.parameters).items()))
    if version.modules:
        lines.append("  frozen with it: " + ", ".join(version.modules))
    if version.files:
        lines.append("  not frozen, read where they are: " + ", ".join(version.files))
    lines += report.ignored(version.ignored)
    return lines


def _jobs_list(workbench: Workbench, args: argparse.Namespace, confirm: Confirm) -> Answer:
    newest = workbench.jobs()
    rows = [
        (v.name, f"version {v.number}", text.ago(v.created_at), (v.git_commit or "")[:8], v.notebook, v.note)
        for v in newest
    ]
    lines = text.table(rows, head=("job", "newest", "promoted", "commit", "notebook", "note")) if rows else []
    empty = "no jobs yet; `jupyter mlops promote NOTEBOOK --as JOB` makes the first one"
    return Answer(lines or [empty], {"version": VERSION, "jobs": [_job_json(v) for v in newest]})


def _jobs_show(workbench: Workbench, args: argparse.Namespace, confirm: Confirm) -> Answer:
    version, versions = workbench.job(args.job)
    lines = [f"{version.label} of {version.notebook}", *_frozen(version)]
    commit = f"{version.git_commit[:12]}{' (with changes)' if version.git_dirty else ''}" if version.git_commit else ""
    lines += [f"  git commit: {commit}"] if commit else []
    lines += [f"  notebook sha256: {version.notebook_sha256}", f"  frozen in: {version.folder}", "", "versions"]
    lines += text.table(
        ((f"{v.name}@{v.number}", text.ago(v.created_at), (v.git_commit or "")[:8], v.note) for v in versions),
        indent="  ",
    )
    data = {**_job_json(version), "versions": [_job_json(v) for v in versions]}
    return Answer(list(map(text.plain, lines)), data, notes=version.notes)


def _jobs_delete(workbench: Workbench, args: argparse.Namespace, confirm: Confirm) -> Answer:
    version, versions = workbench.job(args.job)
    if "@" in args.job:
        raise UsageError("job.delete_whole", "a job is deleted with all its versions", f"jobs delete {version.name}")
    count = text.counted(len(versions), "version")
    if not args.yes and not confirm(f'delete job "{version.name}" with {count}? Its runs stay.'):
        raise UsageError("job.not_confirmed", f'job "{version.name}" was not deleted', "--yes deletes without asking")
    deleted = workbench.delete_job(version.name)
    return Answer([f"deleted job {version.name}: {count}"], {"version": VERSION, "deleted": [v.label for v in deleted]})


def _runs_list(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    runs = workbench.runs(args.limit, args.status)
    forms = [run.to_json() for run in runs]
    return Answer(report.listed(forms), {"version": VERSION, "runs": forms})


def _runs_show(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    run = workbench.find(args.run)
    details = workbench.details(run.id)
    form = run.to_json() | {"notes": list(details.notes)}
    return Answer(report.shown(form, details, door), form)


def _runs_delete(workbench: Workbench, args: argparse.Namespace, confirm: Confirm) -> Answer:
    run = workbench.find(args.run)
    short, named = run.id[: report.SHORT], f'run {run.id[: report.SHORT]} of "{run.name}" ({run.status})'
    if run.status not in report.OVER:
        # Said before it is asked; who begins it meanwhile is refused by the verb itself.
        raise ConflictError("run.not_over", f"{named} is not over", f"cancel it first: runs cancel {short}")
    stays = [
        *(["its MLflow run"] if run.mlflow_run_id and not args.with_mlflow else []),
        "what later runs took over from it",
    ]
    stay = f"{' and '.join(stays)} {'stay' if len(stays) > 1 else 'stays'}"
    if not args.yes and not confirm(text.plain(f"delete {named} with its files? {stay[0].upper()}{stay[1:]}.")):
        raise UsageError("run.not_confirmed", f"run {short} was not deleted", "--yes deletes without asking")
    workbench.delete(run.id, with_mlflow=args.with_mlflow)
    return Answer([text.plain(f"deleted {named}; {stay}")], {"version": VERSION, "deleted": [run.id]})


def _cancel(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    before = workbench.find(args.run)
    run = workbench.cancel(before.id)
    if before.status in report.OVER:
        line = f"run {run.id} had {before.status} already; there is nothing to cancel"
    else:
        line = f"run {run.id}: {'cancelled' if run.status == 'cancelled' else 'being cancelled'}"
    return Answer([line], run.to_json())


def _open(workbench: Workbench, args: argparse.Namespace, door: str) -> Answer:
    run = workbench.find(args.run)
    details = workbench.details(run.id)
    if getattr(args, "browser", False):
        import webbrowser

        webbrowser.open(workbench.folder(run.id).path.as_uri())
    data = {
        "version": VERSION,
        "id": run.id,
        "folder": details.folder,
        "notebooks": dict(details.notebooks),
        "tracking_uri": details.tracking_uri or None,
        "mlflow_run_id": run.to_json().get("mlflow_run_id"),
    }
    lines = [f"run {run.id}", f"  folder {details.folder}", *report.where(run.to_json(), details)]
    return Answer([text.plain(line) for line in lines], data)


_VERBS: Mapping[str, Callable[[Workbench, argparse.Namespace], Answer]] = {
    "check": _check,
    "show": _show,
    "compile": _compile,
    "doctor": _doctor,
}
_JOBS: Mapping[str, Callable[[Workbench, argparse.Namespace, Confirm], Answer]] = {
    "list": _jobs_list,
    "show": _jobs_show,
    "delete": _jobs_delete,
}
_RUNS: Mapping[str, Callable[[Workbench, argparse.Namespace, str], Answer]] = {
    "list": _runs_list,
    "show": _runs_show,
    "cancel": _cancel,
    "open": _open,
}
