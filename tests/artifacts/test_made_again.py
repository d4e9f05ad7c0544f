"""Objects whose classes pickle calls again: handed over as they are, or refused by the step that makes them."""

from __future__ import annotations

import pytest

from jupyter_mlops.base.errors import HandoverError
from tests.artifacts.conftest import Notebook

# the class and the value; questions of the consumer that are all True
EQUAL = {
    "exception with its own init": (
        "class Bad(Exception):\n    def __init__(self, a, b):\n        super().__init__(f'{a}-{b}')\n        self.a, self.b = a, b\nv = Bad(1, 2)",
        "(v.a, v.b, str(v), v.args, type(v) is Bad) == (1, 2, '1-2', ('1-2',), True)",
    ),
    "exception that takes no arguments": (
        "class Bad(Exception):\n    def __init__(self):\n        super().__init__('always')\nv = Bad()",
        "str(v) == 'always'",
    ),
    "exception that keeps nothing in args": (
        "class Bad(ValueError):\n    def __init__(self, *, key):\n        self.key = key\nv = Bad(key=3)",
        "v.key == 3 and isinstance(v, ValueError)",
    ),
    "operating system error": (
        "class Gone(FileNotFoundError):\n    def __init__(self, where):\n        super().__init__(2, 'gone', where)\nv = Gone('/x')",
        "(v.errno, v.strerror, v.filename) == (2, 'gone', '/x')",
    ),
    "decode error": (
        "class Odd(UnicodeDecodeError):\n    def __init__(self):\n        super().__init__('utf-8', b'abc', 1, 2, 'bad')\nv = Odd()",
        "(v.encoding, v.start, v.reason) == ('utf-8', 1, 'bad')",
    ),
    "exception with slots and a note": (
        "class Slim(Exception):\n    __slots__ = ('q',)\n    def __init__(self, q):\n        self.q = q\nv = Slim(4)\nv.add_note('n')",
        "v.q == 4 and v.__notes__ == ['n']",
    ),
    "the cause of an exception": (
        "class Bad(Exception): pass\ntry:\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise Bad('x') from e\nexcept Bad as e:\n    v = e",
        "type(v.__cause__) is ZeroDivisionError and v.__suppress_context__",
    ),
    "a cause that cannot be written": (
        "import threading\nv = ValueError('x')\nv.__cause__ = KeyError(threading.Lock())",
        "str(v) == 'x'",
    ),
    "new with arguments": (
        "class C:\n    def __new__(cls, a):\n        made = super().__new__(cls)\n        made.a = a\n        return made\nv = C(5)",
        "v.a == 5",
    ),
    "one object of a class": (
        "class One:\n    made = None\n    def __new__(cls):\n        if cls.made is None:\n            cls.made = super().__new__(cls)\n        return cls.made\nv = One()",
        "isinstance(v, One)",
    ),
    "tuple with its own new": (
        "class P(tuple):\n    def __new__(cls, a, b):\n        return super().__new__(cls, (a * 2, b))\nv = P(1, 2)\nv.note = 'n'",
        "tuple(v) == (2, 2) and v.note == 'n'",
    ),
    "named tuple with its own new": (
        "from collections import namedtuple\nclass P(namedtuple('P', 'x y')):\n    def __new__(cls, x):\n        return super().__new__(cls, x, x + 1)\nv = P(1)",
        "(v.x, v.y, type(v) is P) == (1, 2, True)",
    ),
    "number with its own new": (
        "class Grams(float):\n    def __new__(cls, kilos):\n        return super().__new__(cls, kilos * 1000)\nv = Grams(2)",
        "v == 2000.0 and type(v) is Grams",
    ),
    "text with its own new": (
        "class Name(str):\n    def __new__(cls, first, last):\n        return super().__new__(cls, f'{first} {last}')\nv = Name('a', 'b')",
        "v == 'a b' and type(v) is Name",
    ),
    "dict with its own new": (
        "class D(dict):\n    def __new__(cls, kind):\n        made = super().__new__(cls)\n        made.kind = kind\n        return made\n    def __init__(self, kind): pass\nv = D('k')\nv['a'] = 1",
        "v == {'a': 1} and v.kind == 'k'",
    ),
    "own arguments": (
        "class C:\n    def __new__(cls, a):\n        made = super().__new__(cls)\n        made.a = a\n        return made\n    def __getnewargs__(self):\n        return (self.a,)\nv = C(5)",
        "v.a == 5",
    ),
}
REFUSED = {
    "reduce that asks for too much": "class E(Exception):\n    def __init__(self, a, b): super().__init__(a)\n    def __reduce__(self): return E, (1,)\nv = E(1, 2)",
    "setstate that fails": "class C:\n    def __setstate__(self, s): raise KeyError('mine')\nv = C()\nv.a = 1",
    "reduce to a function that fails": "def make(x): raise ValueError('mine')\nclass C:\n    def __reduce__(self): return make, (1,)\nv = C()",
    "arguments that do not fit": "class C:\n    def __new__(cls, a, b): return super().__new__(cls)\n    def __getnewargs__(self): return (1,)\nv = C(1, 2)",
    "key whose hash needs what is not there yet": "class K:\n    def __init__(self):\n        self.n = 1\n        self.d = {self: 1}\n    def __hash__(self): return hash(self.n)\n    def __eq__(self, o): return self is o\nv = K()",
    "dict that checks its keys": "class D(dict):\n    def __init__(self, allowed):\n        self.allowed = allowed\n    def __setitem__(self, k, val):\n        assert k in self.allowed\n        super().__setitem__(k, val)\nv = D(['a'])\nv['a'] = 1",
}


