"""What SQL that is written as a text does to which tables. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

_RUNNERS = frozenset({"execute", "executemany", "executescript", "exec_driver_sql", "sql", "query"})
_READERS = frozenset({"read_sql", "read_sql_query", "read_sql_table", "read_database"})
_OBJECTS = frozenset({"add_all", "bulk_save_objects", "bulk_insert_mappings", "commit", "flush"})
_NAME = r"[\"'`\[]?(?:\w+[\"'`\]]?\.[\"'`\[]?)?(\w+)"
_VERBS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("removes", re.compile(rf"\bdrop\s+(?:table|view)\s+(?:if\s+exists\s+)?{_NAME}", re.I)),
    ("overwrites", re.compile(rf"\bcreate\s+or\s+replace\s+(?:temp\w*\s+)?(?:table|view)\s+{_NAME}", re.I)),
    ("overwrites", re.compile(rf"\btruncate\s+(?:table\s+)?{_NAME}", re.I)),
    ("removes", re.compile(rf"\bdelete\s+from\s+{_NAME}\s*(?:;|$)", re.I)),
    ("edits", re.compile(rf"\bdelete\s+from\s+{_NAME}\s+where", re.I)),
    ("makes", re.compile(rf"\bcreate\s+(?:temp\w*\s+)?(?:virtual\s+)?table\s+(?!if\s+not){_NAME}", re.I)),
    ("adds to", re.compile(rf"\binsert\s+into\s+{_NAME}", re.I)),
    ("edits", re.compile(rf"\b(?:insert\s+or\s+\w+\s+into|replace\s+into)\s+{_NAME}", re.I)),
    ("edits", re.compile(rf"\bupdate\s+{_NAME}\s+set\b", re.I)),
    ("edits", re.compile(rf"\balter\s+table\s+{_NAME}", re.I)),
    ("reads", re.compile(rf"(?<!delete )\b(?:from|join)\s+{_NAME}", re.I)),
)
_AGAIN = re.compile(r"\bon\s+(?:conflict|duplicate)", re.I)
_SQL = re.compile(
    r"^\s*(?:--[^\n]*\n\s*)*(?:select|with|insert|update|delete|drop|create|truncate|alter|replace)\b", re.I
)


def sql_uses(name: str, node: ast.Call, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a call of `name` does to which table of a database; the name is empty where it is not known."""
    if name == "to_sql" and node.args:
        modes = [k.value.value for k in node.keywords if k.arg == "if_exists" and isinstance(k.value, ast.Constant)]
        how = {"replace": "overwrites", "append": "adds to"}.get(str(*modes[:1]), "makes")
        yield how, _text(node.args[0], texts) or ""
    elif name in _RUNNERS | _READERS and isinstance(node.func, ast.Attribute):
        text = next((t for value in node.args[:1] if (t := _text(value, texts)) is not None), None)
        if text is None:
            if name != "query" and name != "sql" and node.args:
                yield "reads", ""
            return
        if name == "read_sql_table" or (name in _READERS and text.isidentifier()):
            yield "reads", text
        elif _SQL.match(text):
            yield from of_text(text)
    elif name in _OBJECTS:
        yield "edits", ""


def of_text(text: str) -> Iterator[tuple[str, str]]:
    """Yield what SQL does to which table, in the order of the text.

    >>> list(of_text("drop table if exists t; create table t (a int); insert into t select a from u"))
    [('removes', 't'), ('makes', 't'), ('adds to', 't'), ('reads', 'u')]
    """
    found = [(match.start(), how, match[1].lower()) for how, verb in _VERBS for match in verb.finditer(text)]
    is_same_again = _AGAIN.search(text) is not None
    for _, how, table in sorted(found, key=lambda use: use[0]):
        yield "edits" if how == "adds to" and is_same_again else how, table


def _text(node: ast.expr, texts: Mapping[str, str]) -> str | None:
    """Return the text that an expression stands for: a literal, ``text("…")``, a name of one, what an f-string says."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return texts.get(node.id)
    if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", getattr(node.func, "attr", "")) == "text":
        return _text(node.args[0], texts)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "?" for p in node.values)
    return None
