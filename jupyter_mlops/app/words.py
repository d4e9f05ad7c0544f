"""The words of the verbs: one argparse parser that the command line and the line magics share.

A mistake raises `UsageError` (``cli.usage``) and never exits the process, because a magic runs inside a
kernel. Nothing here
touches a notebook or the store: a parsed command is a plain namespace whose ``verb`` (and ``noun_verb``)
name what to do.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from jupyter_mlops.app.deploywords import VERBS as DEPLOYMENTS
from jupyter_mlops.app.deploywords import add_deployments, add_short
from jupyter_mlops.app.modelwords import VERBS as MODELS
from jupyter_mlops.app.modelwords import add_models
from jupyter_mlops.app.runnerwords import VERBS as RUNNER
from jupyter_mlops.app.runnerwords import add_runner
from jupyter_mlops.base.errors import UsageError

NOUNS: Mapping[str, tuple[str, ...]] = {
    "jobs": ("list", "show", "delete"),
    "runs": ("list", "show", "logs", "cancel", "retry", "delete", "open"),
    "models": tuple(MODELS),
    "deployments": tuple(DEPLOYMENTS),
    "runner": tuple(RUNNER),
}
SHELLS = ("bash", "zsh", "fish")
LATER: Mapping[str, str] = {
    "--schedule": "schedules are not available in this version; cron can call `jupyter mlops run JOB`",
    "--timezone": "schedules are not available in this version",
    "pause": "schedules are not available in this version, so there is nothing to pause",
    "resume": "schedules are not available in this version; `runs retry` takes up a run that ended",
}
EXAMPLES = """\
examples:
  jupyter mlops check train.ipynb                     what is wrong, with cell and line
  jupyter mlops show train.ipynb                      the pipeline that the notebook is
  jupyter mlops run train.ipynb -p n_estimators=200   run it; wait and watch
  jupyter mlops run train.ipynb --detach              start it; print the run id
  jupyter mlops runs logs 3f2c train -f               follow what a step prints
  jupyter mlops runs retry 3f2c --from-step train     again, from that step on
  jupyter mlops run train.ipynb --only train          only this step, on what earlier runs made
  jupyter mlops promote train.ipynb --as churn        freeze it as version 1 of a job
  jupyter mlops run churn@1 -p n_estimators=500       run that version
  jupyter mlops models register latest churn          make a version of the model that a run logged
  jupyter mlops models promote churn                  its candidate becomes the champion
  jupyter mlops deployments create churn --model churn@champion    serve it

exit codes: 0 done, 1 the run failed, 2 the notebook or the arguments are wrong (nothing was started),
130 cancelled
"""


class Words(argparse.ArgumentParser):
    """An `ArgumentParser` that raises `UsageError`, says what was probably meant, and never guesses
    abbreviations.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        message = message.replace("the following arguments are required:", "missing:")
        raise UsageError("cli.usage", message, f"`{self.prog} --help` says what it takes")

    def parse(self, words: Iterable[str]) -> argparse.Namespace:
        """Parse `words`; raise `UsageError` that names what is unknown and the nearest known word."""
        args, unknown = self.parse_known_args(list(words))
        if unknown:
            parser = self._parser_of(args)
            options = [o for o in parser._option_string_actions if o.startswith("--")]
            word = unknown[0].split("=", 1)[0]
            kind = "option" if word.startswith("-") else "argument"
            raise UsageError(
                "cli.usage",
                f"unknown {kind} `{word}`",
                LATER.get(word) or meant(word, options, f"{parser.prog} --help"),
            )
        return args

    def _parser_of(self, args: argparse.Namespace) -> argparse.ArgumentParser:
        """The innermost parser that read `args`: its options are the ones to suggest."""
        parser: argparse.ArgumentParser = self
        for word in (getattr(args, "verb", None), getattr(args, "noun_verb", None)):
            for action in parser._actions:
                if isinstance(action, argparse._SubParsersAction) and word in action.choices:
                    parser = action.choices[word]
                    break
        return parser

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(c) for c in action.choices if c != "run-step"]
            raise UsageError(
                "cli.usage",
                f"unknown {action.metavar or action.dest} `{value}`",
                LATER.get(str(value)) or meant(str(value), known),
            )


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the hint for a mistyped `word`: the nearest known one, or where to look.

    >>> meant("chek", ["check", "show"])
    'did you mean `check`?'
    >>> meant("xyzzy", ["check", "show"])
    'known: check, show'
    """
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"`{otherwise}` says what it takes" if otherwise else f"known: {', '.join(known)}"


def assignment(text: str) -> tuple[str, str]:
    """Split ``NAME=VALUE``; the value stays text, because only the notebook knows its type.

    >>> assignment("note=a=b")
    ('note', 'a=b')
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"`{text}` is not NAME=VALUE")
    return name.strip(), value


