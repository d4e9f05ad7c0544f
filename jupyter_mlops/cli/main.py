"""The entry point of ``jupyter mlops``: one command, its exit code, and every error as two lines.

Exit codes: 0 done, 1 the run failed, 2 the notebook or the arguments are wrong and nothing was started, 130
cancelled.
Data goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlops.app.words import build
from jupyter_mlops.base.errors import FindingsError, MlopsError, UsageError

if TYPE_CHECKING:
    from jupyter_mlops.app.workbench import Workbench

DOOR = "jupyter mlops"
EXIT = {"succeeded": 0, "failed": 1, "cancelled": 130}
DEBUG = "JUPYTER_MLOPS_DEBUG"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a traceback is shown only when JUPYTER_MLOPS_DEBUG is set."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 shows a replacement instead of ending the command.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        code = _command(words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has what it wanted (`| head`); the interpreter must not fail on it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except MlopsError as error:
        if os.environ.get(DEBUG):
            raise
        tell(error, as_json="--json" in words)
        return 2
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
        print(f"hint: this is a defect of jupyter-mlops; {DEBUG}=1 shows where", file=sys.stderr)
        return 1


def tell(error: MlopsError, *, as_json: bool = False) -> None:
    """Write an error: all findings when it carries some, its message, its hint; with ``--json`` also as data."""
    from jupyter_mlops.app.text import findings, plain

    found: Sequence[Any] = error.findings if isinstance(error, FindingsError) else ()
    if found:
        print("\n".join(findings(found, "")[:-1]), file=sys.stderr)
    print("error: " + plain(error.message).replace("\n", "\n       "), file=sys.stderr)
    if error.hint:
        print("hint: " + plain(error.hint).replace("\n", "\n      "), file=sys.stderr)
    if as_json:
        data: dict[str, Any] = {"version": 1, "error": error.to_json()}
        if found:
            data["findings"] = [f.to_json() for f in found]
        _print_json(data)


def _command(words: list[str]) -> int:
    if words[:1] == ["__complete"]:
        return _complete(words[1:])
    parser = build(DOOR)
    if "--version" in words[:1]:
        from importlib.metadata import version

        print(version("jupyter-mlops"))
        return 0
    try:
        args = parser.parse(words)
    except SystemExit as end:  # --help
        return int(end.code or 0)
    if args.verb is None:
        parser.print_help()
        return 0
    if args.verb == "completion":
        from jupyter_mlops.app.complete import SCRIPTS

        print(SCRIPTS[args.shell], end="")
        return 0
    from jupyter_mlops.app.workbench import Workbench

    settings = None
    if user := getattr(args, "user", None):
        from jupyter_mlops.app.asuser import become
        from jupyter_mlops.app.sources import in_force

        args.is_user = become(user, to_look=args.verb == "doctor")
        # What a server of theirs would have: a shell knows only variables.
        settings = in_force().settings
    workbench = Workbench(settings, _note)
    # Doctor says first what it finds; the verbs of the runner start and end it themselves.
    if args.verb not in ("doctor", "runner"):
        workbench.attend()
    code = _verb(workbench, args)
    if args.verb == "doctor" and getattr(args, "is_user", True):
        workbench.attend()
    return code


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def _verb(workbench: Workbench, args: argparse.Namespace) -> int:
    word = args.noun_verb if args.verb == "runs" else args.verb
    if word == "run":
        return _run(workbench, args)
    if word == "retry":
        return _follow(workbench, workbench.retry(workbench.find(args.run).id, args.from_step).id, args)
    if word == "logs":
        return _logs(workbench, args)
    if word == "run-step":
        workbench.run_step(args.run, args.step)
        return 0
    from jupyter_mlops.app.answers import answer

    reply = answer(workbench, args, _confirm, DOOR)
    for note in reply.notes:
        _note(note)
    if args.json:
        _print_json(reply.data)
    else:
        print("\n".join(reply.lines))
    if reply.failure:
        print(f"error: {reply.failure}", file=sys.stderr)
    return reply.exit_code


def _run(workbench: Workbench, args: argparse.Namespace) -> int:
    from jupyter_mlops.app.answers import start

    return _follow(workbench, start(workbench, args).id, args)


def _follow(workbench: Workbench, run_id: str, args: argparse.Namespace) -> int:
    """Show a run until its end; the first Ctrl-C cancels it, the second leaves it to its end."""
    if args.detach:
        _print_json(workbench.find(run_id).to_json()) if args.json else print(run_id)
        return 0
    from jupyter_mlops.app.report import ended
    from jupyter_mlops.cli.progress import for_standard_error

    cancelling = False
    with for_standard_error() as progress:
        while True:
            try:
                if cancelling:
                    workbench.cancel(run_id)
                run = workbench.wait(run_id, progress.update)
                break
            except KeyboardInterrupt:
                if cancelling:
                    print(f"left; run {run_id} is still being cancelled", file=sys.stderr)
                    return 130
                cancelling = True
                print(f"cancelling run {run_id}; Ctrl-C again leaves without waiting", file=sys.stderr)
    details = workbench.details(run.id)
    form = run.to_json() | {"notes": list(details.notes)}
    lines = "\n".join(ended(form, details, DOOR))
    succeeded = run.status == "succeeded"
    if args.json:
        _print_json(form)
    print(lines, file=sys.stdout if succeeded and not args.json else sys.stderr)
    return EXIT[run.status]


def _logs(workbench: Workbench, args: argparse.Namespace) -> int:
    run = workbench.find(args.run)
    several = args.step is None and len(run.to_json()["steps"]) > 1
    found = []
    for label, line in workbench.logs(run.id, args.step, follow=args.follow):
        if args.json:
            found.append({"step": label, "line": line})
        else:
            print(f"{label} | {line}" if several else line, flush=args.follow)
    if args.json:
        _print_json({"version": 1, "id": run.id, "lines": found})
    return 0


def _confirm(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("cli.not_confirmed", "there is no terminal to ask on", "--yes does it without asking")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _complete(words: list[str]) -> int:
    from jupyter_mlops.app.complete import candidates
    from jupyter_mlops.app.known import known

    print("\n".join(candidates(build(DOOR), words or [""], lambda kind: known(kind, words[:-1]))))
    return 0


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
