"""Ignoring: which findings a comment, a tag and an option let through, and what is said about one that lets none."""

from __future__ import annotations

import pytest

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.notebook.codes import CODES
from jupyter_mlops.notebook.ignoring import comments, ignorable, parted, place
from jupyter_mlops.pipeline.compile import Compiled, compile_notebook
from tests.notebook.build import compiled, document

NAME = "notebook.undefined_name"
ASK = f"# mlops: ignore[{NAME}]"


def told(found: Compiled, code: str = NAME) -> list[tuple[int | None, int | None, bool]]:
    return [(f.cell, f.line, f.is_ignored) for f in found.findings if f.code == code]


CASES: list[tuple[str, tuple[str, str], list[tuple[int, bool]]]] = [
    ("on the line", ("step:b", f"print(y)  {ASK}\nprint(z)"), [(1, True), (2, False)]),
    ("above the line", ("step:b", f"{ASK}\nprint(y)\nprint(z)"), [(2, True), (3, False)]),
    ("above, with other comments between", ("step:b", f"{ASK}\n# why\n\nprint(y)"), [(4, True)]),
    ("below the line", ("step:b", f"print(y)\n{ASK}\nx = 1"), [(1, False)]),
    ("at the end of a call of several lines", ("step:b", f"print(\n  y,\n)  {ASK}"), [(2, True)]),
    ("above a call of several lines", ("step:b", f"{ASK}\nprint(\n  y,\n)"), [(3, True)]),
    ("alone inside a call of several lines", ("step:b", f"print(\n  {ASK}\n  y,\n  z)"), [(3, True), (4, True)]),
    (
        "inside a block, indented",
        ("step:b", f"for w in [x]:\n    {ASK}\n    print(y)\n    print(z)"),
        [(3, True), (4, False)],
    ),
    ("above the head of a block only", ("step:b", f"{ASK}\nfor w in [x]:\n    print(y)"), [(3, False)]),
    ("above a decorator", ("step:b", f"{ASK}\n@y\ndef f(a=z): ..."), [(2, True), (3, True)]),
    ("several codes", ("step:b", f"print(y)  # mlops: ignore[notebook.secret, {NAME}]"), [(1, True)]),
    ("written freely", ("step:b", f"print(y)  #MLOPS:ignore [ {NAME} ]"), [(1, True)]),
    ("beside another comment", ("step:b", f"print(y)  # noqa: F821 {ASK}"), [(1, True)]),
    ("two comments above each other", ("step:b", f"{ASK}\n# mlops: ignore[notebook.secret]\nprint(y)"), [(3, True)]),
    ("another code", ("step:b", "print(y)  # mlops: ignore[notebook.secret]"), [(1, False)]),
    ("in a text", ("step:b", f"print(y, '{ASK}')"), [(1, False)]),
    ("in a text of several lines", ("step:b", f"s = '''\n{ASK}\n'''\nprint(y)"), [(4, False)]),
    ("beside a magic", ("step:b", f"%matplotlib inline\nprint(y)  {ASK}"), [(2, True)]),
    ("a tag", (f"step:b ignore:{NAME}", "print(y)\nprint(z)"), [(1, True), (2, True)]),
    ("a tag with several codes", (f"step:b ignore:notebook.secret,{NAME}", "print(y)"), [(1, True)]),
    ("a tag with another code", ("step:b ignore:notebook.secret", "print(y)"), [(1, False)]),
    ("a magic's word", ("", f"%%mlops step b --ignore {NAME}\nprint(y)\nprint(z)"), [(2, True), (3, True)]),
    ("below a magic", ("", f"%%mlops step b\n{ASK}\nprint(y)"), [(3, True)]),
]