DURATION = re.compile(r"\d+(\.\d+)?(s|m|h|d)?")


def build(prog: str = "jupyter mlops", *, notebook_known: bool = False) -> Words:
    """Return the parser of all verbs.

    Parameters
    ----------
    prog
        how the door is called, for the usage line: ``jupyter mlops`` or ``%mlops``.
    notebook_known
        a magic stands in its notebook, so NOTEBOOK may be left out; it also can wait, where a shell can
        detach.
    """
    parser = Words(
        prog=prog,
        description="Run a tagged notebook as a pipeline, promote it to a job, follow its runs.",
        epilog=EXAMPLES.replace("jupyter mlops", prog) if notebook_known else EXAMPLES,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=Words)
    optional: dict[str, Any] = {"nargs": "?", "default": None} if notebook_known else {}

    def verb(name: str, text: str, *, json: bool = True) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if json:
            _json(made)
        return made

    check = verb("check", "all findings of a notebook, with cell and line, and how to mend each")
    check.add_argument("notebook", metavar="NOTEBOOK", **optional)
    _ignoring(check)
    show = verb("show", "the pipeline: parameters, steps, edges with the names on them")
    show.add_argument("notebook", metavar="NOTEBOOK", **optional)
    comp = verb("compile", "write pipeline.json and one runnable notebook per step")
    comp.add_argument("notebook", metavar="NOTEBOOK", **optional)
    comp.add_argument("-o", "--output", metavar="DIR", required=True, help="folder to write; made when missing")
    _parameters(comp)
    _ignoring(comp)

    run = verb("run", "run a notebook or a job version as a pipeline")
    run.add_argument("target", metavar="NOTEBOOK|JOB[@VERSION]", **optional)
    _parameters(run)
    part = run.add_mutually_exclusive_group()
    part.add_argument(
        "--from-step", metavar="STEP", help="take the steps before STEP from the latest run that has them"
    )
    part.add_argument(
        "--only",
        dest="steps",
        metavar="STEP",
        action="append",
        help="run STEP and skip the others; what it needs is taken from earlier runs; repeatable",
    )
    run.add_argument("--no-cache", action="store_true", help="run every step, whatever the cache holds")
    _ignoring(run)
    _waiting(run, notebook_known)

    promote = verb("promote", "freeze a notebook as the next version of a job")
    promote.add_argument("notebook", metavar="NOTEBOOK", **optional)
    promote.add_argument("--as", dest="job", metavar="JOB", required=True, help="name of the job")
    promote.add_argument("--note", default="", metavar="TEXT", help="why, kept with the version")
    _parameters(promote)
    _ignoring(promote)

    _jobs(verbs)
    _runs(verbs, notebook_known)
    add_models(verbs, Words, run_known=notebook_known)
    add_deployments(verbs, Words)
    add_runner(verbs, Words, notebook_known)
    if not notebook_known:
        completion = verb(
            "completion", 'print the completion script of a shell: eval "$(... completion bash)"', json=False
        )
        completion.add_argument("shell", metavar="SHELL", choices=SHELLS, help=" | ".join(SHELLS))
        step = verbs.add_parser("run-step")  # an engine's entry, not a person's: no help text keeps it out of the list
        step.add_argument("run", metavar="RUN")
        step.add_argument("step", metavar="STEP")
    else:
        for name, text in (
            ("logs", "what the steps of a run print"),
            ("cancel", "cancel a run"),
            ("retry", "run again"),
        ):
            short = verb(name, f"short for `runs {name}`", json=False)
            _run_verb(short, name, text, notebook_known, optional_run=True)
        add_short(verbs)
        verb("help", "all verbs, and what each of them does", json=False)
    return parser


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on standard output")


