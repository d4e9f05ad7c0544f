"""Statements of generated programs that let several values share one object, and change it under one of its names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.pipeline.programs import Program

Maker = Callable[[st.DrawFn, "Program"], str]

LISTS, DICTS, FUNCTIONS, OBJECTS, ARRAYS = ("l", "m", "n"), ("d", "e"), ("f", "g"), ("o", "p"), ("x", "y")

# what each line makes of a list: {n} is bound; {a} and {b} are lists that exist, {d} a dict, {o} an object, {v} a number
_BIND = [
    "{n} = [{a}, {b}]",
    "{n} = [{n0}, {a}]",
    "{n} = [{a}, [{b}], {v}]",
    "{n} = [*{a}, {b}]",
    "{n} = {a} + [{b}]",
    "{n} = list(({a}, {b}))",
    "{n} = {a}[0] if {a} and isinstance({a}[0], list) else {b}",
    "{n} = [q for q in {a}]",
    "{n} = [{a} for _ in range(2)]",
    "{n} = [{a}, {b}][{v} % 2]",
    "{n} = {a}.copy()",
    "{a}, {b} = {b}, {a}",
    "{a}[:1] = [{b}]",
    "{a}.append({b})",
    "{a}.extend([{b}, {v}])",
    "{a} += [{b}]",
    "{n} = {a} = [{b}]",
    "def same(z):\n    return z\n{n} = same({a})",
    "def keep(z, x={v}):\n    z.append(x)\n    return z\n{n} = keep({a})",
    "def wrap(z):\n    return [z, {{'w': z}}]\n{n} = wrap({a})",
    "def first(z, y):\n    return z if len(z) > {v} else y\n{n} = first({a}, {b})",
    "def grow(z):\n    for q in z:\n        if isinstance(q, list):\n            q.append({v})\ngrow({a})",
    "(lambda z: z[0].append({v}) if z and isinstance(z[0], list) else None)({a})",
    "for {n} in [{a}, {b}]:\n    {n}.append({v})",
    "if len({a}) > {v}:\n    {n} = [{a}]\nelse:\n    {n} = {b}",
    "try:\n    {n} = [{a}, {b}][{v}]\nexcept IndexError:\n    {n} = [{b}]",
    "for _i in range(2):\n    {a} = [{a}]",
    "for _i in range(2):\n    {n} = [{a}]\n    {a} = [{n}, {v}]",
    "with __import__('contextlib').suppress(IndexError):\n    {n} = {b}\n    {n}.pop()",
    "_k = 0\nwhile _k < 2:\n    {n} = [{a}]\n    _k += 1",
    "_it = iter([{a}, {b}])\n{n} = next(_it)\ndel _it",
]
_DICT = [
    "{k} = {{'a': {a}, 'b': {b}}}",
    "{k} = dict(k={a})",
    "{k} = {{'d': {d}, 'a': {a}}}",
    "{k} = {{**{d}, 'z': {a}}}",
    "{k} = {d}.copy()",
    "{d}['s'] = {a}",
    "{d}.setdefault('s', {a})",
    "{n} = list({d}.values())",
    "{n} = [{d}, {a}]",
    "{n} = {d}.get('a', {a})\nif not isinstance({n}, list):\n    {n} = [{n}]",
    "for _v in {d}.values():\n    if isinstance(_v, list):\n        _v.append({v})",
    "{k} = {{key: value for key, value in {d}.items()}}",
]
_OBJECT = [
    "{o}.child = {a}",
    "{o}.child = [{a}, {b}]",
    "{n} = getattr({o}, 'child', {a})",
    "{n} = [{o}, {a}]",
    "getattr({o}, 'child', []).append({v})",
    "{o}.again = {d}",
    "{n} = [vars({o})]",
]
_FUNCTION = [
    "def mk_{f}(z):\n    def {f}(x):\n        z.append(x)\n        return len(z)\n    return {f}\n{f} = mk_{f}({a})",
    "def {f}(x, z={a}):\n    z.append(x)\n    return len(z)",
    "{f} = (lambda z: lambda x: z.append(x) or len(z))({a})",
    "from functools import partial\n{f} = partial(lambda z, x: z.append(x) or len(z), {a})",
    "{f} = lambda x: {a}.append(x) or len({a})",
    "def {f}(x):\n    {a}.append({b})\n    return len({a}) + x",
    "def {f}(x):\n    global {a}\n    {a} = [{a}, {b}]\n    return len({a}) + x",
]
_ARRAY = [
    "{x} = np.arange(4)",
    "{x} = {y}[1:]",
    "{x} = {y}.reshape(-1)[::2]",
    "{x} = {y}.copy()",
    "{y}[0] = {v}",
    "{y} += 1",
    "{n} = [{y}, {a}]",
    "def fill(z):\n    z[:1] = {v}\n    return z\n{x} = fill({y})",
    "for _v in {a}:\n    if isinstance(_v, np.ndarray):\n        _v[:1] = {v}",
    "{k} = {{'x': {y}}}",
]


def share(draw: st.DrawFn, program: Program) -> str:
    """Return a statement that binds or changes lists, dicts, objects, functions or arrays that share something."""
    lists, dicts = program.known("list"), program.known("dict")
    objects, arrays = program.known("object"), program.known("array")
    number = draw(st.integers(0, 3))
    if len(lists) < 2:
        name = draw(st.sampled_from([n for n in LISTS if n not in lists]))
        program.kinds[name] = "list"
        return f"{name} = [{number}, [2]]"
    tables = [_BIND, _BIND]
    tables += [_DICT] if dicts else []
    tables += [_OBJECT] if objects and dicts else []
    tables += [_FUNCTION] if not program.known("function") else []
    tables += [_ARRAY] if arrays and dicts else []
    table = draw(st.sampled_from(tables))
    form = draw(st.sampled_from(table))
    a, b = draw(st.sampled_from(lists)), draw(st.sampled_from(lists))
    n, k = draw(st.sampled_from(LISTS)), draw(st.sampled_from(DICTS))
    f, x = draw(st.sampled_from(FUNCTIONS)), draw(st.sampled_from(ARRAYS))
    bound = {"{n} ": (n, "list"), "{k} ": (k, "dict"), "{f}": (f, "function"), "{x} ": (x, "array")}
    text = form.format(
        a=a,
        b=b,
        n=n,
        n0=n if n in lists else a,
        v=number,
        k=k,
        f=f,
        x=x,
        d=draw(st.sampled_from(dicts)) if dicts else "",
        o=draw(st.sampled_from(objects)) if objects else "",
        y=draw(st.sampled_from(arrays)) if arrays else "",
    )
    for mark, (name, kind) in bound.items():
        if mark in form:
            program.kinds[name] = kind
    return text


def array(draw: st.DrawFn, program: Program) -> str:
    """Return a statement that makes an array."""
    name = draw(st.sampled_from(ARRAYS))
    program.kinds[name] = "array"
    return f"import numpy as np\n{name} = np.arange({draw(st.integers(2, 5))})"
