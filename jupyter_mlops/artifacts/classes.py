"""What the class of a value is, found without running any code of the value.

`isinstance` also looks at ``value.__class__``, which a proxy forwards and which may raise; ``kind.__module__`` may be
anything that a class body assigns. Everything that walks over the user's objects asks here.
"""

from __future__ import annotations

from typing import Any

#: What a value's own code may raise. An interrupt comes from elsewhere.
ANY = (Exception, SystemExit, GeneratorExit)

_MODULE = type.__dict__["__module__"]
_DERIVES = type.__subclasscheck__
_QUALNAME = type.__dict__["__qualname__"]


def derives(kind: type, *bases: type) -> bool:
    """Return whether a class really derives from one of `bases`: an abstract one is not asked, nor a metaclass.

    >>> derives(bool, str, int)
    True
    """
    return any(_DERIVES(base, kind) for base in bases)


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


def said(error: BaseException) -> str:
    """Return the first line of what an error says, or its type when it says nothing or its own code fails.

    >>> said(KeyError())
    'KeyError'
    """
    try:
        lines = str(error).splitlines()
    except ANY:  # a door: the text of an error may be the user's own code
        lines = []
    return lines[0] if lines and lines[0] else qualname_of(type(error))


def library_of(kind: type) -> str:
    """Return the first part of the module's name: ``sklearn`` for ``sklearn.svm``."""
    return module_of(kind).partition(".")[0]


def qualname_of(kind: type) -> str:
    """Return the qualified name of a class."""
    name: str = _QUALNAME.__get__(kind)
    return name
