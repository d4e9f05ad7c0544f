"""Objects whose own code fails, under every walk: each is handed over, or refused by the name of the value."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from jupyter_mlops.artifacts import kinds, serializers
from jupyter_mlops.artifacts.digest import digest, state_digest
from jupyter_mlops.artifacts.fingerprint import fingerprint, has_changed
from jupyter_mlops.artifacts.origins import Definitions
from jupyter_mlops.artifacts.sharing import Sharing
from jupyter_mlops.base.errors import HandoverError
from tests.artifacts.conftest import Notebook

RAISE = "raise KeyError('mine')"
METHODS = {
    "__eq__": "def __eq__(self, o): " + RAISE,
    "__hash__": "def __hash__(self): " + RAISE,
    "__repr__": "def __repr__(self): " + RAISE,
    "__str__": "def __str__(self): " + RAISE,
    "__len__": "def __len__(self): " + RAISE,
    "__bool__": "def __bool__(self): " + RAISE,
    "__iter__": "def __iter__(self): " + RAISE,
    "__getitem__": "def __getitem__(self, k): " + RAISE,
    "__getattr__": "def __getattr__(self, n): " + RAISE,
    "__getattribute__": "def __getattribute__(self, n): " + RAISE,
    "__setattr__": "def __setattr__(self, n, v): " + RAISE,
    "__dir__": "def __dir__(self): " + RAISE,
    "__class__": "@property\n    def __class__(self): " + RAISE,
    "__dict__": "@property\n    def __dict__(self): " + RAISE,
    "__doc__": "@property\n    def __doc__(self): " + RAISE,
    "__reduce__": "def __reduce__(self): " + RAISE,
    "__reduce_ex__": "def __reduce_ex__(self, p): " + RAISE,
    "__getstate__": "def __getstate__(self): " + RAISE,
    "__getstate__ with OSError": "def __getstate__(self): raise OSError(28, 'no space')",
    "__getstate__ with SystemExit": "def __getstate__(self): raise SystemExit(3)",
    "__setstate__": "def __init__(self): self.x = 1\n    def __setstate__(self, s): " + RAISE,
    "__reduce__ of nonsense": "def __reduce__(self): return 5",
    "__array__": "def __array__(self, *a, **k): " + RAISE,
    "__index__": "def __index__(self): " + RAISE,
    "__fspath__": "def __fspath__(self): " + RAISE,
    "__getattr__ without end": "def __getattr__(self, n): return self",
    "__class__ that lies": "__class__ = dict",
    "__module__": "__module__ = property(lambda self: 1)",
    "__slots__ unset": "__slots__ = ('x', 'y')",
    "__new__": "def __new__(cls, *a): return super().__new__(cls) if not a else 1 / 0",
    "an error that cannot be printed": "def __reduce__(self):\n        class E(Exception):\n            def __str__(self): 1 / 0\n        raise E",
}
OTHERS = {
    "dead proxy": "import weakref\nclass B: pass\nb = B()\nv = weakref.proxy(b)\ndel b",
    "live proxy": "import weakref\nclass B: pass\nb = B()\nv = weakref.proxy(b)",
    "weak reference": "import weakref\nclass B: pass\nb = B()\nv = weakref.ref(b)",
    "set of weak references": "import weakref\nclass B: pass\nb = B()\nv = weakref.WeakSet([b])",
    "weak values": "import weakref\nclass B: pass\nb = B()\nv = weakref.WeakValueDictionary(k=b)",
    "metaclass without hash": "class M(type):\n    def __hash__(cls): raise KeyError('mine')\nclass C(metaclass=M): pass\nv = C()",
    "metaclass with eq": "class M(type):\n    def __eq__(cls, o): raise KeyError('mine')\n    __hash__ = type.__hash__\nclass C(metaclass=M): pass\nv = C()",
    "metaclass that hides": "class M(type):\n    def __getattribute__(cls, n): raise KeyError('mine')\nclass C(metaclass=M): pass\nv = object.__new__(C)",
    "dict with own items": "class D(dict):\n    def items(self): raise KeyError('mine')\n    def values(self): raise KeyError('mine')\n    def __iter__(self): raise KeyError('mine')\nv = D(a=1)",
    "list with own iter": "class L(list):\n    def __iter__(self): raise KeyError('mine')\n    def __len__(self): raise KeyError('mine')\nv = L([1])",
    "tuple with own iter": "class T(tuple):\n    def __iter__(self): raise KeyError('mine')\nv = T([1])",
    "set with own iter": "class S(set):\n    def __iter__(self): raise KeyError('mine')\nv = S([1])",
    "array with own dtype": "import numpy as np\nclass A(np.ndarray):\n    @property\n    def dtype(self): raise KeyError('mine')\n    @property\n    def flags(self): raise KeyError('mine')\nv = np.zeros(2).view(A)",
    "array of hostile objects": "import numpy as np\nclass C:\n    def __eq__(self, o): raise KeyError('mine')\nv = np.array([C(), None], dtype=object)",
    "frame of hostile objects": "import pandas as pd\nclass C:\n    def __eq__(self, o): raise KeyError('mine')\n    def __repr__(self): raise KeyError('mine')\nv = pd.DataFrame({'a': [C(), 1]})",
    "key that cannot be compared": "class K:\n    def __hash__(self): return 1\n    def __eq__(self, o): raise KeyError('mine')\nv = {K(): 1}",
    "mock": "from unittest.mock import MagicMock\nv = MagicMock()",
    "estimator of hostile parameters": "from sklearn.linear_model import Ridge\nclass C:\n    def __repr__(self): raise KeyError('mine')\nv = Ridge(alpha=C())",
    "exception": "class E(Exception):\n    def __str__(self): raise KeyError('mine')\nv = E(1)",
    "partial of itself": "from functools import partial\nv = partial(print)\nv.me = v",
}
CODE = {name: f"class C:\n    {body}\nv = C.__new__(C)\n" for name, body in METHODS.items()} | OTHERS
for _name in ("__setstate__", "__getattr__"):
    CODE[_name] = CODE[_name].replace("C.__new__(C)", "C()")
INTO = {"itself": "v", "list": "[v]", "tuple": "(v, 1)", "dict": "{'k': v}", "object": "types.SimpleNamespace(v=v)"}


def made(case: str, into: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec("import types\n" + CODE[case] + "\nv = " + INTO[into], space)
    return space


@pytest.mark.parametrize("case", CODE)
def test_every_walk_ends(case: str) -> None:
    for into in INTO:
        space = made(case, into)
        value = space["v"]
        assert digest(value) is None or isinstance(digest(value), str)
        assert state_digest(value) is None or isinstance(state_digest(value), str)
        before = fingerprint(value, space)
        assert has_changed(before, value, space) is not None
        assert isinstance(serializers.type_name(value), str)
        assert isinstance(serializers.summary(value), str)
        kinds.find(value, "v")
        found = Sharing([("a", value), ("b", [value])], Definitions(space, frozenset()))
        assert found.groups() in ([], [["a", "b"]])


@pytest.mark.parametrize("case", CODE)
def test_handed_over_or_named(notebook: Notebook, case: str) -> None:
    for into in ("itself", "object"):
        space = made(case, into)
        try:
            notebook.step("a", given=space, outputs="v", carried={})
        except HandoverError as error:
            assert error.code == "handover.not_storable", error
            assert "`v" in error.message.splitlines()[0]
            assert error.hint
            continue
        gc.collect()
        notebook.step("b", inputs={"v": "a"}, outputs="v", carried={})