def parts(code: str) -> tuple[str, str]:
    """Return the definitions, which every step has, and what only the first one does."""
    at = code.index("\nv = ") if "\nv = " in code else code.index("\ntry:")
    return code[:at], code[at:]


@pytest.mark.parametrize("case", EQUAL)
@pytest.mark.parametrize("into", ["v", "[v, 1]"])
def test_as_it_was(notebook: Notebook, case: str, into: str) -> None:
    code, ask = EQUAL[case]
    definitions, made = parts(code)
    names = "Bad Gone Odd Slim C One P Grams Name D"
    notebook.step("a", f"{made}\nv = {into}", replay=definitions, outputs="v", carried={}, definitions=names)
    first = "v" if into == "v" else "v[0]"
    asked = f"v = {first}\nok = {ask}"
    space, _ = notebook.step("b", asked, replay=definitions, inputs={"v": "a"}, definitions=names)
    assert space["ok"]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("into", ["v", "{'k': [v]}"])
def test_refused_where_it_is_made(notebook: Notebook, case: str, into: str) -> None:
    with pytest.raises(HandoverError) as caught:
        notebook.step("a", f"{REFUSED[case]}\nv = {into}", outputs="v", carried={})
    assert caught.value.code == "handover.not_storable"
    assert 'step "a" makes `v`' in caught.value.message
    assert "cannot be loaded again" in caught.value.message


def test_the_one_of_two_that_cannot_be_read(notebook: Notebook) -> None:
    code = "class C:\n    def __setstate__(self, s): raise KeyError('mine')\nx = [1]\ngood = [x]\nbad = [x, C()]\nbad[1].a = 1"
    with pytest.raises(HandoverError) as caught:
        notebook.step("a", code, outputs="good bad", carried={})
    assert "`bad`" in caught.value.message


def test_looking_leaves_the_classes_of_the_step_alone(notebook: Notebook) -> None:
    code = (
        "class C:\n    seen = []\n    def __setstate__(self, s): self.seen.append(1)\nkept = C.seen\nv = C()\nv.a = 1"
    )
    space, manifest = notebook.step("a", code, outputs="v", carried={}, definitions="C")
    assert manifest["definitions"]["C"][1] is not None
    assert space["C"].seen is space["kept"]
    space, again = notebook.step("b", replay=code, inputs={"v": "a"}, definitions="C")
    assert manifest["definitions"]["C"][1] == again["definitions"]["C"][0] or space["C"].seen == [1]
