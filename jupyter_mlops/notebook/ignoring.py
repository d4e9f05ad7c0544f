"""Ignoring findings: a way round for who knows better than static reading. Pure.

comment
    ``# mlops: ignore[notebook.code]`` (several codes with commas) ignores a finding on its line; alone on a line, one
    in the statement below it. Anywhere in the cell it ignores a finding that has no line.
tag
    ``ignore:notebook.code`` ignores all findings of the cell with that code.
option
    ``--ignore notebook.code`` ignores them in the whole notebook.

An ignored finding is still listed, and no longer refuses the notebook. What ignores nothing is a finding itself.
"""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.notebook.codes import BY_CODE
from jupyter_mlops.notebook.document import Cell, Document
from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.source import CellSyntaxError, to_python

_COMMENT = re.compile(r"#\s*mlops\s*:\s*ignore\b(?:\s*\[([^\]\n]*)\])?", re.IGNORECASE)
_SKIPPED = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER})


@dataclass(frozen=True)
class Wish:
    """Something that asks to ignore a code: `words` say what it is.

    `cell` is None for an option, which asks for the whole notebook; `lines` are None where it asks for a whole cell.
    `line` is where it is written. Lines are counted in the user's cell.
    """

    code: str
    words: str
    cell: int | None = None
    lines: range | None = None
    line: int | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether it asks to ignore this finding."""
        if self.code != finding.code:
            return False
        if self.cell is None or finding.cell is None:
            return True
        is_here = self.lines is None or finding.line is None or finding.line in self.lines
        return self.cell == finding.cell and is_here


def near(code: str) -> str:
    """Return a hint for a text that is no code: the codes that are spelled like it.

    >>> near("undefined_name")
    'did you mean `notebook.undefined_name`?'
    """
    wanted = code.strip().lower()
    by_word = {known.partition(".")[2]: known for known in BY_CODE}
    if wanted in by_word:
        return f"did you mean `{by_word[wanted]}`?"
    names = [*BY_CODE, *by_word]
    found = dict.fromkeys(by_word.get(name, name) for name in difflib.get_close_matches(wanted, names, 3, 0.6))
    if found:
        return "did you mean " + " or ".join(f"`{name}`" for name in found) + "?"
    return "`check` shows the code of each finding; `docs/findings.md` lists them all"


def parted(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the codes in texts that may hold several with commas, each once, in their order.

    >>> parted(["notebook.syntax, notebook.tag", "notebook.tag"])
    ('notebook.syntax', 'notebook.tag')
    """
    return tuple(dict.fromkeys(code for text in texts for part in text.split(",") if (code := part.strip())))


def ignorable(texts: Collection[str]) -> tuple[str, ...]:
    """Return the codes that a run is asked to ignore.

    Raises
    ------
    UsageError
        ``notebook.unknown_code``, ``notebook.not_ignorable``: one of them is no code, or cannot be ignored.
    """
    codes = parted([texts] if isinstance(texts, str) else texts)
    for code in codes:
        row = BY_CODE.get(code)
        if row is None:
            raise UsageError("notebook.unknown_code", f"`{code}` is no code of a finding", near(code))
        if row.never:
            raise UsageError("notebook.not_ignorable", f"`{code}` cannot be ignored: {row.never}", row.remedy)
    return codes


def ignore(document: Document, findings: Iterable[Finding], codes: Collection[str] = ()) -> list[Finding]:
    """Return the findings, those that something asks to ignore marked, and findings about what asks in vain.

    Parameters
    ----------
    codes
        what options ask for; `ignorable` has let them through.
    """
    wishes = [Wish(code, f"`--ignore {code}`") for code in codes]
    made: list[Finding] = []
    for cell in document.cells:
        for wish in _wishes(cell):
            problem = _problem(wish)
            made += [problem] if problem else []
            wishes += [] if problem else [wish]
    marked: list[Finding] = []
    used: set[Wish] = set()
    for finding in findings:
        covering = [wish for wish in wishes if wish.covers(finding)]
        used.update(covering)
        marked.append(replace(finding, ignored_by=covering[-1].words) if covering else finding)
    made += [_unused(wish) for wish in wishes if wish not in used]
    return marked + made


def _wishes(cell: Cell) -> Iterator[Wish]:
    if cell.kind != "code":
        return
    for code in parted(cell.tags.ignores):
        yield Wish(code, f"the tag `ignore:{code}`", cell.index)
    for number, text, lines in comments(cell.code) if "ignore" in cell.code else ():
        at = number + cell.shift
        asked = range(lines.start + cell.shift, lines.stop + cell.shift)
        for code in parted([text]) or ("",):
            yield Wish(code, f"the comment in line {at}", cell.index, asked, at)


