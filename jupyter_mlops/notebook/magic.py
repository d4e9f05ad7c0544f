"""The text form of tags: a first line ``%%mlops step NAME …``, which means the same as the tags it stands for."""

from __future__ import annotations

import argparse
import shlex
from typing import NoReturn

from jupyter_mlops.notebook.tags import CellTags, Role, parse_tags

MAGIC_ROLES: dict[str, str] = {
    "step": "step",
    "parameters": "parameters",
    "imports": "imports",
    "functions": "functions",
    "setup": "setup",
    "metrics": "pipeline-metrics",
    "skip": "skip",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def magic_parser() -> argparse.ArgumentParser:
    """Return the parser of the words after ``%%mlops``; it raises `ValueError` instead of leaving the process."""
    parser = _Parser(prog="%%mlops", add_help=False)
    parser.add_argument("role", choices=list(MAGIC_ROLES))
    parser.add_argument("name", nargs="?", help="the step's name")
    parser.add_argument("--prev", action="append", default=[], metavar="STEP")
    parser.add_argument("--retry", metavar="N")
    parser.add_argument("--timeout", metavar="30m")
    parser.add_argument("--limit", action="append", default=[], metavar="RESOURCE:AMOUNT")
    parser.add_argument("--engine", metavar="NAME")
    parser.add_argument("--image", metavar="REF")
    parser.add_argument("--model", metavar="NAME")
    parser.add_argument("--secret", action="append", default=[], metavar="NAME:KEY:ENV")
    parser.add_argument("--label", action="append", default=[], metavar="KEY:VALUE")
    parser.add_argument("--ignore", action="append", default=[], metavar="CODE")
    parser.add_argument("--cache", action="store_true")
    parser.add_argument("--no-cache", action="store_true")
    return parser


def parse_magic(line: str) -> CellTags:
    """Read the words after ``%%mlops``: the same meaning as the tags they stand for.

    >>> parse_magic("step train --prev features --retry 2").options
    (('prev', 'features'), ('retry', '2'))
    """
    try:
        words = magic_parser().parse_args(shlex.split(line))
    except ValueError as error:
        return CellTags(problems=(f"`%%mlops {line}`: {error}",))
    if (words.role == "step") != bool(words.name):
        what = "needs a name" if words.role == "step" else f"takes no name, but has `{words.name}`"
        return CellTags(problems=(f"`%%mlops {line}`: `{words.role}` {what}",))
    tags = [f"step:{words.name}" if words.role == "step" else MAGIC_ROLES[words.role]]
    for option in ("prev", "limit", "secret", "label", "ignore"):
        tags += [f"{option}:{value}" for value in getattr(words, option)]
    for option in ("retry", "timeout", "engine", "image", "model"):
        value = getattr(words, option)
        tags += [f"{option}:{value}"] if value is not None else []
    tags += ["cache:enabled"] * words.cache + ["cache:disabled"] * words.no_cache
    return parse_tags(tags)


def merge(tags: CellTags, magic: CellTags | None) -> CellTags:
    """Return what a cell's tags and its `%%mlops` line say together; a disagreement is a problem."""
    if magic is None:
        return tags
    problems = list(tags.problems + magic.problems)
    said = (tags.role, tags.step), (magic.role, magic.step)
    if tags.role is not None and magic.role is not None and said[0] != said[1]:
        problems.append(f"the cell's tag says {_spell(*said[0])} and its `%%mlops` line says {_spell(*said[1])}")
    role, step = said[1] if magic.role is not None else said[0]
    options = tuple(dict.fromkeys(tags.options + magic.options))
    ignores = tuple(dict.fromkeys(tags.ignores + magic.ignores))
    return CellTags(role, step, options, tags.raises or magic.raises, tuple(problems), ignores)


def _spell(role: Role | None, step: str | None) -> str:
    return f"`step:{step}`" if step else f"`{role}`"
