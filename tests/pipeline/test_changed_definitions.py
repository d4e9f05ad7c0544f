"""A class, function or name that a step below its definition changes: each case gives Run All's value, or is told.

Methods and attributes that are set, wrapped, replaced and deleted from outside a class, with objects of the class that
were made before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.build import compiled, content
from tests.pipeline import forked
from tests.pipeline.forked import Cells
from tests.pipeline.standin import run_all
from tests.pipeline.test_property import pipeline_value

EQUAL: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "a class attribute, with an object",
        [("step:a", "class A:\n    k=1\na=A()"), ("step:b", "A.k=9"), ("step:c", "final=[a.k,A.k]")],
    ),
    (
        "a class attribute, augmented",
        [("step:a", "class A:\n    k=1\na=A()"), ("step:b", "A.k+=9"), ("step:c", "final=[a.k,A.k]")],
    ),
    (
        "a class attribute, computed",
        [
            ("step:a", "class A:\n    k=1\na=A()"),
            ("step:b", "import math\nA.k=math.sqrt(16)+len('abc')"),
            ("step:c", "final=[a.k,A.k]"),
        ],
    ),
    (
        "a class attribute, from data",
        [("step:a", "class A:\n    k=1\na=A(); n=[1,2]"), ("step:b", "A.k=len(n)"), ("step:c", "final=[a.k,A.k]")],
    ),
    (
        "setattr of a class attribute",
        [
            ("step:a", "class A:\n    k=1\na=A(); n=[1,2]"),
            ("step:b", "setattr(A,'k',len(n))"),
            ("step:c", "final=[a.k,A.k]"),
        ],
    ),
    (
        "a new class attribute",
        [("step:a", "class A:\n    k=1\na=A()"), ("step:b", "A.j=9"), ("step:c", "final=[a.j,A.j]")],
    ),
    (
        "a class attribute is deleted",
        [
            ("step:a", "class A:\n    k=1\n    j=2\na=A()"),
            ("step:b", "del A.j"),
            ("step:c", "final=[hasattr(a,'j'),hasattr(A,'j')]"),
        ],
    ),
    (
        "a course on classes",
        [
            (
                "step:a",
                "class Employee:\n    raise_amount=1.04\n    n=0\n    def __init__(self,pay):\n        self.pay=pay\n        Employee.n+=1\n    def apply(self): self.pay=int(self.pay*self.raise_amount)\n    @classmethod\n    def set_raise(cls,x): cls.raise_amount=x\ne1=Employee(50000); e2=Employee(60000)",
            ),
            ("step:b", "e1.apply(); p1=e1.pay\nEmployee.raise_amount=1.05"),
            ("step:c", "e2.apply()\nEmployee.set_raise(1.06)"),
            ("step:d", "e1.apply()\nfinal=[e1.pay,e2.pay,p1,Employee.n,Employee.raise_amount,e1.raise_amount]"),
        ],
    ),
    (
        "a method is added",
        [
            ("step:a", "class A:\n    def __init__(self): self.v=1\na=A()"),
            ("step:b", "def m(self): return self.v+5\nA.m=m"),
            ("step:c", "final=[a.m(),A().m()]"),
        ],
    ),
    (
        "a lambda is added",
        [
            ("step:a", "class A:\n    def __init__(self): self.v=1\na=A()"),
            ("step:b", "A.m=lambda s: s.v+7"),
            ("step:c", "final=[a.m(),A().m()]"),
        ],
    ),
    (
        "a method is wrapped",
        [
            ("step:a", "class A:\n    def m(self): return 1\na=A()"),
            ("step:b", "def wrap(f):\n    def w(self): return f(self)+10\n    return w\nA.m=wrap(A.m)"),
            ("step:c", "final=[a.m(),A().m()]"),
        ],
    ),
    (
        "a method is wrapped twice",
        [
            ("step:a", "class A:\n    def m(self): return 1\na=A()"),
            ("step:b", "def wrap(f,n):\n    def w(self): return f(self)+n\n    return w\nA.m=wrap(A.m,10)"),
            ("step:c", "A.m=wrap(A.m,100)"),
            ("step:d", "final=[a.m(),A().m()]"),
        ],
    ),
    (
        "a method calls the one it replaces",
        [
            ("step:a", "class A:\n    def m(self): return 1\na=A()"),
            ("step:b", "old=A.m\ndef m2(self): return old(self)+5\nA.m=m2"),
            ("step:c", "final=[a.m(),A().m()]"),
        ],
    ),
    (
        "__init__ is replaced",
        [
            ("step:a", "class A:\n    def __init__(self): self.v=1\na=A()"),
            ("step:b", "_old=A.__init__\ndef _new(self):\n    _old(self); self.v+=3\nA.__init__=_new"),
            ("step:c", "final=[a.v,A().v]"),
        ],
    ),
    (
        "__repr__ is added",
        [
            ("step:a", "class A:\n    k=1\na=A()"),
            ("step:b", "A.__repr__=lambda self: 'me'"),
            ("step:c", "final=repr(a)"),
        ],
    ),
    (
        "__eq__ and __hash__ are added",
        [
            ("step:a", "class A:\n    def __init__(s,x): s.x=x\na=A(1)"),
            ("step:b", "A.__eq__=lambda s,o: s.x==o.x\nA.__hash__=lambda s: hash(s.x)"),
            ("step:c", "final=[a==A(1),len({a,A(1)})]"),
        ],
    ),
    (
        "a property is added",
        [
            ("step:a", "class A:\n    def __init__(s,x): s.x=x\na=A(1)"),
            ("step:b", "A.double=property(lambda s: s.x*2)"),
            ("step:c", "final=[a.double,A(4).double]"),
        ],
    ),
    (
        "class and static methods are added",
        [
            ("step:a", "class A:\n    def __init__(s,x): s.x=x\na=A(1)"),
            ("step:b", "A.make=classmethod(lambda c,x: c(x+1))\nA.st=staticmethod(lambda x: x*3)"),
            ("step:c", "final=[A.make(3).x,a.make(1).x,a.st(2)]"),
        ],
    ),
    (
        "a property of the notebook is added",
        [
            ("step:a", "class A:\n    def __init__(s,x): s.x=x\na=A(1)"),
            ("step:b", "@property\ndef twice(self): return self.x*2\nA.twice=twice"),
            ("step:c", "final=[a.twice]"),
        ],
    ),
    (
        "a decorator adds a method",
        [
            (
                "step:a",
                "def add_to_class(C):\n    def w(o): setattr(C,o.__name__,o)\n    return w\nclass A:\n    def __init__(self): self.v=1\na=A()",
            ),
            ("step:b", "@add_to_class(A)\ndef m(self): return self.v+5"),
            ("step:c", "final=[a.m(),A().m()]"),
        ],
    ),
    (
        "a decorator adds methods with defaults",
        [
            (
                "step:a",
                "n=len('abc')\ndef add_to_class(C):\n    def w(o): setattr(C,o.__name__,o)\n    return w\nclass A:\n    def __init__(self,k=n): self.v=k\na=A()",
            ),
            (
                "step:b",
                "@add_to_class(A)\ndef m(self): return self.v+5\n@add_to_class(A)\ndef t(self,z=n): return self.m()+z",
            ),
            ("step:c", "final=[a.m(),A().t()]"),
        ],
    ),
    (
        "a decorator adds methods to a class without objects",
        [
            (
                "step:a",
                "def add_to_class(C):\n    def w(o): setattr(C,o.__name__,o)\n    return w\nclass A:\n    def __init__(self): self.v=1",
            ),
            ("step:b", "@add_to_class(A)\ndef m(self): return self.v+5"),
            (
                "step:c",
                "@add_to_class(A)\ndef fit(self,n):\n    for _ in range(n): self.v+=self.m()\n    return self.v",
            ),
            ("step:d", "a=A()\nfinal=[a.fit(3),a.m()]"),
        ],
    ),
    (
        "a namedtuple is given methods",
        [
            ("step:a", "from collections import namedtuple\nP=namedtuple('P','x y')\np=P(1,2)"),
            ("step:b", "P.norm=lambda s: s.x+s.y\nP.__repr__=lambda s: 'P!'"),
            ("step:c", "final=[repr(p),P(3,4).norm(),p.norm()]"),
        ],
    ),
    (
        "a dataclass is given a method",
        [
            ("step:a", "from dataclasses import dataclass\n@dataclass\nclass D:\n    x:int=1\nd=D()"),
            ("step:b", "D.area=lambda s:s.x*3\nD.unit='cm'"),
            ("step:c", "final=[d.area(),D(4).area(),d.unit,d==D(1)]"),
        ],
    ),
    (
        "an inner class",
        [
            ("step:a", "class Outer:\n    class Inner:\n        v=1\no=Outer()"),
            ("step:b", "Outer.Inner.v=9"),
            ("step:c", "final=[Outer.Inner.v,o.Inner.v]"),
        ],
    ),
    (
        "a base class",
        [
            ("step:a", "class A:\n    k=1\nclass B(A):\n    pass\nb=B()"),
            ("step:b", "A.k=5\nA.hi=lambda s:'hi'"),
            ("step:c", "final=[b.k,B.k,b.hi()]"),
        ],
    ),
    (
        "an attribute of a function",
        [
            ("step:a", "def f(): return 1\ng=[f]"),
            ("step:b", "f.tag='x'"),
            ("step:c", "final=[f.tag,g[0].tag,g[0] is f]"),
        ],
    ),
    (
        "defaults of a function",
        [("step:a", "def f(x=1): return x"), ("step:b", "f.__defaults__=(9,)"), ("step:c", "final=f()")],
    ),
    (
        "properties set in a loop",
        [
            ("step:a", "class A: pass\na=A()"),
            ("step:b", "for n in ['x','y']:\n    setattr(A,n,property(lambda s,n=n: n*2))"),
            ("step:c", "final=[a.x,a.y]"),
        ],
    ),
    (
        "a function changes a class",
        [
            ("step:a", "class A:\n    k=1\na=A()\ndef bump(n):\n    A.k=A.k+n"),
            ("step:b", "bump(3)"),
            ("step:c", "bump(4)"),
            ("step:d", "final=[a.k,A.k]"),
        ],
    ),
    (
        "a method of one object",
        [
            ("step:a", "import types\nclass A:\n    def __init__(s): s.x=1\na=A()"),
            ("step:b", "a.hi=types.MethodType(lambda s: s.x+1,a)"),
            ("step:c", "final=a.hi()"),
        ],
    ),
    (
        "a property of an Enum",
        [
            ("step:a", "import enum\nclass E(enum.Enum):\n    A=1\n    B=2\ne=E.A"),
            ("step:b", "E.label=property(lambda s: s.name.lower())"),
            ("step:c", "final=[e.label,E.B.label]"),
        ],
    ),
    (
        "a name of Python comes back",
        [("step:a", "sum=lambda x:'mysum'\nu=sum([1])"), ("step:b", "del sum"), ("step:c", "final=[u,sum([1,2])]")],
    ),
    (
        "a name of Python comes back after data",
        [("step:a", "max=[1,2]"), ("step:b", "n=len(max)\ndel max"), ("step:c", "final=[n,max(3,4)]")],
    ),
    (
        "a name of Python comes back in its own step",
        [
            ("step:a", "def len(x): return 'len'\nu=len([1])"),
            ("step:b", "w=len([1,2])\ndel len"),
            ("step:c", "final=[u,w,len([1,2])]"),
        ],
    ),
    (
        "wraps below",
        [
            (
                "step:a",
                "import functools\nclass A:\n    def m(self): return 1\ndef wrap(f):\n    @functools.wraps(f)\n    def w(self): return f(self)+10\n    return w\na=A()",
            ),
            ("step:b", "A.m=wrap(A.m)"),
            ("step:c", "final=[a.m(),A().m(),A.m.__name__]"),
        ],
    ),
    (
        "setattr all methods",
        [
            (
                "step:a",
                "class A:\n    def m(self): return 1\n    def n(self): return self.m()+1\ncalls=[]\ndef log(f):\n    def w(*x): calls.append(f.__name__); return f(*x)\n    return w",
            ),
            (
                "step:b",
                "for name, f in list(vars(A).items()):\n    if callable(f) and not name.startswith('__'): setattr(A,name,log(f))",
            ),
            ("step:c", "a=A()\nfinal=[a.n(),list(calls)]"),
        ],
    ),
    (
        "lru method",
        [
            ("step:a", "import functools\nclass A:\n    def m(self): return 1\na=A()"),
            ("step:b", "A.m=functools.lru_cache(A.m)"),
            ("step:c", "final=[a.m(), type(A.m).__name__]"),
        ],
    ),
    (
        "patch fn",
        [
            ("step:a", "class A:\n    pass\na=A()\ndef patch(C):\n    C.hi=lambda s: 'hi'\n    C.n=5"),
            ("step:b", "patch(A)"),
            ("step:c", "final=[a.hi(),A.n]"),
        ],
    ),
    (
        "patch with import",
        [
            ("step:a", "class A:\n    def __init__(s): s.x=4\na=A()"),
            ("step:b", "import math\ndef area(s): return math.sqrt(s.x)\nA.area=area"),
            ("step:c", "final=[a.area()]"),
        ],
    ),
    (
        "patch with helper",
        [
            ("step:a", "class A:\n    def __init__(s): s.x=4\na=A()"),
            ("step:b", "K=[10]\ndef helper(v): return v+K[0]\ndef area(s): return helper(s.x)\nA.area=area"),
            ("step:c", "final=[a.area(),K]"),
        ],
    ),
    (
        "patch with helper changed later",
        [
            ("step:a", "class A:\n    def __init__(s): s.x=4\na=A()"),
            ("step:b", "K=[10]\ndef helper(v): return v+K[0]\ndef area(s): return helper(s.x)\nA.area=area"),
            ("step:c", "K.append(1)\nK[0]=20"),
            ("step:d", "final=[a.area(),K]"),
        ],
    ),
    (
        "super patched",
        [
            ("step:a", "class A:\n    def m(s): return 1\nclass B(A):\n    def m(s): return super().m()+1\nb=B()"),
            ("step:b", "old=B.m\nB.m=lambda s: old(s)*10"),
            ("step:c", "final=[b.m(),B().m()]"),
        ],
    ),
    (
        "base replaced",
        [
            ("step:a", "class A:\n    def m(s): return 1\nclass B(A):\n    def m(s): return super().m()+1\nb=B()"),
            ("step:b", "A.m=lambda s: 5"),
            ("step:c", "final=[b.m(),B().m()]"),
        ],
    ),
    (
        "extension between own cells",
        [
            ("step:a", "class Config:\n    lr=1\nx=Config.lr"),
            ("step:b", "Config.lr=2"),
            ("step:c", "final=[Config.lr,x]"),
        ],
    ),
    (
        "operator",
        [
            ("step:a", "class V:\n    def __init__(s,x): s.x=x\nv=V(1)"),
            ("step:b", "V.__add__=lambda s,o: V(s.x+o.x)\nV.__len__=lambda s: s.x"),
            ("step:c", "final=[(v+V(3)).x,len(v)]"),
        ],
    ),
    (
        "abstract",
        [
            (
                "step:a",
                "import abc\nclass S(abc.ABC):\n    @abc.abstractmethod\n    def area(s): ...\nclass Q(S):\n    def area(s): return 4\nq=Q()",
            ),
            ("step:b", "S.describe=lambda s: 'area %d'%s.area()"),
            ("step:c", "final=[q.describe(),Q().describe()]"),
        ],
    ),
    (
        "staticmethod replaced",
        [
            (
                "step:a",
                "class A:\n    @staticmethod\n    def s(): return 1\n    @classmethod\n    def c(cls): return cls.__name__\n    @property\n    def p(self): return 'p'\na=A()",
            ),
            (
                "step:b",
                "A.s=staticmethod(lambda: 2)\nA.c=classmethod(lambda cls: cls.__name__+'!')\nA.p=property(lambda self: 'q')",
            ),
            ("step:c", "final=[a.s(),A.c(),a.p]"),
        ],
    ),
    (
        "del method",
        [
            ("step:a", "class A:\n    def m(s): return 1\na=A()"),
            ("step:b", "del A.m"),
            ("step:c", "final=[hasattr(a,'m'),hasattr(A,'m')]"),
        ],
    ),
    (
        "del delattr",
        [
            ("step:a", "class A:\n    def m(s): return 1\n    k=3\na=A()"),
            ("step:b", "delattr(A,'m')\ndelattr(A,'k')"),
            ("step:c", "final=[hasattr(a,'m'),hasattr(A,'k')]"),
        ],
    ),
    (
        "keep then patch",
        [
            ("step:a", "class A:\n    n=0\n    def __init__(s): A.n+=1\na=A()"),
            ("step:b", "A.hello=lambda s: 'h%d'%A.n\nb=A()"),
            ("step:c", "c=A()\nfinal=[a.hello(),c.hello(),A.n]"),
        ],
    ),
    (
        "new class attr instance",
        [
            ("step:a", "class L: \n    def __init__(s,v): s.v=v\nclass A: pass\na=A()\nl=L(3)"),
            ("step:b", "A.l=l"),
            ("step:c", "l.v=9"),
            ("step:d", "final=[a.l.v,l.v,a.l is l]"),
        ],
    ),
    (
        "nested replaced",
        [
            ("step:a", "class A:\n    class C:\n        v=1\na=A()"),
            ("step:b", "class N:\n    v=2\nA.C=N"),
            ("step:c", "final=[a.C.v,A.C is N]"),
        ],
    ),
    (
        "nested with inst",
        [
            ("step:a", "q=len('ab')\nclass Outer:\n    class Inner:\n        v=q\no=Outer.Inner()"),
            ("step:b", "Outer.Inner.v=9"),
            ("step:c", "final=[o.v,Outer.Inner.v]"),
        ],
    ),
    (
        "monkey repr with inst",
        [
            ("step:a", "q=len('ab')\nclass A:\n    k=q\na=A()"),
            ("step:b", "A.__repr__=lambda self: 'me'"),
            ("step:c", "final=repr(a)"),
        ],
    ),
    (
        "monkey wrap",
        [
            ("step:a", "q=len('ab')\nclass A:\n    k=q\n    def m(self): return 1\na=A()"),
            ("step:b", "def wrap(f):\n    def w(self): return f(self)+10\n    return w\nA.m=wrap(A.m)"),
            ("step:c", "final=a.m()"),
        ],
    ),
    (
        "patch, as fastcore has it",
        [
            (
                "step:a",
                "import functools\ndef patch(f):\n    for cls in f.__annotations__.values():\n        setattr(cls, f.__name__, f)\n    return f\nclass T:\n    def __init__(s): s.v=2\nt=T()",
            ),
            ("step:b", "@patch\ndef sq(self:T,x): return x*x*self.v"),
            ("step:c", "@patch\ndef cube(self:T,x): return self.sq(x)*x"),
            ("step:d", "final=[t.sq(3),T().cube(2)]"),
        ],
    ),
    (
        "a course on classes, to its end",
        [
            (
                "step:a",
                "class Employee:\n    num=0\n    raise_amt=1.04\n    def __init__(self, first, last, pay):\n        self.first=first; self.last=last; self.pay=pay\n        Employee.num+=1\n    @property\n    def email(self): return f'{self.first}.{self.last}@x.com'\n    @classmethod\n    def from_string(cls,s): return cls(*s.split('-'))\n    @staticmethod\n    def is_workday(d): return d<5\n    def __repr__(self): return f\"Employee('{self.first}')\"\ne1=Employee('a','b',1); e2=Employee('c','d',2)",
            ),
            ("step:b", "Employee.raise_amt=1.05\ne1.raise_amt=1.06\ne3=Employee.from_string('x-y-9')"),
            (
                "step:c",
                "class Developer(Employee):\n    raise_amt=1.10\n    def __init__(self,f,l,p,lang):\n        super().__init__(f,l,p); self.lang=lang\nclass Manager(Employee):\n    def __init__(self,f,l,p,emps=None):\n        super().__init__(f,l,p); self.emps=emps or []\n    def add(self,e): self.emps.append(e)\nd=Developer('q','w',5,'py'); m=Manager('s','t',9,[d])",
            ),
            (
                "step:d",
                "m.add(e1)\nfinal=[Employee.num,e1.raise_amt,e2.raise_amt,repr(e3),d.raise_amt,repr(m.emps),m.emps[1] is e1,isinstance(m,Developer),issubclass(Manager,Employee),e3.email]",
            ),
        ],
    ),
    (
        "a property and a method are added one after the other",
        [
            ("step:a", "class Account:\n    def __init__(s,b): s._b=b\nacc=Account(5)"),
            (
                "step:b",
                "Account.balance=property(lambda s: s._b)\ndef deposit(self,x):\n    self._b+=x\nAccount.deposit=deposit",
            ),
            ("step:c", "acc.deposit(10)"),
            ("step:d", "final=acc.balance"),
        ],
    ),
    (
        "methods are added where the book comes to them",
        [
            (
                "step:a",
                "import numpy as np\ndef add_to_class(Class):\n    def wrapper(obj):\n        setattr(Class,obj.__name__,obj)\n    return wrapper\nclass LinReg:\n    def __init__(self,n,lr,sigma=.01):\n        self.n,self.lr=n,lr\n        self.w=np.ones((n,1)); self.b=np.zeros(1)",
            ),
            ("step:b", "@add_to_class(LinReg)\ndef forward(self,X): return X@self.w+self.b"),
            (
                "step:c",
                "@add_to_class(LinReg)\ndef loss(self,y_hat,y): return float(((y_hat-y)**2/2).mean())\nclass SGD:\n    def __init__(self,params,lr): self.params=params; self.lr=lr\n    def step(self):\n        for p in self.params: p-=self.lr*.1\n@add_to_class(LinReg)\ndef configure(self): return SGD([self.w,self.b],self.lr)",
            ),
            (
                "step:d",
                "model=LinReg(2,.5); opt=model.configure()\nX=np.arange(6.).reshape(3,2); y=np.ones((3,1))\nbefore=model.loss(model.forward(X),y)\nopt.step()",
            ),
            ("step:e", "final=[round(before,4),round(model.loss(model.forward(X),y),4),opt.params[0] is model.w]"),
        ],
    ),
    (
        "classes in a list",
        [
            ("step:a", "class A:\n    k = 1\nkinds = [A]"),
            ("step:b", "for kind in kinds: kind.k *= 10"),
            ("step:c", "final = A.k"),
        ],
    ),
    (
        "a class of set-up is changed, and a step that does not use it runs set-up too",
        [
            ("setup", "class A:\n    k = 1"),
            ("step:a", "A.k = 2\nx = 3"),
            ("step:b", "final = x"),
        ],
    ),
    (
        "a class that its own step changes, and a step that does not look at the change",
        [
            (
                "step:a",
                "class A:\n    v = 1\n    def m(self):\n        return 1\n"
                "A.m = (lambda old: lambda self: old(self) + 1)(A.m)\na = A()",
            ),
            ("step:b", "A.k = 5"),
            ("step:c", "final = a.v"),
        ],
    ),
    (
        "what is added to a class stands in more than one step",
        [
            ("step:a", "class A:\n    k = 5\ndef m(self):\n    return self.k\nA.m = m\nA.k += 1"),
            ("step:b prev:a", "setattr(A, 'k', 1)\no = A()\nA.k += 1"),
            ("step:c", "final = o.m()"),
        ],
    ),
]


@pytest.mark.parametrize("row", EQUAL, ids=[row[0] for row in EQUAL])
def test_equal(row: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    made = compiled(*row[1])
    assert made.errors == ()
    assert pipeline_value(made, tmp_path) == run_all(content(*row[1]))["final"]


LIBRARIES: dict[str, Cells] = {
    "a lambda is added to a class of a library": [
        (
            "step:a",
            "import pandas as pd\npd.DataFrame.n_missing=lambda self:int(self.isna().sum().sum())\ndf=pd.DataFrame({'a':[1,None]})",
        ),
        ("step:b", "print(df.n_missing())"),
    ],
    "a method is added to a class of a library": [
        (
            "step:a",
            "import pandas as pd\ndef clean(self): return len(self.dropna())\npd.DataFrame.clean=clean\ndf=pd.DataFrame({'a':[1,None]})",
        ),
        ("step:b", "n=df.clean()"),
        ("step:c", "print([n,df.clean()+1])"),
    ],
    "an accessor of pandas": [
        (
            "step:a",
            "import pandas as pd\n@pd.api.extensions.register_dataframe_accessor('geo')\nclass Geo:\n    def __init__(s,o): s.o=o\n    def n(s): return len(s.o)\ndf=pd.DataFrame({'a':[1,None]})",
        ),
        ("step:b", "print(df.geo.n())"),
    ],
    "a method is added to an estimator": [
        (
            "step:a",
            "from sklearn.linear_model import LinearRegression\nLinearRegression.describe=lambda s: 'LR %d'%len(s.coef_)\nm=LinearRegression().fit([[1],[2]],[1,2])",
        ),
        ("step:b", "print(m.describe())"),
    ],
}


@pytest.mark.parametrize("case", LIBRARIES)
def test_a_class_of_a_library(case: str, tmp_path: Path) -> None:
    forked.check(LIBRARIES[case], tmp_path)


def test_a_class_that_is_changed_where_reading_cannot_follow_is_told(tmp_path: Path) -> None:
    change = "for name, value in list(globals().items()):\n    if name == 'A':\n        value.k = 5"
    made = compiled(("step:a", "class A:\n    k = 1"), ("step:b", f"print(A)\n{change}"), ("step:c", "final = A.k"))
    assert made.errors == ()
    (conflict,) = pipeline_value(made, tmp_path)
    assert (conflict.step, conflict.name) == ("b", "A")
    assert "`prev:b`" in conflict.hint


IN_BETWEEN: list[tuple[str, str]] = [("C.k = 1", "C.k"), ("C.k += 1", "o.k"), ("C.m = lambda self: 1", "o.m()")]


@pytest.mark.parametrize("row", IN_BETWEEN, ids=[row[0] for row in IN_BETWEEN])
def test_a_class_that_is_changed_between_two_cells_of_a_step_that_uses_it(row: tuple[str, str]) -> None:
    change, use = row
    one = "class C:\n    k = 0\no = C()"
    (error, *_) = compiled(
        ("step:one", one), ("step:two", change), ("step:one", f"a = {use}"), ("step:three", "a")
    ).errors
    assert error.code == "notebook.definition_changed"
    assert compiled(("step:one", one), ("step:two", change), ("step:one", "a = 1"), ("step:three", "a")).errors == ()


def test_a_class_that_its_step_changes_below_a_step_that_uses_it() -> None:
    """The search found it (seed 9): the step in between got the class as its step leaves it in the end."""
    one = "class C:\n    k = 5\no = C()"
    begin = [("step:one", one), ("step:two prev:one", "a = o.k"), ("step:one", "C.k = 0"), ("step:three", "a")]
    assert [error.code for error in compiled(*begin).errors] == ["notebook.interleaved"]
    # a step that does not run after the other one defines the class afresh
    config = [
        ("step:one", "class C:\n    k = 5"),
        ("step:two", "a = C.k"),
        ("step:one", "C.k = 0"),
        ("step:three", "a"),
    ]
    assert compiled(*config).errors == ()