def _parameters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-p",
        "--parameter",
        dest="parameters",
        metavar="NAME=VALUE",
        action="append",
        type=assignment,
        default=[],
        help="value of a parameter, read by its declared type; repeatable",
    )
    parser.add_argument("-f", "--file", metavar="FILE", help="parameters as YAML or JSON; -p wins over it")


def _ignoring(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ignore",
        metavar="CODE",
        action="append",
        default=[],
        help="do not refuse the notebook for findings with this code; repeatable",
    )


def _waiting(parser: argparse.ArgumentParser, in_notebook: bool) -> None:
    if in_notebook:
        parser.add_argument("--wait", action="store_true", help="block the cell until the run has ended")
    parser.add_argument("--detach", action="store_true", help="do not wait; print the run id")


def _jobs(verbs: Any) -> None:
    jobs = verbs.add_parser("jobs", help="promoted notebooks", description="Promoted notebooks and their versions.")
    _json(jobs)
    nouns = jobs.add_subparsers(dest="noun_verb", metavar="VERB", parser_class=Words)
    listing = nouns.add_parser("list", help="all jobs")
    show = nouns.add_parser("show", help="one job: versions, parameters, frozen modules")
    show.add_argument("job", metavar="JOB[@VERSION]")
    delete = nouns.add_parser("delete", help="delete a job with all its versions (its runs stay)")
    delete.add_argument("job", metavar="JOB")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    for made in (listing, show, delete):
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON on standard output")


def _runs(verbs: Any, in_notebook: bool) -> None:
    runs = verbs.add_parser("runs", help="runs, newest first", description="Runs, newest first.")
    _json(runs)
    _listing(runs, 20, None)
    nouns = runs.add_subparsers(dest="noun_verb", metavar="VERB", parser_class=Words)
    texts = {
        "list": "all runs, newest first",
        "show": "one run: steps, errors, metrics",
        "logs": "what the steps printed",
        "cancel": "cancel a run",
        "retry": "run again what did not succeed",
        "delete": "delete a run that is over, with its files (its MLflow run stays but for --with-mlflow)",
        "open": "where the executed notebooks are",
    }
    for name, text in texts.items():
        made = nouns.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON on standard output")
        if name == "list":
            _listing(made, argparse.SUPPRESS, argparse.SUPPRESS)
        else:
            # What cannot be undone names its run.
            _run_verb(made, name, text, in_notebook, optional_run=in_notebook and name != "delete")


def _listing(parser: argparse.ArgumentParser, limit: Any, status: Any) -> None:
    parser.add_argument("-n", "--limit", type=int, default=limit, metavar="N", help="at most N (20)")
    parser.add_argument("--status", metavar="STATUS", default=status, help="only runs in this state")


def _run_verb(parser: argparse.ArgumentParser, name: str, text: str, in_notebook: bool, *, optional_run: bool) -> None:
    """The arguments of ``runs NAME``: a run is its id or the beginning of it; in a notebook the latest one
    is meant.
    """
    one: dict[str, Any] = {"nargs": "?", "default": None} if optional_run else {}
    parser.add_argument("run", metavar="RUN", help="run id, or the beginning of it, or `latest`", **one)
    if name == "logs":
        parser.add_argument("step", metavar="STEP", nargs="?", default=None)
        parser.add_argument("-f", "--follow", action="store_true", help="go on until the run has ended")
    elif name == "retry":
        parser.add_argument("--from-step", metavar="STEP", help="run STEP and what depends on it again, carry the rest")
        _waiting(parser, in_notebook)
    elif name == "delete":
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--with-mlflow", action="store_true", help="its MLflow run too")
    elif name == "open":
        parser.add_argument("--browser", action="store_true", help="show the folder in the file manager or browser")
