"""What a file is that is no notebook: one table, so that the message says what it is and what to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from jupyter_mlops.base.errors import UsageError


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is recognised (suffix in lower case, first bytes), what it is, and what to do."""

    is_it: Callable[[str, bytes], bool]
    what: str
    hint: str


def _starts(*starts: bytes) -> Callable[[str, bytes], bool]:
    return lambda _, head: head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(starts)


def _ends(*suffixes: str) -> Callable[[str, bytes], bool]:
    return lambda suffix, _: suffix in suffixes


_CONFLICT = re.compile(rb"^<{7} .*^={7}\r?$.*^>{7} ", re.MULTILINE | re.DOTALL)
_CONVERT = "convert it: `jupytext --to ipynb {name}`"
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<!doctype")

KINDS: tuple[Kind, ...] = (
    Kind(
        lambda _, raw: not raw.strip(b"\xef\xbb\xbf \t\r\n\0"),
        "is an empty file",
        "restore it from a checkpoint or from version control",
    ),
    Kind(
        _starts(b"version https://git-lfs.github.com/spec/"),
        "is a pointer of Git LFS; the notebook itself was not fetched",
        "fetch it: `git lfs pull`",
    ),
    Kind(
        lambda _, raw: len(raw) < 2000 and b"/annex/objects/" in raw,
        "is a pointer of git-annex; the notebook itself was not fetched",
        "fetch it: `git annex get {name}`",
    ),
    Kind(
        lambda _, raw: _CONFLICT.search(raw) is not None,
        "has the marks of a merge conflict of Git (`<<<<<<<`)",
        "resolve the conflict, or take one side: `git checkout --ours {name}`, or `--theirs`",
    ),
    Kind(
        _starts(*_HTML),
        "is a web page (HTML)",
        "download the file itself: on a code host the button *Raw* or *Download* gives it",
    ),
    Kind(_starts(b"<?xml", b"<"), "is a file of markup (XML)", "name a notebook (`.ipynb`)"),
    Kind(_starts(b"pk\x03\x04"), "is a ZIP archive", "unpack it first"),
    Kind(_starts(b"\x1f\x8b", b"bzh", b"\xfd7zxz", b"7z\xbc\xaf"), "is a compressed file", "unpack it first"),
    Kind(_starts(b"%pdf"), "is a PDF document", "name the notebook that it was made from"),
    Kind(_starts(b"\xff\xfe", b"\xfe\xff"), "is in UTF-16, and notebooks are in UTF-8", "save it as UTF-8"),
    Kind(_ends(".rmd"), "is an R Markdown document", _CONVERT),
    Kind(_ends(".qmd"), "is a Quarto document", "convert it: `quarto convert {name}`"),
    Kind(
        lambda suffix, raw: suffix in (".md", ".markdown", ".myst") and (b"{code-cell" in raw or b"jupytext:" in raw),
        "is a notebook as MyST Markdown",
        _CONVERT,
    ),
    Kind(
        _ends(".md", ".markdown", ".myst", ".rst", ".txt", ".adoc"), "is a text document", "name a notebook (`.ipynb`)"
    ),
    Kind(
        _ends(".r", ".jl", ".js", ".ts", ".sql", ".sh", ".scala", ".java", ".cpp", ".c", ".rs", ".go", ".m"),
        "is a program in another language than Python",
        "only Python notebooks can become pipelines",
    ),
    Kind(
        _ends(".csv", ".tsv", ".parquet", ".xlsx", ".xls", ".pkl", ".npy", ".yaml", ".yml", ".toml"),
        "is a file of data",
        "name a notebook (`.ipynb`)",
    ),
    Kind(lambda _, raw: b"\0" in raw[:4096], "is a binary file", "name a notebook (`.ipynb`)"),
)
_DAMAGED = "the file is damaged or cut off; restore it from a checkpoint or from version control"


def no_notebook(raw: bytes, name: str, error: Exception) -> UsageError:
    """Return the refusal of a file that is not JSON: what it is, or that it is damaged.

    >>> no_notebook(b"<!DOCTYPE html><p>", "a.ipynb", ValueError()).message
    '`a.ipynb` is no notebook: it is a web page (HTML)'
    """
    suffix = "." + name.rpartition(".")[2].lower() if "." in name else ""
    for kind in KINDS:
        if kind.is_it(suffix, raw):
            message = f"`{name}` is no notebook: it {kind.what}"
            return UsageError("notebook.wrong_file", message, kind.hint.replace("{name}", name))
    if not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return UsageError(
            "notebook.wrong_file", f"`{name}` is no notebook: it is plain text", "name a notebook (`.ipynb`)"
        )
    return UsageError("notebook.not_json", f"notebook `{name}` is not valid JSON: {error}", _DAMAGED)
