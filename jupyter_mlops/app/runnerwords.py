"""The words of ``runner`` and of ``doctor``: what looks after a home folder, for its user and for root."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

VERBS: Mapping[str, str] = {
    "status": "whether it is alive, since when, and what it has to do",
    "restart": "end it and start another one, with the environment of this command",
    "stop": "end it; the steps that run are begun again by the next one",
}
_JSON = "JSON on standard output"


def add_runner(verbs: Any, parser_class: type[argparse.ArgumentParser], in_notebook: bool) -> None:
    """Add ``runner`` with its verbs, and ``doctor``; for another user only where a process of its own answers."""
    runner = verbs.add_parser("runner", help="the process that does the work", description="The runner of a home.")
    runner.add_argument("--json", action="store_true", help=_JSON)
    nouns = runner.add_subparsers(dest="noun_verb", metavar="VERB", parser_class=parser_class)
    made = [nouns.add_parser(name, help=text, description=_sentence(text)) for name, text in VERBS.items()]
    for each in made:
        each.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_JSON)
    text = "settings, versions, store, runner, MLflow, kernels, disk; what to do about each"
    doctor = verbs.add_parser("doctor", help=text, description=_sentence(text))
    doctor.add_argument("--json", action="store_true", help=_JSON)
    if not in_notebook:
        runner.add_argument("--user", metavar="NAME", help="of this user (for root)")
        for each in made:
            each.add_argument("--user", metavar="NAME", default=argparse.SUPPRESS, help="of this user (for root)")
        doctor.add_argument("--user", metavar="NAME", help="as this user (root), or only their settings (others)")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
