"""The words of ``models``: what a command line or a line magic may say of them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from jupyter_mlops.models.score import ROWS
from jupyter_mlops.models.version import CHAMPION

VERBS: Mapping[str, str] = {
    "list": "all registered models",
    "show": "one model: versions, aliases, metrics; or one version of it",
    "register": "register a model that a run logged",
    "promote": "move an alias to a version, the candidate when none is named",
    "gates": "what the gates of a model say of a version; or write its gates",
    "approve": "say yes to a version, for gates that ask for it",
    "score": "predict the rows of a CSV or Parquet file, in chunks; again after a kill, it goes on",
    "rollback": "move an alias back to where it was before",
    "history": "who moved an alias, when and why",
}


def add_models(verbs: Any, parser_class: type[argparse.ArgumentParser], *, run_known: bool) -> None:
    """Add ``models`` and its verbs.

    Parameters
    ----------
    run_known
        a magic may leave RUN out: the latest one is meant.
    """
    models = verbs.add_parser("models", help="registered models", description="Registered models and their aliases.")
    models.add_argument("--json", action="store_true", help="JSON on standard output")
    nouns = models.add_subparsers(dest="noun_verb", metavar="VERB", parser_class=parser_class)
    for name, text in VERBS.items():
        made = nouns.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON on standard output")
        _ADD[name](made, run_known)


def _list(parser: argparse.ArgumentParser, run_known: bool) -> None:
    pass


def _show(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL[@ALIAS|/VERSION]")


def _register(parser: argparse.ArgumentParser, run_known: bool) -> None:
    one: dict[str, Any] = {"nargs": "?", "default": None} if run_known else {}
    parser.add_argument("run", metavar="RUN", help="run id, or the beginning of it, or `latest`", **one)
    parser.add_argument("name", metavar="NAME", nargs="?", default=None, help="of the model; else as it was logged")
    parser.add_argument("--step", metavar="STEP", help="which one, where several steps logged a model")
    parser.add_argument("--logged", metavar="MODEL", help="which one, where a step logged several: its name or id")


def _promote(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("version", metavar="VERSION", nargs="?", type=int, default=None)
    parser.add_argument("--to", dest="alias", metavar="ALIAS", default=CHAMPION, help=f"the alias to move ({CHAMPION})")
    parser.add_argument("--reason", metavar="TEXT", default="", help="overrides gates that fail, and is recorded")


def _gates(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("version", metavar="VERSION", nargs="?", type=int, default=None)
    parser.add_argument("--to", dest="alias", metavar="ALIAS", default=CHAMPION, help=f"as if for it ({CHAMPION})")
    write = parser.add_mutually_exclusive_group()
    write.add_argument("--set", dest="file", metavar="FILE", help="write the gates of the model: YAML")
    write.add_argument("--unset", action="store_true", help="take them away; those of the notebook are back")


def _approve(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("version", metavar="VERSION", type=int)
    parser.add_argument("--note", metavar="TEXT", default="", help="why, kept with it")


def _score(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL[@ALIAS|/VERSION]")
    parser.add_argument("input", metavar="INPUT", help="a .csv, .tsv (.gz) or .parquet file")
    parser.add_argument("output", metavar="OUTPUT", help="its rows with predictions: .csv, .tsv or .parquet")
    parser.add_argument("--rows", metavar="N", type=int, default=ROWS, help=f"rows of a chunk ({ROWS})")
    parser.add_argument("--python", metavar="PATH", help="of the environment that the model needs, if not this one")


def _rollback(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("alias", metavar="ALIAS", nargs="?", default=CHAMPION)
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; recorded")


def _history(parser: argparse.ArgumentParser, run_known: bool) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("alias", metavar="ALIAS", nargs="?", default=None)
    parser.add_argument("--at", metavar="DATE", help="what the aliases pointed to then: 2026-11-21, or with a time")


_ADD = {
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
