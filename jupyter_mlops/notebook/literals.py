"""What the texts written in a statement say: secrets, and paths that only this machine has. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_mlops.notebook.credentials import has_secret_form, is_secret
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.trees import of

# Folders of a person, of a machine's disks, or of a notebook service. `/tmp`, `/dev` and `/proc` are everywhere.
_PLACES = (
    *("/home/", "/Users/", "/root/", "/mnt/", "/media/", "/data/", "/var/", "/opt/", "/srv/", "/scratch/", "~/"),
    *("/content/", "/kaggle/", "/dbfs/", "/workspace/", "/Volumes/"),
)
_EVERYWHERE = ("/var/tmp", "/var/run/docker.sock")
_WINDOWS = re.compile(r"(?P<drive>[A-Za-z]):(?:\\+|/)(?P<rest>[^:?\"<>|+^$]*)")
# Routes of web applications, templates and patterns look like paths.
_NO_PATH = re.compile(r"[<>{}|^$\n\t]|://|\\[dwsb]|\.[*+]")


def in_texts(statement: ast.stmt) -> tuple[Finding, ...]:
    """Return what the texts of a statement say, with the lines of its cell."""
    texts = [node for node in of(statement, ast.Constant) if isinstance(node.value, str)]
    if not texts:
        return ()
    told: set[int] = set()
    found: list[Finding] = []
    for target, value in (pair for node in of(statement, *_GIVERS) for pair in _given(node)):
        name = _last_name(target)
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and is_secret(name, value.value):
            told.add(id(value))
            found.append(_secret(f"`{_spelled(target)}`", value.lineno))
    for node in texts:
        text = str(node.value)
        if id(node) not in told and has_secret_form(text):
            found.append(_secret(f"`{text[:4]}…`", node.lineno))
        found += _path(text, node.lineno)
    return tuple(found)


def _secret(what: str, line: int) -> Finding:
    hint = "read it from the environment: os.environ[...]"
    return Finding(
        "notebook.secret", "warning", None, line, f"{what} looks like a secret written in the notebook", hint
    )


_GIVERS = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.keyword, ast.Dict, ast.arguments)


def _given(node: ast.AST) -> Iterator[tuple[ast.expr | str, ast.expr]]:
    """Yield each name that a value is given to: by assignment, as an argument, as a default, in a dict."""
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.Dict):
        yield from ((key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None)
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        pairs = zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)
        yield from ((argument.arg, default) for argument, default in pairs)
        named = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        yield from ((argument.arg, default) for argument, default in named if default is not None)


def _last_name(target: ast.expr | str) -> str:
    """Return the name that says what a value is for: ``KEY`` of ``os.environ["KEY"]``, ``token`` of ``self.token``."""
    if isinstance(target, str):
        return target
    if isinstance(target, ast.Subscript):
        return _last_name(target.slice)
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return target.value
    return target.id if isinstance(target, ast.Name) else ""


def _spelled(target: ast.expr | str) -> str:
    if isinstance(target, ast.Constant):
        return str(target.value)[:60]
    return target if isinstance(target, str) else ast.unparse(target)[:60]


def _path(text: str, line: int) -> Iterator[Finding]:
    if not 3 < len(text) < 300 or _NO_PATH.search(text):
        return
    windows = _WINDOWS.fullmatch(text)
    is_windows = windows is not None and (
        windows["drive"].isupper() or re.search(r"[\\/.]", windows["rest"]) is not None
    )
    is_place = (
        text.startswith(_PLACES)
        and not text.startswith(_EVERYWHERE)
        and len(text.replace("~", "/~").rstrip("/").split("/")) > 2
    )
    if is_windows or is_place:
        yield Finding(
            "notebook.absolute_path",
            "warning",
            None,
            line,
            f"`{text[:60]}` is an absolute path; it may not exist where the job runs",
            "use a path relative to the notebook, or make it a parameter",
        )
