"""Generated notebooks: programs of assignments, containers, functions, classes, imports, deletes and magics, cut into steps.

A program is built statement by statement; the generator knows which names exist and what kind of value each has, so that
most programs run without an error. The last cell collects every plain value into one text, `final`, which must be the
same whichever way the notebook is run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.pipeline import sharing_statements

INTS, LISTS, DICTS, FUNCTIONS, CLASSES, OBJECTS = (
    ("a", "b", "c"),
    ("l", "m", "n"),
    ("d", "e"),
    ("f", "g"),
    ("C",),
    ("o", "p"),
)


@dataclass
class Program:
    """The notebook under construction: `kinds` are the names that exist and what they are."""

    cells: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    takes: dict[str, int] = field(default_factory=dict)

    def known(self, kind: str) -> list[str]:
        """Return the names of a kind that exist."""
        return sorted(name for name, known in self.kinds.items() if known == kind)


def _int(draw: st.DrawFn, program: Program) -> str:
    names = program.known("int")
    options = [str(draw(st.integers(0, 9)))]
    if names:
        name = draw(st.sampled_from(names))
        options += [name, f"({name} + {draw(st.integers(1, 3))})", f"(lambda q: q + {name})(2)"]
    if program.known("list"):
        name = draw(st.sampled_from(program.known("list")))
        options += [
            f"len({name})",
            f"sum(x for x in {name} if isinstance(x, int))",
            f"[i for i in range(3)][-1] + len({name})",
        ]
    if program.known("function"):
        options.append(f"{draw(st.sampled_from(program.known('function')))}({draw(st.integers(0, 5))})")
    if program.known("object"):
        options.append(f"{draw(st.sampled_from(program.known('object')))}.get()")
    if program.known("module:math"):
        options.append("math.floor(2.5)")
    return draw(st.sampled_from(options))


def _statement(draw: st.DrawFn, program: Program, kinds: list[str] | None = None) -> str:
    kind = draw(st.sampled_from(kinds or _KINDS))
    return _MAKERS[kind](draw, program)


def _assign_int(draw: st.DrawFn, program: Program) -> str:
    name, value = draw(st.sampled_from(INTS)), _int(draw, program)
    program.kinds[name] = "int"
    return draw(
        st.sampled_from(
            [f"{name} = {value}", f"{name}: int = {value}", f"({name} := {value})", f"%time {name} = {value}"]
        )
    )


def _augment(draw: st.DrawFn, program: Program) -> str:
    if names := program.known("int"):
        return f"{draw(st.sampled_from(names))} += {_int(draw, program)}"
    return _assign_int(draw, program)


def _assign_list(draw: st.DrawFn, program: Program) -> str:
    name, value = draw(st.sampled_from(LISTS)), _int(draw, program)
    options = [f"[{value}, 2]", f"[i + {value} for i in range(2)]", f"list(range({draw(st.integers(0, 3))}))"]
    if program.known("list"):
        other = draw(st.sampled_from(program.known("list")))
        options += [other, f"{other}[:]", f"[{other}, {other}]", f"{other} + [1]", f"list({other})"]
    program.kinds[name] = "list"
    return f"{name} = {draw(st.sampled_from(options))}"


def _change_list(draw: st.DrawFn, program: Program) -> str:
    if not program.known("list"):
        return _assign_list(draw, program)
    name, value = draw(st.sampled_from(program.known("list"))), _int(draw, program)
    forms = [
        f"{name}.append({value})",
        f"{name} += [{value}]",
        f"{name}[:1] = [{value}]",
        f"{name}.insert(0, {value})",
        f"for x in {name}:\n    if isinstance(x, list):\n        x.append({value})",
        f"del {name}[:1]",
        f"for _i in range(2):\n    {name}.append(_i)",
        f"{name}.reverse()",
        f"(lambda z: z.append({value}))({name})",
        f"[{name}.append(q) for q in range(1)]",
    ]
    return draw(st.sampled_from(forms))


def _dict(draw: st.DrawFn, program: Program) -> str:
    name = draw(st.sampled_from(DICTS))
    value = draw(st.sampled_from([_int(draw, program), *program.known("list")]))
    if name not in program.kinds:
        program.kinds[name] = "dict"
        return f"{name} = {{'k': {value}}}"
    forms = [
        f"{name}['k{draw(st.integers(0, 2))}'] = {value}",
        f"{name}.update(j={value})",
        f"{name}.setdefault('s', []).append(1)",
        f"{name} = {{**{name}, 'n': {value}}}",
        f"{name}.pop('k', None)",
    ]
    return draw(st.sampled_from(forms))


def _function(draw: st.DrawFn, program: Program) -> str:
    name = draw(st.sampled_from(FUNCTIONS))
    kept = dict(program.kinds)
    # a body may call only functions that exist and are another one, so that nothing recurses
    program.kinds = {n: k for n, k in kept.items() if k != "function" or n < name}
    value = _int(draw, program)
    lists, ints = program.known("list"), program.known("int")
    forms = [
        f"def {name}(x):\n    return x + {value}",
        f"{name} = lambda x: x * 2 + {value}",
        f"def {name}(x, y={value}):\n    return x - y",
        f"def make_{name}(k):\n    def inner(x):\n        return x + k + {value}\n    return inner\n{name} = make_{name}(2)",
    ]
    if lists:
        other = draw(st.sampled_from(lists))
        forms += [f"def {name}(x):\n    {other}.append(x)\n    return len({other})"]
    if ints:
        other = draw(st.sampled_from(ints))
        forms += [f"def {name}(x):\n    global {other}\n    {other} = {other} + x\n    return {other}"]
    program.kinds = {**kept, name: "function"}
    return draw(st.sampled_from(forms))


def _class(draw: st.DrawFn, program: Program) -> str:
    kept = dict(program.kinds)
    # methods and functions must not call each other in a circle
    program.kinds = {n: k for n, k in kept.items() if k not in ("function", "object")}
    value = _int(draw, program)
    program.kinds = {**{n: k for n, k in kept.items() if k != "object"}, "C": "class"}
    base = draw(st.sampled_from([value, "5"]))
    return f"class C:\n    base = {base}\n    def __init__(self, v):\n        self.v = v\n    def get(self):\n        return self.v + {value} + self.base\n    def __repr__(self):\n        return f'C({{self.v}}, {{vars(self)}})'"


def _object(draw: st.DrawFn, program: Program) -> str:
    if not program.known("class"):
        return _class(draw, program)
    name = draw(st.sampled_from(OBJECTS))
    objects = program.known("object")
    coin: bool = draw(st.booleans())
    if objects and coin:
        other = draw(st.sampled_from(objects))
        return draw(
            st.sampled_from([f"{other}.v = {_int(draw, program)}", f"assert isinstance({other}, C)", f"{other}.v += 1"])
        )
    value = _int(draw, program)
    program.kinds[name] = "object"
    return f"{name} = C({value})"


def _patch(draw: st.DrawFn, program: Program) -> str:
    """Change the class from outside."""
    if not program.known("class"):
        return _class(draw, program)
    kept = dict(program.kinds)
    program.kinds = {n: k for n, k in kept.items() if k not in ("function", "object")}
    value = _int(draw, program)
    program.kinds = kept
    forms = [
        f"C.base = {value}",
        "C.base += 1",
        f"setattr(C, 'base', {value})",
        f"C.get = lambda self: self.v * 2 + {value}",
        f"def get(self):\n    return self.base - {value}\nC.get = get",
        "C.get = (lambda old: lambda self: old(self) + 1)(C.get)",
        f"C.__repr__ = lambda self: f'c{{self.v}}{{self.base}}{{{value}}}'",
    ]
    return draw(st.sampled_from(forms))


def _import(draw: st.DrawFn, program: Program) -> str:
    program.kinds["math"] = "module:math"
    return draw(
        st.sampled_from(
            ["import math", "import math, json", "try:\n    import math\nexcept ImportError:\n    math = None"]
        )
    )


def _delete(draw: st.DrawFn, program: Program) -> str:
    names = [n for n, k in program.kinds.items() if k in ("int", "list") and n not in ("a", "l")]
    if not names or program.known("function") or program.known("class"):
        return _augment(draw, program)
    name = draw(st.sampled_from(sorted(names)))
    del program.kinds[name]
    return f"del {name}"


def _branch(draw: st.DrawFn, program: Program) -> str:
    if not (ints := program.known("int")):
        return _assign_int(draw, program)
    name, value, test = draw(st.sampled_from(ints)), _int(draw, program), _int(draw, program)
    return draw(
        st.sampled_from(
            [
                f"if {test} > 3:\n    {name} = {value}",
                f"if {test} > 3:\n    {name} = 1\nelse:\n    {name} = {value}",
                f"while {name} < 3:\n    {name} += 1",
                f"for {name} in range(2):\n    pass",
                f"try:\n    {name} = 1 // ({test} - {test})\nexcept ZeroDivisionError:\n    {name} = {value}",
            ]
        )
    )


def _magic(draw: st.DrawFn, program: Program) -> str:
    name = draw(st.sampled_from(INTS))
    value = draw(st.integers(0, 9))
    program.kinds[name] = "int"
    return draw(
        st.sampled_from(
            [
                f"%%capture\n{name} = {value}",
                f"%time {name} = {value}",
                f"{name}_out = !echo {value}\n{name} = int({name}_out[0])",
            ]
        )
    )


_MAKERS = {
    "int": _assign_int,
    "augment": _augment,
    "list": _assign_list,
    "change": _change_list,
    "dict": _dict,
    "function": _function,
    "class": _class,
    "object": _object,
    "patch": _patch,
    "import": _import,
    "delete": _delete,
    "branch": _branch,
    "magic": _magic,
    "share": sharing_statements.share,
    "array": sharing_statements.array,
}
_KINDS = [
    "int",
    "augment",
    "list",
    "list",
    "change",
    "change",
    "dict",
    "function",
    "class",
    "object",
    "patch",
    "import",
    "delete",
    "branch",
    "magic",
    "share",
    "share",
    "share",
    "array",
]


#: For programs whose values share objects.
SHARING = [
    *(["share"] * 8),
    *("change", "dict", "object", "patch", "class", "function", "branch", "array"),
]


@st.composite
def programs(draw: st.DrawFn, kinds: list[str] | None = None) -> dict[str, Any]:
    """Return a notebook (nbformat 4, as a dict) with random step boundaries, `prev:` tags and set-up cells.

    With `kinds` only of such statements, and everything is looked at in the end.
    """
    program = Program()
    labels = ["one", "two", "three", "four"][: draw(st.integers(2, 4))]
    at = -1
    used: list[str] = []
    for _ in range(draw(st.integers(3, 9)) + (3 if kinds else 0)):
        lines = [_statement(draw, program, kinds)]
        if not lines[0].startswith("%%") and draw(st.booleans()):
            extra = _statement(draw, program, kinds)
            lines += [] if extra.startswith("%%") else [extra]
        tags: list[str] = []
        choice = draw(st.integers(0, 9))
        if choice >= 4 or (at < 0 and choice >= 2):
            back = draw(st.integers(0, 11)) == 0 and at >= 1
            at = at - 1 if back else min(at + draw(st.integers(0, 1)) if at >= 0 else 0, len(labels) - 1)
            tags = [f"step:{labels[at]}"]
            if used and draw(st.integers(0, 4)) == 0:
                other = draw(st.sampled_from(used))
                tags += [f"prev:{other}"] if labels.index(other) < at else []
            used.append(labels[at])
        elif choice == 3 and at < 0:
            tags = ["setup"]
        program.cells.append(cell("\n".join(lines), tags))
    plain = [n for n, k in sorted(program.kinds.items()) if k in ("int", "list", "dict", "object", "array")]
    asked = plain if kinds else draw(st.lists(st.sampled_from(plain), unique=True)) if plain else []
    texts = [f"{n}.v" if program.kinds[n] == "object" else n for n in sorted(asked)]
    texts += [f"{n}(1)" for n in program.known("function") if draw(st.booleans())]
    program.cells.append(cell(f"final = repr([{', '.join(texts)}])", ["step:final"]))
    return notebook(program.cells)


def cell(source: str, tags: list[str]) -> dict[str, Any]:
    """Return a code cell."""
    return {"cell_type": "code", "metadata": {"tags": tags}, "source": source, "execution_count": None, "outputs": []}


def notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a notebook of these cells."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    numbered = [{**one, "id": f"c{number}"} for number, one in enumerate(cells)]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": numbered}
