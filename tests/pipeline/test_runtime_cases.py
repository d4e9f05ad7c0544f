"""What static reading cannot see: each case gives Run All's value, or a conflict that names the step and the name."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.base.errors import HandoverError
from tests.notebook.build import compiled, content
from tests.pipeline.standin import run_all
from tests.pipeline.test_property import pipeline_value

EQUAL: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "a default of what is deleted further down",
        [("step:a", "x = [1]\ndef f(y=x):\n    return y\ndel x"), ("step:b", "final = f()")],
    ),
    (
        "a class body with what a function deletes further down",
        [
            ("step:a", "x = len('abc')\nclass A:\n    k = x\ndef g():\n    global x\n    del x\ng()"),
            ("step:b", "final = A.k"),
        ],
    ),
    (
        "a function that is a value changes its argument",
        [
            ("step:a", "lr = 0.5\ndef train(model, lr=lr):\n    model['w'] -= lr\nm = {'w': 1.0}\nlr = 0.1"),
            ("step:b", "train(m)"),
            ("step:c", "final = [m, lr]"),
        ],
    ),
    (
        "a class that is a value changes what it is made with",
        [
            (
                "step:a",
                "lr = 0.5\nclass T:\n    rate = lr\n    def __init__(self, model):\n        model['w'] -= self.rate\nm = {'w': 1.0}\nlr = 0.1",
            ),
            ("step:b", "t = T(m)"),
            ("step:c", "final = [m, lr]"),
        ],
    ),
    (
        "a default of an object that two steps compare with",
        [
            ("step:a", "missing = object()\ndef f(x=missing):\n    return x is missing"),
            ("step:b", "def g(x=missing):\n    return x is missing"),
            ("step:c", "final = [f(), g()]"),
        ],
    ),
    (
        "a method is replaced in another step, of a class that needs a value",
        [
            ("step:a", "k = len('ab')\nclass A:\n    n = k\n    def m(self):\n        return 1"),
            ("step:b", "def m2(self):\n    return 2\nA.m = m2"),
            ("step:c", "final = [A().m(), A.n]"),
        ],
    ),
    (
        "an iterator used up by a loop",
        [("step:a", "it = iter([1, 2])"), ("step:b", "s = sum(it)"), ("step:c", "final = list(it)")],
    ),
    (
        "a default that needs an import of the step that uses the definition",
        [
            ("step:one", "import math"),
            ("step:two prev:one", "a = 0"),
            ("", "def f(x, y=math.floor(2.5)):\n    return x - y"),
            ("step:one", "o = f(0)"),
            ("step:three", "final = o"),
        ],
    ),
    (
        "a mutable default",
        [
            ("step:a", "def f(x, acc=[]):\n    acc.append(x)\n    return list(acc)"),
            ("step:b", "y = f(1)"),
            ("step:c", "final = f(2)"),
        ],
    ),
    (
        "a class attribute",
        [
            (
                "step:a",
                "class C:\n    seen = []\n    def add(self, x):\n        self.seen.append(x)\n        return list(self.seen)",
            ),
            ("step:b", "y = C().add(1)"),
            ("step:c", "final = C().add(2)"),
        ],
    ),
    (
        "a class reached through an object only",
        [
            (
                "setup",
                "class C:\n    tag = 0\n    def val(self):\n        type(self).tag += 1\n        return self.tag",
            ),
            ("step:a", "o = C()"),
            ("step:b", "C().val()"),
            ("step:c", "final = o.val()"),
        ],
    ),
    (
        "prev hands on what a helper changed",
        [("step:a", "l = [1]\ndef h(v):\n    v.append(2)"), ("step:b", "h(l)"), ("step:c prev:b", "final = l")],
    ),
    (
        "one object under two names",
        [("step:a", "x = [1]\ny = {'x': x}"), ("step:b", "x.append(2)"), ("step:c", "final = y")],
    ),
    (
        "an alias survives a rebinding",
        [
            ("step:one", "m = [0, 2]\nl = [m, m]"),
            ("step:two", "l = [l, l]"),
            ("step:three", "m.append(1)\nfinal = [l, m]"),
        ],
    ),
    (
        "an alias survives two rebindings under other names",
        [
            ("step:one", "m = [0, 2]\nl = {'m': m}"),
            ("step:two", "k = (l, 1)"),
            ("step:three", "j = [k]"),
            ("step:four", "m.append(1)\nj[0][0]['m'].append(2)\nfinal = [j, m]"),
        ],
    ),
    (
        "an alias survives with prev",
        [
            ("step:one", "m = [0, 2]\nl = [m, m]"),
            ("step:two prev:one", "l = [l, l]"),
            ("step:three prev:two", "def grow(z):\n    z.append(1)\ngrow(m)\nfinal = [l, m]"),
        ],
    ),
    (
        "an object is found in a list by its identity",
        [
            ("step:a", "class C:\n    pass\no = C()"),
            ("step:b", "objects = [C(), o]"),
            ("step:c", "final = (o in objects, objects.index(o))"),
        ],
    ),
    (
        "an object that a third step has only looked at",
        [
            ("step:a", "x = [1]"),
            ("step:b", "kept = {'x': x}"),
            ("step:c", "seen = len(x)"),
            ("step:d", "x.append(seen)\nfinal = (kept['x'] is x, kept)"),
        ],
    ),
    (
        "a changed container that holds copies of nothing changed",
        [
            ("step:a", "m = [0]\nn = [1]"),
            ("step:b", "k = [m, n]"),
            ("step:c", "def grow(z):\n    z.append(3)\ngrow(k)\ns = len(k)"),
            ("step:d prev:c", "final = (k, s)"),
        ],
    ),
    (
        "two parts of one value are not one object",
        [
            ("step:a", "l = [[1], [2]]"),
            ("step:b", "x = l[0]\ny = l[1]"),
            ("step:c", "def grow(z):\n    z.append(3)\ngrow(y)"),
            ("step:d", "final = x"),
        ],
    ),
    (
        "an unchanged part of what a helper changed",
        [
            ("step:a", "m = [0]\nl = [m]"),
            ("step:b", "def add(z, v):\n    z.append(v)\nadd(l, 5)\nn = len(m)"),
            ("step:c", "final = (m, n)"),
        ],
    ),
    (
        "joined only later",
        [
            ("step:one", "l = [1, [2]]\nm = [2, [2]]"),
            ("step:two", "e = {'k': l}"),
            ("step:two prev:one", "l += [l]\ne = {**e, 'n': m}"),
            ("step:final", "final = repr([e, l, m])"),
        ],
    ),
    (
        "a closure reads the present",
        [
            ("step:a", "k = 1\ndef make():\n    def inner():\n        return k\n    return inner\nf = make()"),
            ("step:b", "k = 5"),
            ("step:c", "final = f()"),
        ],
    ),
    ("isinstance across steps", [("step:a", "class C:\n    pass\no = C()"), ("step:b", "final = isinstance(o, C)")]),
    (
        "a subclass and its base",
        [
            ("step:a", "class A:\n    n = 1\nclass B(A):\n    pass\no = [B()]"),
            ("step:b", "x = isinstance(o[0], A)"),
            ("step:c", "final = (x, o[0].n)"),
        ],
    ),
    (
        "a dataclass",
        [
            ("step:a", "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 1\np = P(3)"),
            ("step:b", "final = p == P(3)"),
        ],
    ),
    (
        "an enum keeps identity",
        [
            ("setup", "import enum\nclass E(enum.Enum):\n    A = 1"),
            ("step:a", "e = E.A"),
            ("step:b", "final = e is E.A"),
        ],
    ),
    (
        "a namedtuple",
        [
            ("step:a", "from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, 2)"),
            ("step:b", "final = p.x + p[1]"),
        ],
    ),
    (
        "numpy views",
        [
            ("step:a", "import numpy as np\nx = np.zeros(4)\nv = x[:2]"),
            ("step:b", "v[0] = 7"),
            ("step:c", "final = x.tolist()"),
        ],
    ),
    (
        "a data frame",
        [
            ("step:a", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})"),
            ("step:b", "df['b'] = df.a * 2"),
            ("step:c", "final = df.to_dict('list')"),
        ],
    ),
    (
        "seeded random numbers",
        [
            ("setup", "import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(2)"),
            ("step:a", "x = random.random()"),
            ("step:b", "y = (random.random(), np.random.rand())"),
            ("step:c", "final = (x, y, np.random.rand())"),
        ],
    ),
    (
        "a generator object of numpy",
        [
            ("step:a", "import numpy as np\nrng = np.random.default_rng(0)\nx = rng.normal()"),
            ("step:b prev:a", "y = rng.normal()"),
            ("step:c prev:b", "final = (x, y, rng.normal())"),
        ],
    ),
    ("deleted and bound again", [("step:a", "x = 1"), ("step:b", "del x\nx = 2"), ("step:c", "final = x")]),
    ("perhaps bound", [("step:a", "x = 1"), ("step:b", "if False:\n    x = 2"), ("step:c", "final = x")]),
    (
        "perhaps never bound",
        [("step:a", "if False:\n    x = 2"), ("step:b", "try:\n    final = x\nexcept NameError:\n    final = 'none'")],
    ),
    (
        "recursion",
        [("step:a", "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)"), ("step:b", "final = fib(10)")],
    ),
    (
        "mutual recursion",
        [
            ("step:a", "def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n > 0 and even(n - 1)"),
            ("step:b", "final = even(10)"),
        ],
    ),
    (
        "a cached function",
        [
            ("step:a", "import functools\n@functools.lru_cache\ndef sq(x):\n    return x * x\na = sq(2)"),
            ("step:b", "final = sq(3) + a"),
        ],
    ),
    (
        "an iterator half used",
        [
            ("step:a", "it = iter([1, 2, 3])\nnext(it)"),
            ("step:b prev:a", "x = next(it)"),
            ("step:c prev:b", "final = (x, list(it))"),
        ],
    ),
    (
        "functions in a dict",
        [("step:a", "k = 2\nops = {'f': lambda x: x * k}"), ("step:b", "k = 3"), ("step:c", "final = ops['f'](5)")],
    ),
    (
        "a partial",
        [
            ("step:a", "from functools import partial\ndef add(a, b):\n    return a + b\ninc = partial(add, 1)"),
            ("step:b", "final = inc(2)"),
        ],
    ),
    (
        "a decorator reads the present",
        [
            (
                "setup",
                "k = 1\ndef deco(f):\n    def w(*a):\n        return f(*a) * k\n    return w\n@deco\ndef g(x):\n    return x",
            ),
            ("step:a", "k = 10"),
            ("step:b", "final = g(2)"),
        ],
    ),
    (
        "a base class's method has an effect",
        [
            ("setup", "z = 0\nclass A:\n    def m(self):\n        global z\n        z += 1\nclass B(A):\n    pass"),
            ("step:a", "B().m()"),
            ("step:b", "final = z"),
        ],
    ),
    (
        "a default factory",
        [
            (
                "setup",
                "from dataclasses import dataclass, field\nk = 1\ndef f1():\n    return [k]\n@dataclass\nclass D:\n    x: list = field(default_factory=f1)",
            ),
            ("step:a", "k = 10"),
            ("step:b", "final = D().x"),
        ],
    ),
    (
        "a magic around a definition",
        [
            ("setup", "k = 1"),
            ("step:a", "%%time\nimport json\ndef f(x):\n    return json.dumps(x + k)"),
            ("step:b", "k = 5"),
            ("step:c", "final = f(1)"),
        ],
    ),
    (
        "a name in a query",
        [
            ("step:a", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})\nlimit = 2"),
            ("step:b", "limit = 1"),
            ("step:c", "final = len(df.query('a > @limit'))"),
        ],
    ),
    (
        "a name looked up in globals",
        [("step:a", "t = 3"), ("step:b", "final = globals()['t'] + globals().get('t') if 't' in globals() else 0")],
    ),
    ("a constant eval", [("step:a", "t = 3"), ("step:b", "final = eval('t + 1')")]),
    (
        "single dispatch",
        [
            (
                "step:a",
                "from functools import singledispatch\n@singledispatch\ndef show(x):\n    return 'any'\n@show.register\ndef _(x: int):\n    return 'int'",
            ),
            ("step:b", "final = (show(1), show('a'))"),
        ],
    ),
    (
        "a new value under a definition's name",
        [
            ("step:a", "def f(x):\n    return 1\nt = {'f': f}"),
            (
                "step:b",
                "k = t['f'](2)\ndef mk(a):\n    st = [a]\n    def inner(x):\n        return len(st) + 100 * k\n    return inner\nf = mk(k)",
            ),
            ("step:c", "final = f(1)"),
        ],
    ),
    (
        "a mark of set-up",
        [
            ("setup", "MISSING = object()"),
            ("step:a", "vals = [1, MISSING]"),
            ("step:b", "final = [v is MISSING for v in vals]"),
        ],
    ),
    (
        "axes drawn on in several steps",
        [
            ("step:a", "from matplotlib.figure import Figure\nfig = Figure()\nax = fig.subplots()"),
            ("step:b", "ax.plot([1, 2])"),
            ("step:c", "ax.plot([3, 4])\nfinal = len(ax.lines)"),
        ],
    ),
    (
        "re-seeded in every step",
        [
            ("step:a", "import random\nrandom.seed(1)\nx = random.random()"),
            ("step:b", "random.seed(1)\ny = random.random()"),
            ("step:c", "final = x == y"),
        ],
    ),
    (
        "a class of settings, set in steps",
        [
            ("setup", "class CFG:\n    lr = 1\n    debug = True"),
            ("step:a", "CFG.lr = 2\nCFG.lr *= 2\nx = CFG.lr"),
            ("step:b", "CFG.debug = False\ny = (x, CFG.lr, CFG.debug)"),
            ("step:c", "def f():\n    return CFG.lr\nf.calls = 3"),
            ("step:d", "final = (y, CFG.lr, CFG.debug, f(), f.calls)"),
        ],
    ),
    (
        "numbers drawn inside a library",
        [
            (
                "setup",
                "import numpy as np\nnp.random.seed(0)\nfrom sklearn.ensemble import RandomForestClassifier as F",
            ),
            ("step:a", "X = [[i % 7] for i in range(40)]\ny = [i % 2 for i in range(40)]\nf = F(2)"),
            ("step:b", "p = f.fit(X, y).predict_proba([[4]])[0, 0]"),
            ("step:c", "q = F(2).fit(X, y).predict_proba([[4]])[0, 0]"),
            ("step:d", "final = (float(p), float(q), np.random.rand())"),
        ],
    ),
    (
        "TYPE_CHECKING",
        [
            (
                "step:a",
                "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import zoo\ndef f(x: 'zoo.A'):\n    return x",
            ),
            ("step:b", "final = f(1)"),
        ],
    ),
    (
        "a helper changes its argument",
        [("step:a", "l = [1]\ndef h(v):\n    v.append(2)"), ("step:b", "h(l)"), ("step:c", "final = l")],
    ),
    (
        "a helper of a helper, by keyword, through a local name",
        [
            (
                "step:a",
                "l = [[1]]\ndef put(*, to):\n    to.append(2)\ndef h(n, v):\n    for w in v:\n        put(to=w)",
            ),
            ("step:b", "h(1, v=l)"),
            ("step:c", "final = l"),
        ],
    ),
    (
        "a helper that changes a copy",
        [
            ("step:a", "l = [1]\ndef h(v):\n    v = list(v)\n    v.append(2)\n    return v"),
            ("step:b", "m = h(l)"),
            ("step:c", "final = (l, m)"),
        ],
    ),
    (
        "a method changes its object",
        [
            (
                "step:a",
                "class A:\n    def __init__(s, b):\n        s.b = b\n    def add(s, n):\n        s.b += n\nacc = A(1)",
            ),
            ("step:b", "acc.add(5)"),
            ("step:c", "final = acc.b"),
        ],
    ),
    (
        "a method by another method, inherited, of a part",
        [
            (
                "step:a",
                "class A:\n    def __init__(s):\n        s.l = []\n    def put(s, n):\n        s.l.append(n)\n"
                "class B(A):\n    def twice(s, n):\n        s.put(n)\n        s.put(n)\nbox = {'b': B()}",
            ),
            ("step:b", "box['b'].twice(5)"),
            ("step:c", "final = box['b'].l"),
        ],
    ),
    (
        "an object that is called",
        [
            ("step:a", "class C:\n    n = 0\n    def __call__(s):\n        s.n += 1\n        return s.n\nc = C()"),
            ("step:b", "x = c()"),
            ("step:c", "final = (x, c())"),
        ],
    ),
    (
        "a property that is set",
        [
            (
                "step:a",
                "class C:\n    @property\n    def n(s):\n        return s._n\n    @n.setter\n    def n(s, v):\n        s._n = v\nc = C()",
            ),
            ("step:b", "c.n = 3"),
            ("step:c", "final = c.n"),
        ],
    ),
    (
        "a constructor changes its argument",
        [
            ("step:a", "class R:\n    def __init__(s, seen):\n        seen.append(1)\nseen = []"),
            ("step:b", "r = R(seen)"),
            ("step:c", "final = seen"),
        ],
    ),
    (
        "a method that only a library knows",
        [
            ("step:a", "import configparser\ncfg = configparser.ConfigParser()"),
            ("step:b", "cfg.read_string('[a]\\nb = 1')"),
            ("step:c", "final = cfg['a']['b']"),
        ],
    ),
    (
        "a generator object drawn from in two steps",
        [
            ("step:a", "import numpy as np\nrng = np.random.default_rng(0)"),
            ("step:b", "x = rng.normal()"),
            ("step:c", "final = (x, rng.normal())"),
        ],
    ),
    (
        "set-up changed by a helper",
        [("setup", "cfg = {}\ndef keep(d):\n    d['k'] = 1"), ("step:a", "keep(cfg)"), ("step:b", "final = cfg")],
    ),
    (
        "a parameter changed by a helper",
        [
            ("parameters", "opts = {'a': 1}"),
            ("setup", "def tune(o):\n    o['a'] = 99"),
            ("step:a", "tune(opts)"),
            ("step:b", "final = opts"),
        ],
    ),
    (
        "set-up values that share an object, changed by a helper",
        [("setup", "a = []\nb = a\ndef h(v):\n    v.append(1)"), ("step:a", "h(a)"), ("step:b", "final = b")],
    ),
    (
        "what exec has bound",
        [("step:a", "t = 'x = 1'\nexec(t)"), ("step:b", "final = x + 1")],
    ),
    (
        "what exec has bound anew",
        [("step:a", "x = 0\nt = 'x = 1'"), ("step:b", "exec(t)"), ("step:c", "final = x")],
    ),
    (
        "eval of a name that is given as text",
        [("step:a", "x = 4\ndef show(t):\n    return eval(t)"), ("step:b", "final = show('x')")],
    ),
    (
        "a star of a module that is found",
        [("step:a", "from math import *\ny = sin(pi)"), ("step:b", "final = (round(y), cos(0))")],
    ),
    (
        "a closure that counts",
        [
            (
                "step:a",
                "def counter():\n    n=0\n    def inc():\n        nonlocal n\n        n+=1\n        return n\n    return inc\nc=counter()",
            ),
            ("step:b", "x=c()"),
            ("step:c", "final=(x,c())"),
        ],
    ),
    (
        "a bound method under a name",
        [("step:a", "xs=[]\npush=xs.append"), ("step:b", "push(1)"), ("step:c", "push(2)\nfinal=xs")],
    ),
    (
        "what a context manager gives",
        [
            (
                "step:a",
                "from contextlib import contextmanager\n@contextmanager\ndef cm(n):\n    yield n\nwith cm(2) as z:\n    pass",
            ),
            ("step:b", "final=z"),
        ],
    ),
    (
        "deleted above, bound by a loop",
        [
            ("step:a", "big=[1]\nsmall=2"),
            ("step:b", "del big"),
            ("step:c", "for big in [1]:\n    pass\nfinal=(small,big)"),
        ],
    ),
    (
        "a ufunc at places",
        [
            ("step:a", "import numpy as np\nx=np.zeros(3)"),
            ("step:b", "np.add.at(x,[0,0],1)"),
            ("step:c", "final=x.tolist()"),
        ],
    ),
    (
        "a context manager of one's own",
        [
            (
                "step:a",
                "class C:\n    n=0\n    def __enter__(s):\n        s.n+=1\n        return s\n    def __exit__(s,*a):\n        s.n+=10\nc=C()",
            ),
            ("step:b", "with c:\n    pass"),
            ("step:c", "final=c.n"),
        ],
    ),
    (
        "an iterator of one's own",
        [
            (
                "step:a",
                "class It:\n    def __init__(s): s.i=0\n    def __iter__(s): return s\n    def __next__(s):\n        s.i+=1\n        if s.i>2: raise StopIteration\n        return s.i\nit=It()",
            ),
            ("step:b", "for v in it:\n    pass"),
            ("step:c", "final=(it.i,v)"),
        ],
    ),
    (
        "a look-up that adds a key",
        [
            ("step:a", "from collections import defaultdict\nd=defaultdict(list)"),
            ("step:b", "print(d['x'])"),
            ("step:c", "final=dict(d)"),
        ],
    ),
    (
        "a parameters cell that uses imports and functions of a step above",
        [
            ("step:a", "import os.path as p\ndef two(n):\n    return 2 * n\nx = 1"),
            ("parameters", "where = p.join('a', 'b')\nsize = two(4)"),
            ("step:b", "found = [where, size]"),
            ("step:c", "final = [size + x, found]"),
        ],
    ),
    (
        "a parameters cell in the middle of a notebook of one step",
        [("", "first = [3]"), ("parameters", "second = first[0] + 1"), ("", "final = [second, first]")],
    ),
    (
        "a set-up cell that only the step above it runs",
        [("step:a", "x = 1"), ("setup", "y = x + 1"), ("step:a", "final = y")],
    ),
    (
        "a default read from a value that is another one since",
        [("step:a", "x = 5\ndef f(b=x):\n    return b\nx = 6"), ("step:b", "final = [f(), x]")],
    ),
    (
        "a class body read from a value that is another one since",
        [("step:a", "n = 5\nclass Net:\n    hidden = n\nn = 7"), ("step:b", "final = [Net.hidden, n]")],
    ),
    (
        "a default read from a value that a step below binds anew",
        [
            ("step:a", "n = 5\ndef f(b=n):\n    return b + n\nfirst = f()"),
            ("step:b", "n = 100\nsecond = f()"),
            ("step:c", "final = [first, second, f()]"),
        ],
    ),
    (
        "a default holds what was rebound",
        [
            ("setup", "l = [0, [2]]"),
            ("step:one", "def f(x, z=l):\n    z.append(x)\n    return len(z)\nl = [l, l]"),
            ("step:two", "final = [l, f(1)]"),
        ],
    ),
    (
        "a default of what a called function changes",
        [
            ("step:a", "x = [1]\ndef g():\n    x.append(2)"),
            ("", "def f(y=len(x)):\n    return y\ng()"),
            ("step:b", "final = [f(), x]"),
        ],
    ),
    (
        "a default of a number that a called function binds anew",
        [
            ("step:a", "x = 1\ndef g():\n    global x\n    x = 9"),
            ("", "def f(y=x):\n    return y\ng()"),
            ("step:b", "final = [f(), x]"),
        ],
    ),
    (
        "a default of what a loop changes under another name",
        [
            ("step:a", "x = [1]"),
            ("", "def f(y=len(x)):\n    return y\nfor v in [x]:\n    v.append(1)"),
            ("step:b", "final = [f(), x]"),
        ],
    ),
    (
        "a default of what a method changes that has a name of its own",
        [
            ("step:a", "x = [1]\npush = x.append"),
            ("", "def f(y=len(x)):\n    return y\npush(1)"),
            ("step:b", "final = [f(), x]"),
        ],
    ),
    (
        "a default that a function computes",
        [
            ("step:a", "x = [1]\ndef size():\n    return len(x)"),
            ("", "def f(y=size()):\n    return y\nx.append(2)"),
            ("step:b", "final = [f(), x]"),
        ],
    ),
    (
        "a default that is drawn at random",
        [
            ("step:a", "import random\nrandom.seed(1)"),
            ("", "def f(y=random.random()):\n    return y"),
            ("step:b", "final = [f(), random.random()]"),
        ],
    ),
    (
        "an annotation of what changes",
        [
            ("step:a", "x = [1]"),
            ("", "def f(y: len(x) = 1):\n    return f.__annotations__['y']\nx.append(1)"),
            ("step:b", "final = [f(), x]"),
        ],
    ),
    (
        "a default computed from an object that has changed since under its other name",
        [
            ("step:a", "m = [0]\nn = m = [m]\ndef f(y=len(n)):\n    return y\nm.append(1)"),
            ("step:b", "final = [f(), n, m]"),
        ],
    ),
    (
        "a base class that is another one since",
        [
            ("step:a", "bases = (dict,)\nclass A(*bases):\n    pass\nbases = (list,)"),
            ("step:b", "final = [issubclass(A, dict), bases[0] is list]"),
        ],
    ),
]


@pytest.mark.parametrize("row", EQUAL, ids=[row[0] for row in EQUAL])
def test_equal(row: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    made = compiled(*row[1])
    assert made.errors == ()
    value = pipeline_value(made, tmp_path)
    expected = run_all(content(*row[1]))["final"]
    assert (value, type(value)) == (expected, type(expected))


CONFLICTS: list[tuple[str, list[tuple[str, str]], tuple[str, ...]]] = [
    (
        "a default computed from what a call returned, which is what it was given",
        [
            ("step:one", "l = [1, 2]"),
            ("", "def same(z):\n    return z\nn = same(l)\ndef f(x, y=len(n)):\n    return x - y"),
            ("", "l.append(l)"),
            ("step:final", "final = f(1)"),
        ],
        ('step "one"', "`f`", 'step "final"'),
    ),
    (
        "a function's name was a value's above",
        [
            ("step:one", "l = [1, 2]\nf = 1"),
            ("", "def same(z):\n    return z\nn = same(l)\ndef f(x, y=len(n)):\n    return x - y"),
            ("", "l.append(l)"),
            ("step:final", "final = repr([l, n, f(1)])"),
        ],
        ('step "one"', "`f`", 'step "final"'),
    ),
    (
        "a default of what a step in between changes under another name",
        [
            ("step:a", "x = [1]\ndef same(z):\n    return z\nn = same(x)"),
            ("", "def f(y=len(n)):\n    return y"),
            ("step:c", "x.append(1)"),
            ("step:b", "final = [f(), x]"),
        ],
        ('step "c"', "`n`", 'step "b"'),
    ),
    (
        "a default of what a dict holds, too",
        [
            ("step:a", "x = [1]\nd = dict(k=x)"),
            ("", "def f(y=len(x)):\n    return y\nd['k'].append(1)"),
            ("step:b", "final = [f(), x]"),
        ],
        ('step "a"', "`f`", 'step "b"'),
    ),
    (
        "the time in a default of a function whose name was a value's above",
        [
            ("step:a", "import time\nf = 1"),
            ("", "def f(x, t=time.time()):\n    return t\nu = f(1)"),
            ("step:b", "final = f(2) == u"),
        ],
        ('step "a"', "`f`", 'step "b"'),
    ),
    (
        "a library changes its argument",
        [
            ("functions", "import operator"),
            ("step:a", "l = [1]"),
            ("step:b", "operator.methodcaller('append', 2)(l)"),
            ("step:c", "final = l"),
        ],
        ('step "b"', "`l`", 'step "c"'),
    ),
    (
        "set-up changed by a library",
        [
            ("setup", "import operator\ncfg = [0]"),
            ("step:a", "operator.methodcaller('append', 2)(cfg)"),
            ("step:b", "final = cfg"),
        ],
        ('step "a"', "`cfg`"),
    ),
    (
        "set-up values that share an object",
        [
            ("setup", "import operator\na = []\nb = a"),
            ("step:a", "operator.methodcaller('append', 2)(a)"),
            ("step:b", "final = b"),
        ],
        ('step "a"', "`b`"),
    ),
    (
        "set-up that gives everybody another value",
        [
            ("setup", "import uuid\nrun_id = str(uuid.uuid4())"),
            ("step:a", "x = run_id"),
            ("step:b", "final = (x, run_id)"),
        ],
        ("`run_id`", "set-up"),
    ),
    (
        "an alias that only the kernel knows",
        [
            ("step:a", "x = [1]\ndef same(v):\n    return v\ny = same(x)"),
            ("step:b", "x.append(2)"),
            ("step:c", "final = y"),
        ],
        ('step "b"', "`x`", "`y`"),
    ),
    (
        "one object that came by two ways",
        [
            ("step:a", "m = [0]\nl = [m]"),
            ("step:b", "k = [l]"),
            ("step:c", "j = [l]"),
            ("step:d", "both = [j, k]"),
            ("step:e", "def grow(z):\n    z.append(1)\ngrow(both[0][0][0])"),
            ("step:f prev:e", "final = both"),
        ],
        ("`both`", "`j`", "`k`", 'step "d"'),
    ),
    (
        "a default of set-up, held by a copy of what was rebound",
        [
            ("setup", "l = [0, [2]]\nl = [l, l]"),
            ("step:one", "def f(x, z=l):\n    z.append(x)\n    return len(z)\nl = [l, l]"),
            ("step:two prev:one", "l = [l, l]"),
            ("step:three prev:two", "final = [l, f(1)]"),
        ],
        ("`f`", "`l`"),
    ),
    (
        "a closure holds what was rebound",
        [
            (
                "step:one",
                "l = [0]\ndef mk(z):\n    def f(x):\n        z.append(x)\n        return len(z)\n    return f\nf = mk(l)",
            ),
            ("step:two prev:one", "l = [l, l]"),
            ("step:three", "final = [l, f(1)]"),
        ],
        ("`f`", "`l`"),
    ),
]


@pytest.mark.parametrize("row", CONFLICTS, ids=[row[0] for row in CONFLICTS])
def test_conflict(row: tuple[str, list[tuple[str, str]], tuple[str, ...]], tmp_path: Path) -> None:
    made = compiled(*row[1])
    assert made.errors == ()
    conflicts = pipeline_value(made, tmp_path)
    assert isinstance(conflicts, list), conflicts
    assert conflicts[0].hint
    for words in row[2]:
        assert words in conflicts[0].message


def test_a_step_that_goes_on_and_changes_what_was_taken(tmp_path: Path) -> None:
    cells = [("step:a", "l = [1]\ndef h(v):\n    v.append(2)"), ("step:b", "final = list(l)"), ("step:a", "h(l)")]
    (error,) = pipeline_value(compiled(*cells), tmp_path)
    assert isinstance(error, HandoverError)
    assert "split step" in error.hint


def test_numbers_drawn_where_reading_does_not_see_it(tmp_path: Path) -> None:
    cells = [
        (
            "setup",
            "import numpy as np\nnp.random.seed(0)\ndef hidden():\n    return vars(vars(np)['random'])['rand']()",
        ),
        ("step:a", "p = hidden()"),
        ("step:b", "q = hidden()"),
        ("step:c", "final = (p, q)"),
    ]
    conflicts = pipeline_value(compiled(*cells), tmp_path)
    assert isinstance(conflicts, list), conflicts
    assert "numpy.random" in conflicts[0].message
