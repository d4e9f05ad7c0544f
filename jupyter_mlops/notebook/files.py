"""Which files a statement names by a literal, and whether it writes them. Pure.

Steps hand values over by name; files are a side road that Run All offers for free, because cells run one after another.
A step that writes a file another one names must come first, so the literals are compared.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator

from jupyter_mlops.notebook.mutation import FILE_WRITERS
from jupyter_mlops.notebook.names import FileUse
from jupyter_mlops.notebook.source import magic_call
from jupyter_mlops.notebook.trees import children


def looks_like_path(text: str) -> bool:
    """Whether a string literal is likely the path of a file.

    >>> [looks_like_path(t) for t in ("data/train.csv", "model.pkl", "hello world", "1.5", "https://x.y/z.csv", "a/b")]
    [True, True, False, False, False, True]
    """
    if "*" in text:
        text = text.partition("*")[0].rpartition("/")[0] + "/x.y"
    if (
        not text
        or not (text[0].isalnum() or text[0] in "./_~")
        or len(text) > 200
        or any(c.isspace() or c in "{}<>|*?\"'" for c in text)
        or "://" in text
    ):
        return False
    stem, dot, ending = text.rpartition("/")[2].rpartition(".")
    has_ending = bool(
        dot and stem and ending.isalnum() and not ending.isdigit() and len(ending) <= 8 and not stem.isdigit()
    )
    return has_ending or ("/" in text.strip("/") and all(part.strip() for part in text.strip("/").split("/")))


def file_uses(statement: ast.stmt) -> Iterator[FileUse]:
    """Yield the literal paths, and the names that may hold one, which the statement hands to calls."""
    seen: dict[str, bool] = {}
    # each node, with whether it stands in a call and whether one of these calls writes
    stack: list[tuple[ast.AST, bool, bool]] = [(statement, False, False)]
    while stack:
        node, is_given, is_write = stack.pop()
        if isinstance(node, ast.Call):
            seen.update(dict.fromkeys(_shell_words(node), True))
            if _is_folder_maker(node) and isinstance(node.args[0], ast.Constant):
                seen[_normal(str(node.args[0].value))] = True
            is_given, is_write = True, is_write or _writes(node)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and looks_like_path(node.value):
                seen[_normal(node.value)] = seen.get(_normal(node.value), False) or is_write
        elif isinstance(node, ast.Name) and is_given and isinstance(node.ctx, ast.Load):
            seen[f"${node.id}"] = seen.get(f"${node.id}", False) or is_write
        stack += [(child, is_given, is_write) for child in children(node)]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        modules = (
            [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else [statement.module or ""]
        )
        for module in modules:
            seen.setdefault(module.replace(".", "/") + ".py", False)
    for text, is_write in seen.items():
        if text:
            yield FileUse(text, is_write)


def _normal(text: str) -> str:
    """Return a path as it is compared; a pattern stands for the folder it looks in."""
    if "*" in text:
        text = text.partition("*")[0].rpartition("/")[0]
    return text.removeprefix("./").rstrip("/")


def _writes(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "open":
        modes = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        modes += [
            k.value.value
            for k in node.keywords
            if k.arg == "mode" and isinstance(k.value, ast.Constant) and isinstance(k.value.value, str)
        ]
        return any(set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes)
    return name in FILE_WRITERS


def _is_folder_maker(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in ("makedirs", "mkdir", "extractall", "unpack_archive") and bool(node.args)


def _shell_words(node: ast.Call) -> list[str]:
    call = magic_call(node)
    if call is None:
        return []
    if call.name in ("writefile", "file"):
        return [_normal(word) for word in call.line.split() if not word.startswith("-")]
    if call.name in ("!", "bash", "sh", "script", "sx", "system"):
        try:
            words = shlex.split(call.line + "\n" + (call.body or ""), comments=True)
        except ValueError:
            words = (call.line + " " + (call.body or "")).split()
        return [_normal(word) for word in words if looks_like_path(word)]
    return []
