"""What the texts written in a statement say: secrets, and paths that only this machine has. Pure."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

from jupyter_mlops.notebook.finding import Finding

_SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "private_key")
_SECRET_STARTS = ("AKIA", "ghp_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk-", "hf_", "-----BEGIN")


@functools.lru_cache(maxsize=4096)
def in_source(source: str) -> tuple[Finding, ...]:
    """Return what the texts of a statement say, with lines counted from its first one."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(finding for node in ast.walk(tree) for finding in _in_node(node))


def _in_node(node: ast.AST) -> Iterator[Finding]:
    line = getattr(node, "lineno", 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _string(node.value, line)
    if isinstance(node, ast.Assign | ast.keyword) and isinstance(node.value, ast.Constant):
        names = [ast.unparse(t) for t in node.targets] if isinstance(node, ast.Assign) else [node.arg or ""]
        if isinstance(node.value.value, str) and len(node.value.value) > 5 and _is_secret_name(names):
            yield Finding(
                "notebook.secret",
                "warning",
                None,
                line,
                f"`{names[0]}` looks like a secret written in the notebook",
                "read it from the environment: os.environ[...]",
            )


def _is_secret_name(names: list[str]) -> bool:
    return any(word in name.lower() for name in names for word in _SECRET_WORDS)


def _string(text: str, line: int) -> Iterator[Finding]:
    if text.startswith(_SECRET_STARTS) and len(text) > 15 and " " not in text[:15]:
        yield Finding(
            "notebook.secret",
            "warning",
            None,
            line,
            f"`{text[:4]}…` looks like a secret written in the notebook",
            "read it from the environment: os.environ[...]",
        )
    windows = len(text) > 3 and text[0].isalpha() and text[1:3] in (":\\", ":/")
    home = text.startswith(("/home/", "/Users/", "/root/", "/mnt/", "/data/", "/tmp/", "/var/", "/opt/", "~/"))
    if (windows or home) and "\n" not in text and len(text) < 300:
        yield Finding(
            "notebook.absolute_path",
            "warning",
            None,
            line,
            f"`{text[:60]}` is an absolute path; it may not exist where the job runs",
            "use a path relative to the notebook, or make it a parameter",
        )
