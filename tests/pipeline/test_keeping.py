"""What classes and functions keep goes on from step to step: counters, registries, caches, singletons, added methods."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.build import compiled
from tests.pipeline import forked
from tests.pipeline.forked import Cells

pytestmark = pytest.mark.usefixtures("warm")

EQUAL: dict[str, Cells] = {
    "counter": [
        (
            "step:a",
            "class Employee:\n    num = 0\n    raise_amt = 1.04\n    def __init__(self, n):\n        self.n = n\n        Employee.num += 1\ne1 = Employee('x')",
        ),
        ("step:b", "e2 = Employee('y')\nprint(Employee.num)"),
        ("step:c", "print(Employee.num, e1.n, e2.n)"),
    ],
    "counter functions": [
        (
            "functions",
            "class Employee:\n    num = 0\n    raise_amt = 1.04\n    def __init__(self, n):\n        self.n = n\n        Employee.num += 1",
        ),
        ("step:a", "e1 = Employee('x')"),
        ("step:b", "e2 = Employee('y')\nprint(Employee.num)"),
        ("step:c", "print(Employee.num)"),
    ],
    "classmethod": [
        ("step:a", "class E:\n    amt = 1\n    @classmethod\n    def set(cls, a):\n        cls.amt = a"),
        ("step:b", "E.set(3)\nprint(E.amt)"),
        ("step:c", "print(E.amt)\nE.set(E.amt + 1)"),
        ("step:d", "print(E.amt, vars(E)['amt'])"),
    ],
    "method added": [
        ("step:a", "class T:\n    def __init__(self):\n        self.x = 2\nt = T()"),
        ("step:b", "def prepare(self):\n    return self.x * 2\nT.prepare = prepare"),
        ("step:c", "print(t.prepare(), T().prepare())"),
    ],
    "seen through object": [
        ("step:a", "class A:\n    w = 2\na = A()\ndef area(self):\n    return self.w\nx = 1"),
        ("step:b", "A.area = area\ny = x"),
        ("step:c", "print(a.area(), y)"),
    ],
    "function attribute": [
        ("step:a", "def f(x):\n    f.k = getattr(f, 'k', 0) + 1\n    return f.k\nprint(f(1))"),
        ("step:b", "print(f(1))"),
        ("step:c", "print(f(1), f.k)"),
    ],
    "mutable default": [
        ("step:a", "def f(x, acc=[]):\n    acc.append(x)\n    return acc\nprint(f(1))"),
        ("step:b", "print(f(2))"),
        ("step:c", "print(f(3))"),
    ],
    "singleton": [
        (
            "step:a",
            "class S:\n    _one = None\n    def __new__(cls):\n        if cls._one is None:\n            cls._one = super().__new__(cls)\n        return cls._one\ns = S()\ns.v = 1",
        ),
        ("step:b", "t = S()\nprint(t is s, t.v)\nt.v = 2"),
        ("step:c", "print(S() is s, S() is t, s.v)"),
    ],
    "registry": [
        (
            "step:a",
            "class Base:\n    registry = {}\n    def __init_subclass__(cls, **k):\n        super().__init_subclass__(**k)\n        Base.registry[cls.__name__] = cls",
        ),
        ("step:b", "class One(Base):\n    v = 1\nprint(sorted(Base.registry))"),
        ("step:c", "print(sorted(Base.registry), Base.registry['One'].v)"),
    ],
    "registry setup": [
        (
            "setup",
            "class Base:\n    registry = {}\n    def __init_subclass__(cls, **k):\n        super().__init_subclass__(**k)\n        Base.registry[cls.__name__] = cls",
        ),
        ("step:b", "class One(Base):\n    v = 1\nprint(sorted(Base.registry))"),
        ("step:c", "print(sorted(Base.registry), Base.registry['One'].v, Base.registry['One'] is One)"),
    ],
    "decorator registry": [
        ("step:a", "R = {}\ndef register(f):\n    R[f.__name__] = f\n    return f"),
        ("step:b", "@register\ndef double(x):\n    return 2 * x"),
        ("step:c", "print(sorted(R), R['double'](4), double(3), R['double'] is double)"),
    ],
    "decorator registry one step": [
        (
            "step:a",
            "R = {}\ndef register(f):\n    R[f.__name__] = f\n    return f\n@register\ndef double(x):\n    return 2 * x",
        ),
        ("step:c", "print(sorted(R), R['double'](4), double(3), R['double'] is double)"),
    ],
    "decorator calls": [
        (
            "functions",
            "import functools\ndef count(f):\n    @functools.wraps(f)\n    def w(*a):\n        w.calls += 1\n        return f(*a)\n    w.calls = 0\n    return w",
        ),
        ("step:a", "@count\ndef add(a, b):\n    return a + b\nprint(add(1, 2))"),
        ("step:b", "print(add(1, 2), add.calls)"),
        ("step:c", "print(add.calls)"),
    ],
    "same-name subclass": [
        ("step:a", "class M:\n    def f(self):\n        return 1\nm = M()"),
        ("step:b", "class M(M):\n    def f(self):\n        return super().f() + 1\nprint(M().f())"),
        ("step:c", "print(M().f(), m.f())"),
    ],
    "counter no words": [
        ("step:a", "class E:\n    n = 0\n    def __init__(self):\n        type(self).n += 1\nes = [E()]"),
        ("step:b", "es.append(E())"),
        ("step:c", "print(E.n, len(es))"),
    ],
    "abc register other step": [
        ("step:a", "from abc import ABC\nclass Shape(ABC):\n    pass\nclass Q:\n    pass"),
        ("step:b", "Shape.register(Q)\nprint(1)"),
        ("step:c", "print(issubclass(Q, Shape))"),
    ],
    "subclasses": [
        ("step:a", "class B: pass\nclass C(B): pass"),
        ("step:b", "class D(B): pass"),
        ("step:c", "print(sorted(k.__name__ for k in B.__subclasses__()))"),
    ],
    "lock attr": [
        (
            "step:a",
            "import threading\nclass L:\n    lock = threading.Lock()\n    n = 0\n    def go(self):\n        with self.lock:\n            L.n += 1\n        return L.n\nprint(L().go())",
        ),
        ("step:b", "print(L().go())"),
        ("step:c", "print(L.n)"),
    ],
    "extend then change": [
        ("step:a", "class C:\n    size = 1"),
        ("step:b", "C.size = 2"),
        ("step:c", "C.size += 5\nprint(C.size)"),
        ("step:d", "C.size = 20\nC.name = 'x'"),
        ("step:e", "print(C.size, C.name)"),
    ],
    "deleted": [
        ("step:a", "class C:\n    size = 1\n    other = 2"),
        ("step:b", "del C.size\nprint(1)"),
        ("step:c", "print(hasattr(C, 'size'), C.other)"),
    ],
    "apart": [
        ("step:a", "class C:\n    n = 0\ndef up():\n    C.n += 1"),
        ("step:b", "up()\nprint(1)"),
        ("step:c", "up()\nprint(2)"),
        ("step:d", "print(C.n)"),
    ],
    "pydantic-like": [
        (
            "step:a",
            "class Meta(type):\n    made = []\n    def __new__(m, n, b, d):\n        k = super().__new__(m, n, b, d)\n        Meta.made.append(n)\n        return k\nclass A(metaclass=Meta): pass",
        ),
        ("step:b", "class B(metaclass=Meta): pass\nprint(Meta.made)"),
        ("step:c", "print(Meta.made)"),
    ],
    "decorator class": [
        (
            "functions",
            "class Count:\n    def __init__(self, f):\n        self.f = f\n        self.n = 0\n    def __call__(self, *a):\n        self.n += 1\n        return self.f(*a)",
        ),
        ("step:a", "@Count\ndef add(a, b):\n    return a + b\nprint(add(1, 2))"),
        ("step:b", "print(add(1, 2), add.n)"),
        ("step:c", "print(add.n)"),
    ],
    "registry of classes by decorator": [
        (
            "step:a",
            "MODELS = {}\ndef register(name):\n    def deco(c):\n        MODELS[name] = c\n        return c\n    return deco\n@register('lin')\nclass Lin:\n    k = 1\n    def go(self):\n        return self.k",
        ),
        ("step:b", "@register('sq')\nclass Sq(Lin):\n    k = 2"),
        ("step:c", "m = MODELS['sq']()\nprint(m.go(), isinstance(m, Lin), type(m) is Sq, sorted(MODELS))"),
        ("step:d", "print(isinstance(m, Sq), Lin().go(), type(m) is MODELS['sq'])"),
    ],
    "value class then subclass": [
        ("step:a", "L = []\ndef reg(c):\n    L.append(c)\n    return c\n@reg\nclass A:\n    pass\na = A()"),
        ("step:b", "class B(A):\n    pass\nb = B()\nprint(isinstance(a, A))"),
        ("step:c", "print(isinstance(b, A), isinstance(b, B), L[0] is A, type(a) is A)"),
    ],
    "value function recursive": [
        (
            "step:a",
            "seen = []\ndef reg(f):\n    seen.append(f.__name__)\n    return f\nk = 3\n@reg\ndef fact(n):\n    return 1 if n < 2 else n * fact(n - 1) * k // k",
        ),
        ("step:b", "print(fact(5), seen)"),
        ("step:c", "k = 7\nprint(fact(4))"),
        ("step:d", "print(fact(3), k)"),
    ],
    "nested class state": [
        ("step:a", "class O:\n    class I:\n        n = 0\n    def hit(self):\n        O.I.n += 1\no = O()\no.hit()"),
        ("step:b", "o.hit()\nprint(O.I.n)"),
        ("step:c", "print(O.I.n)"),
    ],
    "itertools count": [
        (
            "step:a",
            "import itertools\nclass T:\n    ids = itertools.count(1)\n    def __init__(self):\n        self.id = next(self.ids)\nt = T()",
        ),
        ("step:b", "u = T()\nprint(u.id)"),
        ("step:c", "print(T().id, t.id)"),
    ],
    "property setter": [
        (
            "step:a",
            "class P:\n    _v = {}\n    @property\n    def v(self):\n        return self._v.get('x')\n    @v.setter\n    def v(self, x):\n        self._v['x'] = x\np = P()\np.v = 3",
        ),
        ("step:b", "print(p.v, P._v)\np.v = 4"),
        ("step:c", "print(P().v)"),
    ],
    "partial method": [
        (
            "step:a",
            "import functools\nclass C:\n    def go(self, a):\n        return a\n    one = functools.partialmethod(go, 1)\nc = C()",
        ),
        ("step:b", "print(c.one())\nC.two = functools.partialmethod(C.go, 2)"),
        ("step:c", "print(C().two(), c.one())"),
    ],
    "setattr": [
        ("step:a", "class C: pass"),
        ("step:b", "setattr(C, 'x', 5)\nprint(C.x)"),
        ("step:c", "print(C().x)"),
    ],
    "weak registry": [
        (
            "step:a",
            "import weakref\nclass W:\n    live = weakref.WeakSet()\n    def __init__(self):\n        W.live.add(self)\nw = W()",
        ),
        ("step:b", "print(len(W.live))"),
        ("step:c", "print(w in W.live)"),
    ],
    "class list shared 2": [
        (
            "step:a",
            "class Node:\n    every = []\n    def __init__(self, v):\n        self.v = v\n        Node.every.append(self)\nroot = Node(1)",
        ),
        ("step:b", "kid = Node(2)"),
        ("step:c", "print([n.v for n in Node.every], Node.every[0] is root, Node.every[1] is kid)\nroot.v = 5"),
        ("step:d", "print(Node.every[0].v, root.v)"),
    ],
    "class list shared 3": [
        (
            "step:a",
            "class Node:\n    every = []\n    def __init__(self, v):\n        self.v = v\n        Node.every.append(self)\nroot = Node(1)",
        ),
        ("step:b", "Node(2)\nprint(len(Node.every))"),
        ("step:b2", "Node(3)\nprint(len(Node.every))"),
        ("step:c", "print([n.v for n in Node.every], Node.every[0] is root)\nroot.v = 5"),
        ("step:d", "print(Node.every[0].v, root.v)"),
    ],
    "changed through value": [
        (
            "step:a",
            "class Node:\n    every = []\n    def __init__(self, v):\n        self.v = v\n        Node.every.append(self)\nroot = Node(1)",
        ),
        ("step:b", "root.v = 8"),
        ("step:c", "print(Node.every[0].v, Node.every[0] is root)"),
    ],
    # objects that a class or function keeps and that a name is bound to as well
    "returned by a static method": [
        (
            "step:a",
            "class S:\n    d = {'a': [1]}\n    @staticmethod\n    def get(k):\n        return S.d[k]\nl = S.get('a')",
        ),
        ("step:b", "S.get('a').append(2)"),
        ("step:c", "print(l, S.d)\nl.append(3)"),
        ("step:d", "print(l, S.d, S.get('a') is l)"),
    ],
    "singleton of a class method": [
        (
            "step:a",
            "class Conf:\n    _inst = None\n    v = 1\n    @classmethod\n    def get(cls):\n        if cls._inst is None:\n            cls._inst = cls()\n        return cls._inst\nc = Conf.get()",
        ),
        ("step:b", "Conf.get().v = 9"),
        ("step:c", "print(c.v, Conf.get().v, Conf.get() is c)"),
    ],
    "function attribute with a name": [
        ("step:a", "def f():\n    return f.cache\nf.cache = []\nc = f.cache"),
        ("step:b", "f.cache.append(1)"),
        ("step:c", "print(c, f(), c is f())"),
    ],
    "default that is returned": [
        ("step:a", "def f(x=[]):\n    return x\nc = f()"),
        ("step:b", "f().append(1)"),
        ("step:c", "print(c, f(), c is f())"),
    ],
    "changed through the name": [
        ("step:a", "class S:\n    d = {'a': [1]}\nl = S.d['a']"),
        ("step:b", "l.append(2)"),
        ("step:c", "print(l, S.d, S.d['a'] is l)"),
    ],
    # classes that a library has a hand in
    "sqlalchemy": [
        (
            "step:a",
            "from sqlalchemy import create_engine, Column, Integer, String, select\nfrom sqlalchemy.orm import DeclarativeBase, Session, Mapped, mapped_column\nclass Base(DeclarativeBase):\n    pass\nclass User(Base):\n    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n    name: Mapped[str]\nx = 1",
        ),
        (
            "step:b",
            "e = create_engine('sqlite://')\nBase.metadata.create_all(e)\nwith Session(e) as s:\n    s.add(User(name='a')); s.commit()\n    print([u.name for u in s.scalars(select(User))], x)",
        ),
        (
            "step:c",
            "e2 = create_engine('sqlite://')\nBase.metadata.create_all(e2)\nwith Session(e2) as s:\n    s.add(User(name='b')); s.commit()\n    print([u.name for u in s.scalars(select(User))])",
        ),
    ],
    "pydantic": [
        (
            "step:a",
            "from pydantic import BaseModel, Field, field_validator\nclass M(BaseModel):\n    x: int = 1\n    tags: list[str] = Field(default_factory=list)\n    @field_validator('x')\n    @classmethod\n    def pos(cls, v):\n        return abs(v)\nm = M(x=-3)",
        ),
        ("step:b", "m.tags.append('q')\nprint(m, M(x=-1))"),
        ("step:c", "print(m.model_dump(), type(m) is M, M.model_validate({'x': 2}))"),
    ],
    "traitlets": [
        (
            "step:a",
            "from traitlets import HasTraits, Int, List, observe\nclass T(HasTraits):\n    n = Int(0)\n    l = List()\n    @observe('n')\n    def _c(self, ch):\n        self.l = self.l + [ch.new]\nt = T()\nt.n = 2",
        ),
        ("step:b", "t.n = 5\nprint(t.l)"),
        ("step:c", "print(t.n, t.l, isinstance(t, T))"),
    ],
    "attrs": [
        (
            "step:a",
            "import attrs\n@attrs.define\nclass A:\n    x: int = 0\n    y: list = attrs.field(factory=list)\na = A(1)",
        ),
        ("step:b", "a.y.append(1)\nprint(a)"),
        ("step:c", "print(a, A(1, [1]) == a)"),
    ],
    "estimator": [
        (
            "step:a",
            "from sklearn.base import BaseEstimator, TransformerMixin\nclass S(BaseEstimator, TransformerMixin):\n    made = 0\n    def __init__(self, k=2):\n        self.k = k\n    def fit(self, X, y=None):\n        S.made += 1\n        self.m_ = sum(X)\n        return self\n    def transform(self, X):\n        return [v * self.k - self.m_ for v in X]\ns = S(3)",
        ),
        ("step:b", "print(s.fit([1, 2]).transform([1]))"),
        ("step:c", "print(S.made, s)"),
    ],
    "singledispatch": [
        (
            "step:a",
            "import functools\n@functools.singledispatch\ndef f(x):\n    return 'any'\n@f.register(int)\ndef _(x):\n    return 'int'\nprint(f(1))",
        ),
        ("step:b", "print(f(1), f('a'))\n@f.register(str)\ndef _(x):\n    return 'str'"),
        ("step:c", "print(f('a'), f(2), f(1.0))"),
    ],
    "namedtuple class": [
        (
            "step:a",
            "from typing import NamedTuple, TypedDict, Protocol\nclass P(NamedTuple):\n    x: int\n    y: int = 2\nclass D(TypedDict):\n    k: int\nclass Q(Protocol):\n    def go(self) -> int: ...\np = P(1)",
        ),
        ("step:b", "print(p, P(1) == p)\nd: D = {'k': 1}"),
        ("step:c", "print(p._replace(x=5), d)"),
    ],
    "flags": [
        ("step:a", "import enum\nclass C(enum.IntFlag):\n    A = enum.auto()\n    B = enum.auto()\nx = C.A | C.B"),
        ("step:b", "print(x is (C.A | C.B), C(3), x)\ny = C.A"),
        ("step:c", "print(y is C.A, x == 3)"),
    ],
    "mixed": [
        ("imports", "import numpy as np\nimport pandas as pd"),
        (
            "functions",
            "class Config:\n    seed = 1\n    cols = ['a', 'b']\n    frame = pd.DataFrame({'a': [1]})\nCFG = Config()",
        ),
        ("step:a", "CFG.seed = 5\nConfig.cols.append('c')\nx = 1"),
        ("step:b", "print(CFG.seed, Config.cols, Config.frame.a.tolist(), x)\nConfig.frame.loc[0, 'a'] = 9"),
        ("step:c", "print(CFG.seed, CFG.cols, Config.frame.a.tolist())"),
    ],
}


@pytest.mark.parametrize("case", EQUAL)
def test_it_is_as_in_run_all(case: str, tmp_path: Path) -> None:
    forked.check(EQUAL[case], tmp_path)


def test_steps_that_only_use_a_class_stay_side_by_side() -> None:
    code = "class Net:\n    layers = [1, 2]\n    def fit(self):\n        self.w = 2\n        return self"
    made = compiled(("step:a", code), ("step:b", "one = Net().fit()"), ("step:c", "two = Net().fit()"))
    assert [step.after for step in made.pipeline.steps] == [(), (), ()]


def test_a_change_between_two_cells_of_a_step_is_told() -> None:
    made = compiled(
        ("step:a", "class C:\n    n = 0\n    def up(self):\n        C.n += 1"),
        ("step:b", "print(C.n)"),
        ("step:c", "C().up()"),
        ("step:b", "print(C.n)"),
    )
    assert made.errors == ()
    assert {f.code for f in made.findings} == {"notebook.definition_changed"}
