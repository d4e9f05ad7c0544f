"""The words of ``deployments``: what a command line or a line magic may say of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

VERBS: Mapping[str, str] = {
    "list": "all deployments",
    "create": "serve a model",
    "show": "one deployment: versions, traffic, health",
    "update": "change what is served, and to whom",
    "rollback": "end the canary, or serve again what was served before",
    "stop": "stop serving",
    "start": "serve again",
    "delete": "stop serving and delete the deployment with its files (the model stays)",
    "token": "make a new token; the old ones no longer open",
    "logs": "what a deployment, or a version of it, wrote",
    "events": "what happened to a deployment",
    "predict": "ask a deployment for predictions",
}
_JSON = "JSON on standard output"


def add_deployments(verbs: Any, parser_class: type[argparse.ArgumentParser]) -> None:
    """Add ``deployments`` and its verbs."""
    deployments = verbs.add_parser(
        "deployments", help="served models", description="Models that are served, with their versions and traffic."
    )
    deployments.add_argument("--json", action="store_true", help=_JSON)
    nouns = deployments.add_subparsers(dest="noun_verb", metavar="VERB", parser_class=parser_class)
    for name, text in VERBS.items():
        made = nouns.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_JSON)
        if name != "list":
            made.add_argument("deployment", metavar="DEPLOYMENT")
        if name in _ADD:
            _ADD[name](made)


def add_short(verbs: Any) -> None:
    """Add what only a notebook has: ``deploy MODEL`` and ``predict DEPLOYMENT VARIABLE``."""
    deploy = verbs.add_parser(
        "deploy", help="short for `deployments create`", description="Serve a model under its own name."
    )
    deploy.add_argument("--json", action="store_true", help=_JSON)
    deploy.add_argument("model", metavar="MODEL[@ALIAS|/VERSION]")
    deploy.add_argument("--as", dest="deployment", metavar="DEPLOYMENT", help="its name; else the model's")
    _options(deploy)
    predict = verbs.add_parser(
        "predict", help="ask a deployment for predictions", description="Ask a deployment for predictions."
    )
    predict.add_argument("deployment", metavar="DEPLOYMENT")
    predict.add_argument("data", metavar="VARIABLE", help="a data frame, an array or records of this notebook")


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="MODEL[@ALIAS|/VERSION]", required=True, help="what to serve; @champion")
    _options(parser)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=0, metavar="N", help="a free one is chosen, and kept")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (this machine only)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes per version (1)")
    parser.add_argument("--python", metavar="FILE", help="interpreter of the environment to serve in")
    parser.add_argument(
        "--readable", action="append", default=[], metavar="PATH", help="what the model may read too; repeatable"
    )
    parser.add_argument(
        "--network", action=argparse.BooleanOptionalAction, default=False, help="the model may open connections (no)"
    )
    parser.add_argument("--time-limit", type=float, default=60.0, metavar="SECONDS", help="per request (60)")
    parser.add_argument("--body-limit", type=int, default=16_000_000, metavar="BYTES", help="per request (16000000)")
    parser.add_argument("--answer-limit", type=int, default=64_000_000, metavar="BYTES", help="per answer (64000000)")
    parser.add_argument("--concurrency", type=int, default=256, metavar="N", help="requests at a time (256)")
    _log(parser, 0.1)
    parser.add_argument("--detach", action="store_true", help="do not wait until it answers")


def _log(parser: argparse.ArgumentParser, sample: float | None) -> None:
    parser.add_argument(
        "--log", type=float, default=sample, metavar="SHARE", help="share of the requests that are written down (0.1)"
    )
    parser.add_argument(
        "--log-without", action="append", default=[], metavar="COLUMN", help="column never written down; repeatable"
    )


def _update(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="MODEL@ALIAS|MODEL/VERSION", help="serve this from now on")
    parser.add_argument("--canary", type=int, metavar="VERSION", help="a version that answers a share of the requests")
    parser.add_argument("--percent", type=int, metavar="N", help="that share (10); 0 ends it, 100 makes it live")
    parser.add_argument(
        "--shadow", type=int, metavar="VERSION", help="a version that answers too, compared and unheard; 0 ends it"
    )
    parser.add_argument("--promote", action="store_true", help="make the canary live")
    _log(parser, None)
    parser.add_argument("--detach", action="store_true", help="do not wait until it is so")


def _delete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("version", metavar="VERSION", nargs="?", type=int, default=None)
    parser.add_argument("-n", "--lines", type=int, default=200, metavar="N", help="the last N lines (200)")


def _predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", metavar="FILE", help="JSON or CSV; `-` is standard input")


_ADD: Mapping[str, Callable[[argparse.ArgumentParser], None]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "logs": _logs,
    "predict": _predict,
}
