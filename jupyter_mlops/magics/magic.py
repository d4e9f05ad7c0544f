"""``%mlops``: the verbs of the command line, with the same words, in a notebook.

Arguments are taken as they are typed: neither IPython nor a shell expands ``{x}``, ``$x`` or ``~`` in them.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError as ShellUsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from jupyter_mlops.app.words import build
from jupyter_mlops.base.errors import FindingsError, MlopsError, NotFoundError, UsageError
from jupyter_mlops.magics.here import Executed, notebook_here
from jupyter_mlops.notebook.magic import parse_magic

if TYPE_CHECKING:
    from jupyter_mlops.app.workbench import Workbench
    from jupyter_mlops.runs.run import Run

DOOR = "%mlops"
INSIDE_STEP = "JUPYTER_MLOPS_ATTEMPT_DIR"
NOTEBOOK_VERBS = {
    "check": "notebook",
    "show": "notebook",
    "compile": "notebook",
    "promote": "notebook",
    "run": "target",
}


@magics_class
class MlopsMagics(Magics):
    """The line verbs, and what is left of the cell form when its words are wrong or it is called by name."""

    shell: Any

    def __init__(self, shell: Any, executed: Executed) -> None:
        super().__init__(shell)
        self.executed = executed
        self.started: str | None = None

    @no_var_expand
    @line_cell_magic
    def mlops(self, line: str, cell: str | None = None) -> Any:
        """Run a verb (`%mlops run -p lr=0.1`), or mark a cell (`%%mlops step train`); `%mlops` says what is
        possible.
        """
        if cell is not None:
            self._cell(line, cell)
        elif os.environ.get(INSIDE_STEP):
            # The cell belongs to a step of a run: a run that started runs would not end.
            print(f"%mlops {line.strip()}: left out inside a run")
        else:
            try:
                return self._verb(shlex.split(line))
            except MlopsError as error:
                raise ShellUsageError(told(error)) from None
            except ValueError as error:
                raise ShellUsageError(f"%mlops {line.strip()}: {error}") from None
        return None

    def _cell(self, words: str, cell: str) -> None:
        problems = parse_magic(words).problems
        if problems:
            raise ShellUsageError("; ".join(problems))
        result = self.shell.run_cell(cell, store_history=False)
        result.raise_error()

    def _verb(self, words: list[str]) -> Any:
        parser = build(DOOR, notebook_known=True)
        try:
            args = parser.parse(words)
        except SystemExit:  # --help printed itself
            return None
        if args.verb == "help":
            from jupyter_mlops.magics.possible import help_lines

            print("\n".join(help_lines(parser)))
            return None
        workbench = self._workbench()
        # Doctor says first what it finds; the verbs of the runner start and end it themselves.
        if args.verb not in ("doctor", "runner"):
            workbench.attend()
        if args.verb is None:
            from jupyter_mlops.magics.possible import possible

            print("\n".join(possible(workbench, self.shell.user_ns)))
            return None
        if args.verb == "predict":
            return workbench.deployments.predict(args.deployment, self._value(args.data))
        place = NOTEBOOK_VERBS.get(args.verb)
        if place is not None:
            self._find_notebook(args, place)
        elif hasattr(args, "run"):
            args.run = args.run or self._latest(workbench)
        word = args.noun_verb if args.verb == "runs" else args.verb
        if word == "run":
            from jupyter_mlops.app.answers import start

            self._follow(workbench, start(workbench, args), args)
        elif word == "retry":
            self._follow(workbench, workbench.retry(workbench.find(args.run).id, args.from_step), args)
        elif word == "logs":
            for label, text in workbench.logs(workbench.find(args.run).id, args.step, follow=args.follow):
                print(f"{label} | {text}")
        else:
            self._answer(workbench, args)
            if word == "doctor":
                workbench.attend()
        return None

    def _value(self, expression: str) -> Any:
        """Return the value that a word of the line stands for in this notebook: a variable, or an expression."""
        if expression in self.shell.user_ns:
            return self.shell.user_ns[expression]
        try:
            return self.shell.ev(expression)
        except Exception as error:
            # It is the user's code, which raises whatever it likes.
            raise UsageError(
                "magic.no_value", f"`{expression}` has no value here: {error}", "name a variable of this notebook"
            ) from error

    def _answer(self, workbench: Workbench, args: argparse.Namespace) -> None:
        from jupyter_mlops.app.answers import answer

        reply = answer(workbench, args, _cannot_ask, DOOR)
        for note in reply.notes:
            _note(note)
        as_json = getattr(args, "json", False)
        print(json.dumps(reply.data, ensure_ascii=False, indent=2, default=str) if as_json else "\n".join(reply.lines))
        if reply.failure:
            raise ShellUsageError(reply.failure)

    def _find_notebook(self, args: argparse.Namespace, place: str) -> None:
        """Fill in this kernel's notebook where none is named, and say when what is on disk is not what was
        executed.
        """
        named = getattr(args, place)
        if named is None:
            setattr(args, place, str(notebook_here(self.shell.user_ns)))
        try:
            here = notebook_here(self.shell.user_ns)
        except UsageError:
            return  # a named notebook, and nothing tells whether it is this one
        if named is None or (Path(named).exists() and here.samefile(named)):
            note = self.executed.unsaved(here)
            if note:
                _note(note)

    def _latest(self, workbench: Workbench) -> str:
        """Return the run that this kernel started last, or else this notebook's newest; ``latest``, of all, where
        nothing says which notebook it is.
        """
        if self.started is not None:
            return self.started
        try:
            here = notebook_here(self.shell.user_ns)
        except NotFoundError:
            return "latest"
        run = workbench.latest_of(here)
        if run is None:
            raise NotFoundError(
                "run.not_found", f"`{here.name}` has no run yet",
                "`%mlops run` starts one; `latest` names the latest run of all notebooks",
            )  # fmt: skip
        return run.id

    def _follow(self, workbench: Workbench, run: Run, args: argparse.Namespace) -> None:
        self.started = run.id
        if args.detach:
            print(run.id)
        elif not args.wait and has_widgets(self.shell):
            from jupyter_mlops.magics.widget import RunView

            RunView(workbench, run.id).show()
        else:
            wait_in_lines(workbench, run.id)

    def _workbench(self) -> Workbench:
        from jupyter_mlops.app.workbench import Workbench

        return Workbench(note=_note)


def told(error: MlopsError) -> str:
    """Return an error as IPython shows it: the findings, the message, the hint."""
    from jupyter_mlops.app.text import findings, plain

    lines = findings(error.findings, "")[:-1] if isinstance(error, FindingsError) else []
    return "\n".join([*lines, plain(error.message), *([f"hint: {plain(error.hint)}"] if error.hint else [])])


def has_widgets(shell: Any) -> bool:
    """Whether somebody can see a widget: a kernel of a live notebook, and not of one that is executed as a
    file.
    """
    live = bool(os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__"))
    if not live or getattr(shell, "kernel", None) is None:
        return False
    from importlib.util import find_spec

    return find_spec("ipywidgets") is not None


def wait_in_lines(workbench: Workbench, run_id: str) -> None:
    """Print the progress of a run until its end; interrupting the cell cancels the run.

    Raises
    ------
    UsageError
        IPython's own, which has no traceback, when the run did not succeed: the cell fails as the run did.
    """
    from jupyter_mlops.app.lines import Plain
    from jupyter_mlops.app.report import ended

    progress = Plain(sys.stdout)
    try:
        run = workbench.wait(run_id, progress.update)
    except KeyboardInterrupt:
        print(f"cancelling run {run_id}")
        workbench.cancel(run_id)
        run = workbench.wait(run_id, progress.update)
    form = run.to_json()
    lines = ended(form, workbench.details(run.id), DOOR)
    if run.status != "succeeded":
        raise ShellUsageError("\n".join(lines))
    print("\n".join(lines))


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)


def _cannot_ask(question: str) -> bool:
    raise UsageError("magic.not_confirmed", f"not confirmed: {question}", "--yes does it without asking")