@pytest.mark.parametrize(("cell", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_which_findings_a_comment_or_tag_ignores(cell: tuple[str, str], expected: list[tuple[int, bool]]) -> None:
    found = compiled(("step:a", "x = 1"), cell)
    assert told(found) == [(1, line, is_ignored) for line, is_ignored in expected]
    assert bool(found.errors) != all(is_ignored for _, is_ignored in expected)


def test_an_option_ignores_in_the_whole_notebook() -> None:
    cells = document(("step:a", "print(y)"), ("step:b", "print(z)"))
    found = compile_notebook(cells, [NAME])
    assert told(found) == [(0, 1, True), (1, 1, True)]
    assert (found.errors, found.ignore, len(found.ignored)) == ((), (NAME,), 2)
    assert {f.ignored_by for f in found.ignored} == {f"`--ignore {NAME}`"}


def test_a_finding_without_a_line_is_ignored_from_anywhere_in_its_cell() -> None:
    found = compiled(("step:a retry:often", "x = 1\n\ny = 2\n# mlops: ignore[notebook.tag]"), ("step:b", "z = 1"))
    assert told(found, "notebook.tag") == [(0, None, True)]


def test_a_finding_about_the_notebook_is_ignored_from_any_cell() -> None:
    found = compiled(("skip", "x = 1"), ("setup ignore:notebook.no_code", ""))
    assert told(found, "notebook.no_code") == [(None, None, True)]


@pytest.mark.parametrize(
    ("source", "tags", "words"),
    [
        ("x = 1  # mlops: ignore[notebook.undefined]", "", ("is no code of a finding", NAME)),
        ("x = 1  # mlops: ignore[undefined_name]", "", ("is no code of a finding", NAME)),
        ("x = 1  # mlops: ignore", "", ("names no code", "in brackets")),
        ("x = 1  # mlops: ignore[]", "", ("names no code", "in brackets")),
        ("x = 1  # mlops: ignore[notebook.cycle]", "", ("`notebook.cycle` cannot be ignored: no order", "split")),
        ("x = 1", "ignore:undefined-name", ("is no code of a finding", NAME)),
        ("x = 1", "ignore:notebook.unknown_prev", ("cannot be ignored", "write the name")),
    ],
)
def test_what_cannot_be_ignored_is_a_warning(source: str, tags: str, words: tuple[str, str]) -> None:
    found = [f for f in compiled((f"step:a {tags}", source)).findings if f.code == "notebook.ignore"]
    assert [(f.severity, f.cell) for f in found] == [("warning", 0)]
    assert words[0] in found[0].message
    assert words[1] in found[0].hint


def test_an_error_that_cannot_be_ignored_stays_one() -> None:
    cells = document(("step:a", "x = 1"), ("step:b", "y = x"), ("step:a", "z = y  # mlops: ignore[notebook.cycle]"))
    assert "notebook.cycle" in [f.code for f in compile_notebook(cells).errors]


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        (("step:a", f"x = 1\ny = 2  {ASK}"), 2),
        ((f"step:a ignore:{NAME}", "x = 1"), None),
        (("", f"%%mlops step a --ignore {NAME}\nx = 1"), None),
    ],
)
def test_what_ignores_nothing_is_a_hint(cell: tuple[str, str], line: int | None) -> None:
    found = compiled(cell).findings
    assert [(f.code, f.severity, f.line) for f in found] == [("notebook.unused_ignore", "hint", line)]


def test_an_option_that_ignores_nothing_is_a_hint() -> None:
    (found,) = compile_notebook(document(("step:a", "x = 1")), [NAME]).findings
    assert (found.code, found.cell, found.message.split(" ignores")[0]) == (
        "notebook.unused_ignore",
        None,
        f"`--ignore {NAME}`",
    )


def test_codes_are_parted() -> None:
    assert parted(["a, b", "", "c,a,"]) == ("a", "b", "c")
    assert ignorable([f"{NAME},notebook.tag", NAME]) == (NAME, "notebook.tag")
    assert ignorable(NAME) == (NAME,)


@pytest.mark.parametrize(
    ("code", "refusal", "hint"),
    [
        ("notebook.undefined_names", "notebook.unknown_code", f"did you mean `{NAME}`"),
        ("undefined_name", "notebook.unknown_code", f"did you mean `{NAME}`?"),
        ("zzz", "notebook.unknown_code", "`check` shows the code of each finding"),
        ("notebook.cycle", "notebook.not_ignorable", "split one of the steps"),
        ("run.kernel_not_found", "notebook.not_ignorable", "choose an installed kernel"),
    ],
)
def test_an_option_with_another_code_is_refused(code: str, refusal: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        ignorable([code])
    assert caught.value.code == refusal
    assert caught.value.hint.startswith(hint)


def test_every_code_says_what_ignoring_does_or_why_it_is_impossible() -> None:
    assert all(bool(row.ignored) != bool(row.never) for row in CODES)
    assert len({row.code for row in CODES}) == len(CODES)


@pytest.mark.parametrize(
    ("code", "line", "expected"),
    [
        ("x = 1\ny = 2", 2, 2),
        ("x = (1,\n  2)", 2, 1),
        ("s = '''\n/home/me/x\n'''", 2, 1),
        ("x = 1 + \\\n  y", 2, 1),
        ("for a in b:\n    print(a)", 2, 2),
        ("%%time\nprint(y)", 2, None),
        ("%%time\nprint(y)", 1, None),
        ("%cd data\nprint(y)", 1, 1),
        ("x = = 1", 1, 1),
        ("x = (1", 1, None),
        ("", 1, None),
    ],
)
def test_where_a_comment_may_be_put(code: str, line: int, expected: int | None) -> None:
    assert place(code, line) == expected


def test_a_comment_that_is_put_speaks_for_the_line() -> None:
    code = "x = f(1,\n  2)\nif x:\n    y = [\n      3]"
    for number in range(1, 6):
        at = place(code, number)
        assert at is not None
        lines = code.split("\n")
        changed = "\n".join([*lines[: at - 1], "# mlops: ignore[c]", *lines[at - 1 :]])
        ((_, _, spoken),) = comments(changed)
        assert number + 1 in spoken
