"""What the class of a value is, found without running any code of the value.

`isinstance` also looks at ``value.__class__``, which a proxy forwards and which may raise; ``kind.__module__`` may be
anything that a class body assigns. Everything that walks over the user's objects asks here.
"""

from __future__ import annotations

from typing import Any

_MODULE = type.__dict__["__module__"]
_QUALNAME = type.__dict__["__qualname__"]


def is_a(value: object, kinds: type | tuple[type, ...]) -> bool:
    """Return whether the type of `value`, not what it claims as ``__class__``, is one of `kinds` or derived from it."""
    return issubclass(type(value), kinds)


def module_of(kind: type) -> str:
    """Return the module that a class says it is from, or an empty text when it says none.

    >>> module_of(int)
    'builtins'
    """
    module: Any = _MODULE.__get__(kind)
    return module if type(module) is str else ""


def library_of(kind: type) -> str:
    """Return the first part of the module's name: ``sklearn`` for ``sklearn.svm``."""
    return module_of(kind).partition(".")[0]


def qualname_of(kind: type) -> str:
    """Return the qualified name of a class."""
    name: str = _QUALNAME.__get__(kind)
    return name
