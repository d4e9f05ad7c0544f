"""A class or function whose name gets another meaning, or several: each case gives Run All's value.

Classes in functions and below ``if`` and ``try``, definitions made from the one that had the name before, and
decorators that put something else in the place of a class.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.build import compiled, content
from tests.pipeline.standin import run_all
from tests.pipeline.test_property import pipeline_value

EQUAL: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "the body of a class in a function reads its argument",
        [("step:a", "def make(n):\n    class K:\n        c=n\n    return K\nK1=make(1)"), ("step:b", "final=K1.c")],
    ),
    (
        "and a local variable",
        [
            ("step:a", "def make():\n    size=3\n    class Layer:\n        width=size*2\n    return Layer\nL=make()"),
            ("step:b", "final=L.width"),
        ],
    ),
    (
        "and so does a default of a method",
        [
            ("step:a", "def make(n):\n    class K:\n        def f(self,m=n): return m\n    return K\nK1=make(4)"),
            ("step:b", "final=K1().f()"),
        ],
    ),
    (
        "and a decorator of the function",
        [
            (
                "step:a",
                "def make(n):\n    def deco(f):\n        return lambda self: f(self)*n\n    class K:\n        @deco\n        def f(self): return 2\n    return K\nK1=make(4)",
            ),
            ("step:b", "final=K1().f()"),
        ],
    ),
    (
        "and names of an unpacking",
        [
            (
                "step:a",
                "def make(rows):\n    first,*rest=rows\n    class K:\n        fields=tuple(rest)\n        head=first\n    return K\nK1=make([1,2,3])",
            ),
            ("step:b", "final=[K1.fields,K1.head]"),
        ],
    ),
    (
        "a class in a method",
        [
            (
                "step:a",
                "class M:\n    def build(self,name):\n        class T:\n            label=name\n            owner=self\n        return T\nt=M().build('x')",
            ),
            ("step:b", "final=t.label"),
        ],
    ),
    (
        "a class in a function in a function",
        [
            (
                "step:a",
                "def outer(n):\n    def inner():\n        class K:\n            c=n\n        return K\n    return inner()\nK1=outer(1)",
            ),
            ("step:b", "final=K1.c"),
        ],
    ),
    (
        "a class in a function reads a global",
        [
            ("step:a", "n=5\ndef make():\n    class K:\n        c=n\n    return K\nK1=make()"),
            ("step:b", "n=7\nK2=make()"),
            ("step:c", "final=[K1.c,K2.c]"),
        ],
    ),
    (
        "a class is given to a decorator and takes its own name",
        [
            ("step:a", "def deco(cls): cls.tag='T'; return cls\nclass P: pass\np=P()"),
            ("step:b", "P=deco(P)"),
            ("step:c", "final=[hasattr(p,'tag'),isinstance(p,P)]"),
        ],
    ),
    (
        "dataclass, called",
        [
            ("step:a", "from dataclasses import dataclass\nclass P:\n    x:int=1\np=P()"),
            ("step:b", "P=dataclass(P)"),
            ("step:c", "final=[isinstance(p,P),P(3).x,repr(p)]"),
        ],
    ),
    (
        "a class is bound to its own name",
        [("step:a", "class P: pass\np=P()"), ("step:b", "P=P"), ("step:c", "final=[isinstance(p,P)]")],
    ),
    (
        "with a subclass",
        [
            ("step:a", "def deco(cls): cls.tag='T'; return cls\nclass P: pass\nclass R(P): pass"),
            ("step:b", "P=deco(P)"),
            ("step:c", "final=[hasattr(R,'tag'),issubclass(R,P)]"),
        ],
    ),
    (
        "total_ordering, called",
        [
            (
                "step:a",
                "import functools\nclass P:\n    def __init__(s,x): s.x=x\n    def __eq__(s,o): return s.x==o.x\n    def __lt__(s,o): return s.x<o.x\ndeck=[P(1),P(2)]",
            ),
            ("step:b", "P=functools.total_ordering(P)"),
            ("step:c", "final=[deck[1]>=deck[0],isinstance(deck[0],P)]"),
        ],
    ),
    (
        "a function is registered under its own name",
        [
            ("step:a", "def load(): return 1\ng=load\ndef register(f): return f"),
            ("step:b", "load=register(load)"),
            ("step:c", "final=[g is load, load()]"),
        ],
    ),
    (
        "a subclass of the same name, with an object",
        [
            ("step:a", "class M:\n    def a(s): return 1\nm0=M()"),
            ("step:b", "class M(M):\n    def b(s): return s.a()+1\nm=M()"),
            ("step:c", "final=[isinstance(m,type(m0)),m.b(),M().b()]"),
        ],
    ),
    (
        "a subclass of the same name, with another name for the first",
        [
            ("step:a", "class M:\n    def a(s): return 1"),
            ("step:b", "base=M\nclass M(M):\n    def b(s): return s.a()+1\nm=M()"),
            ("step:c", "final=[isinstance(m,base),M().b(),issubclass(M,base)]"),
        ],
    ),
    (
        "an exception of the same name",
        [
            ("step:a", "class AppError(Exception): pass\nerrs=[AppError('x')]"),
            ("step:b", "class AppError(AppError):\n    code=2"),
            ("step:c", "try: raise AppError('y')\nexcept type(errs[0]) as e: r=['caught',e.code]\nfinal=r"),
        ],
    ),
    (
        "a class is extended in three steps",
        [
            ("step:a", "class M:\n    def f(s): return 1"),
            ("step:b", "class M(M):\n    def g(s): return s.f()+1"),
            ("step:c", "class M(M):\n    def h(s): return s.g()+1"),
            ("step:d", "final=M().h()"),
        ],
    ),
    (
        "a function is wrapped in three steps",
        [
            ("step:a", "def f(x): return x"),
            ("step:b", "def f(x,_f=f): return _f(x)*2"),
            ("step:c", "def f(x,_f=f): return _f(x)*10"),
            ("step:d", "final=f(1)"),
        ],
    ),
    (
        "a class is extended in its own step",
        [
            ("step:a", "class M:\n    def f(s): return 1\nclass M(M):\n    def g(s): return s.f()+1"),
            ("step:c", "final=M().g()"),
        ],
    ),
    (
        "an exception where an import fails",
        [
            (
                "step:a",
                "try:\n    from nonexist import MyErr\nexcept ImportError:\n    class MyErr(Exception): pass\nerrs=[MyErr('x')]",
            ),
            ("step:b", "try: raise errs[0]\nexcept MyErr: r='caught'\nexcept Exception: r='missed'"),
            ("step:c", "final=r"),
        ],
    ),
    (
        "a class below else",
        [
            ("step:a", "USE=False\nif USE:\n    from x import C\nelse:\n    class C: pass\nc=C()"),
            ("step:b", "final=isinstance(c,C)"),
        ],
    ),
    (
        "a class of two branches is changed",
        [
            ("step:a", "fast=len('a')\nif fast:\n    class C: k=1\nelse:\n    class C: k=2\nc=C()"),
            ("step:b", "C.k+=10"),
            ("step:c", "final=[c.k,C.k]"),
        ],
    ),
    (
        "a function where an import fails",
        [
            ("step:a", "try:\n    from nonexist import f\nexcept ImportError:\n    def f(): return 2\nt={'f':f}"),
            ("step:b", "final=[t['f'] is f, f()]"),
        ],
    ),
    (
        "a class below if is changed",
        [("step:a", "if True:\n    class C: k=1\nc=C()"), ("step:b", "C.k=10"), ("step:c", "final=c.k")],
    ),
    (
        "a method of a class below except",
        [
            (
                "step:a",
                "try:\n    import torchlike\n    class Net(torchlike.Module):\n        def __init__(s): s.w=0\n        def step(s): s.w+=1\nexcept ImportError:\n    class Net:\n        def __init__(s): s.w=0\n        def step(s): s.w+=1\nnet=Net()",
            ),
            ("step:b", "net.step()"),
            ("step:c", "final=[net.w,isinstance(net,Net)]"),
        ],
    ),
    (
        "a singleton by a decorator",
        [
            (
                "step:a",
                "def singleton(cls):\n    inst={}\n    def get(*a):\n        if cls not in inst: inst[cls]=cls(*a)\n        return inst[cls]\n    return get\n@singleton\nclass DB:\n    def __init__(self): self.q=[]\ndb=DB(); db.q.append(1)",
            ),
            ("step:b", "DB().q.append(2)"),
            ("step:c", "final=[DB() is db,db.q,DB().q]"),
        ],
    ),
    (
        "a decorator makes a function of a class",
        [
            (
                "step:a",
                "def wrap(cls):\n    def make(*a): return cls(*a)\n    make.cls=cls; return make\n@wrap\nclass P: pass\np=P()",
            ),
            ("step:b", "final=isinstance(p,P.cls)"),
        ],
    ),
    (
        "another name for what a class keeps",
        [("step:a", "class M: hist=[]\nh=M.hist"), ("step:b", "M.hist.append(1)"), ("step:c", "final=[h,M.hist is h]")],
    ),
    (
        "a class that is defined twice, and changed by a step below",
        [
            ("step:a", "class C:\n    base = 0\n    def get(self):\n        return self.base"),
            ("", "class C:\n    base = 0\n    def get(self):\n        return self.base\nn = [1, 2]"),
            ("step:b", "C.base = sum(n)\nn = 0\no = C()"),
            ("step:c", "final = [n, o.get()]"),
        ],
    ),
    (
        "an object that is found in the artifact of the step above the last, without its class",
        [
            ("step:one", "a = 0\nd = {'k': 0}"),
            ("", "class C:\n    base = a\n    def __init__(self, v):\n        self.v = v\nl = [0, [2]]\nm = [0, [2]]"),
            ("", "l = [l, l]\no = C(0)\ne = {'k': 0}"),
            ("step:two prev:one", "l = [l, l]\nassert isinstance(o, C)"),
            ("step:final", "final = [a, d, e, l, m, o.v]"),
        ],
    ),
    (
        "an input that needs a definition which needs another input",
        [
            ("step:one", "l = [1, 2]"),
            ("", "class C:\n    base = len(l)\n    def get(self):\n        return self.base\no = C()"),
            ("step:two", "def g(x, y=o.get()):\n    return x - y"),
            ("step:final", "final = [l, g(1), o.get()]"),
        ],
    ),
    (
        "an object of a class of set-up that a step below defines again",
        [
            ("setup", "class Model:\n    k = 1"),
            ("step:a", "m = Model()"),
            ("step:b", "class Model:\n    k = 2"),
            ("step:c", "final = [m.k, Model().k]"),
        ],
    ),
    (
        "a function of set-up, held by a value, that a step below defines again",
        [
            ("setup", "def loss(x):\n    return x"),
            ("step:a", "t = {'loss': loss}"),
            ("step:b", "t['n'] = 1"),
            ("step:c", "def loss(x):\n    return -x"),
            ("step:d", "final = [t['loss'](2), loss(2)]"),
        ],
    ),
]


@pytest.mark.parametrize("row", EQUAL, ids=[row[0] for row in EQUAL])
def test_equal(row: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    made = compiled(*row[1])
    assert made.findings == ()
    assert pipeline_value(made, tmp_path) == run_all(content(*row[1]))["final"]
