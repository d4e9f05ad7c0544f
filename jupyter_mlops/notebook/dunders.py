"""Which special methods Python calls for operators and built-in functions. Pure."""

from __future__ import annotations

import ast
from collections.abc import Mapping

OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.MatMult: "__matmul__",
    ast.Div: "__truediv__",
    ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__",
    ast.Pow: "__pow__",
    ast.LShift: "__lshift__",
    ast.RShift: "__rshift__",
    ast.BitAnd: "__and__",
    ast.BitOr: "__or__",
    ast.BitXor: "__xor__",
    ast.Eq: "__eq__",
    ast.NotEq: "__ne__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
}
_PLAIN: Mapping[str, tuple[str, ...]] = {
    "len": ("__len__",),
    "print": ("__str__", "__repr__"),
    "str": ("__str__", "__repr__"),
    "repr": ("__repr__",),
    "display": ("__repr__",),
    "bool": ("__bool__", "__len__"),
    "int": ("__int__", "__index__"),
    "float": ("__float__",),
    "abs": ("__abs__",),
    "hash": ("__hash__",),
    "round": ("__round__",),
}
_ITER = ("__iter__", "__next__", "__getitem__", "__len__")
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    **_PLAIN,
    "reversed": ("__reversed__", *_ITER),
    **dict.fromkeys(("iter", "list", "tuple", "set", "dict", "sorted", "sum", "min", "max", "any", "all"), _ITER),
    **dict.fromkeys(("zip", "map", "enumerate", "filter"), _ITER),
}
QUIET = frozenset({*OPERATORS.values(), *(name for names in _PLAIN.values() for name in names)})
"""Those that no random generator draws numbers in."""
