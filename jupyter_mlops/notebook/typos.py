"""Tags that were probably meant as ours and are mistyped: ``Step:a``, ``steps:b``, ``retries:2``. Pure.

A tag of another tool must never be taken for one. So only the word before the value is compared, with one slip of the
keyboard at most (two in a long word), and words that other tools or people use as they are do not count.
"""

from __future__ import annotations

import re

from jupyter_mlops.notebook.tags import VOCABULARY, Word

# Other words for ours, without `-`, `_` and capitals.
_ALIASES = {
    "retries": "retry",
    "retrycount": "retry",
    "previous": "prev",
    "dependson": "prev",
    "caching": "cache",
    "param": "parameters",
    "params": "parameters",
    "pipelineparams": "pipeline-parameters",
    "metrics": "pipeline-metrics",
    "metric": "pipeline-metrics",
    "skipped": "skip",
    "raiseexception": "raises-exception",
}
# One slip away from a word of ours, and words in their own right.
_OWN_WORDS = frozenset(
    {
        "black",
        "engineer",
        "lapel",
        "modal",
        "mode",
        "motel",
        "prep",
        "preview",
        "retro",
        "skim",
        "stem",
        "steep",
        "stop",
    }
)
# Words that mean nothing to other tools: also with a blank or `=` for the colon, and without any value.
_OURS_ALONE = frozenset({"step", "block", "prev", "retry", "timeout"})
_BY_NAME: dict[str, Word] = {row.word.replace("-", ""): row for row in VOCABULARY}
_PARTS = re.compile(r"\s*([^\s:=]+)\s*([:=]|\s)\s*(\S.*?)\s*\Z", re.DOTALL)


def meant(tag: str) -> tuple[str, ...]:
    """Return the tags that a tag was probably meant as; nothing when it is one of ours, or of another tool.

    >>> meant("Step:a"), meant("retries:2"), meant("step:a prev:b"), meant("slideshow"), meant("step:train model")
    (('step:a',), ('retry:2',), ('step:a', 'prev:b'), (), ())
    """
    word, colon, value = tag.partition(":")
    known = _row(word.strip())
    if known is not None and bool(colon) == (":" in known.form):
        return _several(tag) if value.strip() else ()
    parts = _PARTS.match(tag)
    if parts is None:
        row = _similar(tag.strip().removesuffix(":"))
        return (row.word,) if row is not None and ":" not in row.form else ()
    said, separator, rest = parts.groups()
    row = _similar(said)
    is_plain = separator == ":" or (separator == "=" and row is not None and row.word in _OURS_ALONE)
    if row is None or not (is_plain or _plain(said) in _OURS_ALONE):
        return ()
    return (f"{row.word}:{rest}",) if ":" in row.form else (row.word,)


def lacks_value(tag: str) -> Word | None:
    """Return the word that a tag consists of, when it needs a value and has none; None when it may be another tool's.

    Kale's own extension writes ``block:``, which is none.
    """
    word, colon, value = tag.partition(":")
    row = _BY_NAME.get(_plain(word))
    if value.strip() or row is None or row.word not in _OURS_ALONE:
        return None
    # An option without its value is a finding of its own.
    return row if not colon or row.word == "step" else None


def _several(tag: str) -> tuple[str, ...]:
    """Return the tags of a list that was written as one tag; nothing when it is none."""
    parts = tag.replace(",", " ").split()
    heads = [_row(part.partition(":")[0]) for part in parts]
    is_list = len(parts) > 1 and all(row is not None for row in heads[1:])
    return tuple(parts) if is_list and all(":" in part for part in parts) else ()


def _row(word: str) -> Word | None:
    return next((row for row in VOCABULARY if row.word == word), None)


def _plain(word: str) -> str:
    return word.strip().casefold().replace("-", "").replace("_", "")


def _similar(word: str) -> Word | None:
    name = _plain(word)
    if name in _BY_NAME or name in _ALIASES:
        return _BY_NAME.get(name) or _row(_ALIASES[name])
    if name in _OWN_WORDS or len(name) < 3 or not name.isalpha():
        return None
    near = [known for known in _BY_NAME if known[0] == name[0] and _slips(name, known) <= (2 if len(known) > 8 else 1)]
    return _BY_NAME[min(near, key=lambda known: _slips(name, known))] if near else None


def _slips(one: str, other: str) -> int:
    """Return how many letters were left out, put in, changed or swapped with their neighbour (3 stands for more)."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]