def _problem(wish: Wish) -> Finding | None:
    row = BY_CODE.get(wish.code)
    if row is not None and not row.never:
        return None
    if not wish.code:
        message = "a comment asks to ignore a finding, but names no code"
        hint = "write the code in brackets: `# mlops: ignore[notebook.undefined_name]`"
    elif row is None:
        message, hint = f"{wish.words} asks to ignore `{wish.code}`, which is no code of a finding", near(wish.code)
    else:
        message, hint = f"`{wish.code}` cannot be ignored: {row.never}", row.remedy
    return Finding("notebook.ignore", "warning", wish.cell, wish.line, message, hint, wish.code)


def _unused(wish: Wish) -> Finding:
    where = "in this notebook" if wish.cell is None else "there" if wish.line is not None else "in this cell"
    message = f"{wish.words} ignores nothing: there is no finding `{wish.code}` {where}"
    return Finding("notebook.unused_ignore", "hint", wish.cell, wish.line, message, "take it out", wish.code)


# -- comments


def comments(code: str) -> Iterator[tuple[int, str, range]]:
    r"""Yield each comment that asks to ignore something: its line, its codes as written, the lines it speaks for.

    >>> list(comments("x = f(1,\n  2)  # mlops: ignore[notebook.tag]"))
    [(2, 'notebook.tag', range(1, 3))]
    """
    written = code.split("\n")
    found = [(number, match) for number, line in enumerate(written, 1) for match in _COMMENT.finditer(line)]
    if not found:
        return
    read = _Lines(code)
    for number, match in found:
        line = written[number - 1]
        if not read.is_comment(number, line):
            continue
        own = read.around(number)
        is_alone = not line[: match.start()].strip() and own is None
        yield number, match[1] or "", read.below(number, written) if is_alone else own or range(number, number + 1)


class _Lines:
    """The lines of a cell's code: which have comments, and which belong together in one logical line."""

    def __init__(self, code: str) -> None:
        try:
            python = to_python(code)
        except CellSyntaxError:
            python = code
        self._python = python.split("\n")
        self._comments: set[int] = set()
        self._spans: list[range] = []
        self._decorators: set[int] = set()
        self._read_to = 0
        start = 0
        try:
            for token in tokenize.generate_tokens(io.StringIO(python).readline):
                self._read_to = token.end[0]
                if token.type == tokenize.COMMENT:
                    self._comments.add(token.start[0])
                elif token.type == tokenize.NEWLINE:
                    self._spans.append(range(start, token.start[0] + 1))
                    start = 0
                elif token.type not in _SKIPPED and not start:
                    start = token.start[0]
                    if token.string == "@":
                        self._decorators.add(start)
        except (tokenize.TokenError, SyntaxError):
            # Not Python to its end: the rest is taken line by line.
            self._read_to = min(self._read_to, start - 1) if start else self._read_to

    def is_comment(self, number: int, line: str) -> bool:
        """Whether the text on this line is a comment, and not a part of a Python string."""
        is_python = number <= self._read_to and self._python[number - 1 : number] == [line]
        return number in self._comments or not is_python

    def around(self, number: int) -> range | None:
        """Return the logical line that a line belongs to."""
        return next((span for span in self._spans if number in span), None)

    def below(self, number: int, written: list[str]) -> range:
        """Return the logical line below a comment; a decorated definition reaches to the line with its name."""
        following = [span for span in self._spans if span.start > number]
        if following:
            last = following[0]
            for span in following[1:]:
                if last.start not in self._decorators:
                    break
                last = span
            return range(following[0].start, last.stop)
        rest = (at for at, line in enumerate(written[number:], number + 1) if line.strip() and line.strip()[0] != "#")
        at = next(rest, number)
        return range(at, at + 1)

    def top(self, number: int) -> int | None:
        """Return the line above which a comment for this line may stand; None when that cannot be said."""
        span = self.around(number)
        is_magic = span is not None and self._python[span.start - 1].startswith("get_ipython().run_cell_magic(")
        return None if span is None or is_magic else span.start


def place(code: str, number: int) -> int | None:
    """Return the line of a cell's code above which a comment that speaks for line `number` may be put.

    None where a comment would change the code, or would speak for something else: inside a cell magic, or where the
    code cannot be read.
    """
    return _Lines(code).top(number)
