"""The table of cases that is the specification of data flow: cells -> who takes what from whom, or the finding."""

from __future__ import annotations

import pytest

from tests.notebook.build import compiled

# (what, cells, inputs of the last step, names it defines again)
FLOWS: list[tuple[str, list[tuple[str, str]], dict[str, str], set[str]]] = [
    ("the nearest binder above", [("step:a", "x = 1"), ("step:b", "x = 2"), ("step:c", "x")], {"x": "b"}, set()),
    ("a change in place counts", [("step:a", "l = []"), ("step:b", "l.append(1)"), ("step:c", "l")], {"l": "b"}, set()),
    (
        "both branches of a diamond change it",
        [("step:a", "l = []"), ("step:b", "l.append(1)"), ("step:c", "l.append(2)"), ("step:d", "l")],
        {"l": "c"},
        set(),
    ),
    ("augmented assignment", [("step:a", "n = 1"), ("step:b", "n += 1"), ("step:c", "n")], {"n": "b"}, set()),
    (
        "subscript and attribute stores",
        [("step:a", "d = {}; o = d"), ("step:b", "d['k'] = 1"), ("step:c", "d")],
        {"d": "b"},
        set(),
    ),
    (
        "a change through an alias",
        [("step:a", "x = []\ny = x"), ("step:b", "x.append(1)"), ("step:c", "y")],
        {"y": "b"},
        set(),
    ),
    (
        "a loop variable is an alias",
        [("step:a", "xs = [[1]]"), ("step:b", "for x in xs:\n    x.append(2)"), ("step:c", "xs")],
        {"xs": "b"},
        set(),
    ),
    (
        "two names of one new list",
        [("step:a", "x = y = []"), ("step:b", "x.append(1)"), ("step:c", "y")],
        {"y": "b"},
        set(),
    ),
    (
        "a name that is bound on the way",
        [("step:a", "x = [(y := [])]"), ("step:b", "y.append(1)"), ("step:c", "x")],
        {"x": "b"},
        set(),
    ),
    (
        "a rebound alias is none",
        [("step:a", "x = []\ny = x\ny = [2]"), ("step:b", "x.append(1)"), ("step:c", "y")],
        {"y": "a"},
        set(),
    ),
    (
        "imports are replayed",
        [("step:a", "import json\nx = json.dumps(1)"), ("step:b", "json.loads(x)")],
        {"x": "a"},
        {"json"},
    ),
    (
        "functions are replayed with what they need",
        [("step:a", "import math\nk = 2\ndef f(x):\n    return math.floor(x) + k"), ("step:b", "f(1)")],
        {"k": "a"},
        {"f", "math"},
    ),
    ("an async function", [("step:a", "async def f():\n    return 1"), ("step:b", "await f()")], {}, {"f"}),
    (
        "a global name bound by a call",
        [("step:a", "def setx():\n    global x\n    x = 1"), ("step:b", "setx()"), ("step:c", "x")],
        {"x": "b"},
        set(),
    ),
    (
        "a change made by a called function",
        [("step:a", "l = []\ndef add():\n    l.append(1)"), ("step:b", "add()"), ("step:c", "l")],
        {"l": "b"},
        set(),
    ),
    (
        "through two calls",
        [
            ("step:a", "l = []\ndef add():\n    l.append(1)\ndef twice():\n    add(); add()"),
            ("step:b", "twice()"),
            ("step:c", "l"),
        ],
        {"l": "b"},
        set(),
    ),
    (
        "a lambda's global",
        [("step:a", "k = 3"), ("step:b", "f = lambda x: x + k"), ("step:c", "f(1)")],
        {"k": "a"},
        {"f"},
    ),
    (
        "a method's global",
        [("step:a", "k = 3"), ("step:b", "class C:\n    def m(self):\n        return k"), ("step:c", "C().m()")],
        {"k": "a"},
        {"C"},
    ),
    (
        "a value brings its class's globals",
        [("step:a", "k = 3\nclass C:\n    def m(self):\n        return k\no = C()"), ("step:b", "o.m()")],
        {"k": "a", "o": "a"},
        {"C"},
    ),
    (
        "a match capture is local",
        [("step:a", "q = {'a': 1}\nb = 5"), ("step:b", "match q:\n    case {'a': b}:\n        pass\nb")],
        {"q": "a", "b": "a"},
        set(),
    ),
    (
        "a comprehension variable is not the name",
        [("step:a", "x = 1\nl = [x for x in range(3)]"), ("step:b", "l")],
        {"l": "a"},
        set(),
    ),
    (
        "defaults are read when made",
        [("step:a", "k = 3\ndef f(x=k):\n    return x"), ("step:b", "f()")],
        {"k": "a"},
        {"f"},
    ),
    ("a step assigns a parameter", [("parameters", "p = 1"), ("step:a", "p = 2"), ("step:b", "p")], {"p": "a"}, set()),
    ("set-up is everybody's own", [("setup", "cfg = {'a': 1}"), ("step:a", "cfg['a']"), ("step:b", "cfg")], {}, set()),
    (
        "set-up changed by a step is handed over",
        [("setup", "cfg = {'a': 1}"), ("step:a", "cfg['a'] = 2"), ("step:b", "cfg")],
        {"cfg": "a"},
        set(),
    ),
    (
        "an ancestor that has the name in its hands",
        [("step:a", "l = []\ndef h(v):\n    v.append(1)"), ("step:b prev:a", "h(l)"), ("step:c prev:b", "l")],
        {"l": "b"},
        set(),
    ),
    (
        "IPython syntax",
        [("step:a", "%time x = 1\ny = !ls"), ("step:b", "%%capture out\nprint(x)"), ("step:c", "x, y, out")],
        {"out": "b", "x": "b", "y": "a"},
        set(),
    ),
    ("a name in a shell command", [("step:a", "p = 'x'"), ("step:b", "!echo {p}")], {"p": "a"}, set()),
    (
        "perhaps bound again",
        [("step:a", "x = 1"), ("step:b", "if x > 3:\n    x = 2"), ("step:c", "x")],
        {"x": "b"},
        set(),
    ),
    (
        "a deletion that is bound again",
        [("step:a", "x = 1"), ("step:b", "del x\nx = 2"), ("step:c", "x")],
        {"x": "b"},
        set(),
    ),
    (
        "guarded import",
        [("step:a", "try:\n    import zlib\nexcept ImportError:\n    zlib = None"), ("step:b", "zlib")],
        {},
        {"zlib"},
    ),
    ("walrus in a comprehension", [("step:a", "ys = [w := v for v in range(3)]"), ("step:b", "w")], {"w": "a"}, set()),
    (
        "with ... as is a binding",
        [("step:a", "import contextlib\nwith contextlib.nullcontext(4) as v:\n    pass"), ("step:b", "v")],
        {"v": "a"},
        set(),
    ),
    (
        "only the target of with is a file",
        [("step:a", "with open('x') as f:\n    t = f.read()"), ("step:b", "t")],
        {"t": "a"},
        set(),
    ),
    (
        "a connection is closed, its rows are not",
        [
            (
                "step:a",
                "import sqlite3\nwith sqlite3.connect(':memory:') as c:\n    r = c.execute('select 1').fetchall()",
            ),
            ("step:b", "r"),
        ],
        {"r": "a"},
        set(),
    ),
    (
        "a class of one's own called Lock",
        [("step:a", "class Lock:\n    pass\nlock = Lock()"), ("step:b", "lock")],
        {"lock": "a"},
        {"Lock"},
    ),
    (
        "a function called top",
        [
            ("functions", "def top(rows, n=2):\n    return sorted(rows)[-n:]"),
            ("step:a", "x = top([1])"),
            ("step:b", "x"),
        ],
        {"x": "a"},
        set(),
    ),
    (
        "a global of a function called top",
        [("step:a", "def top():\n    global g\n    g = 1"), ("step:b", "top()"), ("step:c", "g")],
        {"g": "b"},
        set(),
    ),
    (
        "a function of a module named like a mutator",
        [
            ("step:a", "import numpy as np\nx = np.random.shuffle([1]) or np.char.add('a', 'b')"),
            ("step:b", "np.char.add(x, x)"),
        ],
        {"x": "a"},
        {"np"},
    ),
    (
        "a star that a file explains",
        [("step:a", "from math import *\nx = sin(pi)"), ("step:b", "x + cos(0)")],
        {"x": "a"},
        {"cos", "pi", "sin"},
    ),
    (
        "a star rebinds what it brings",
        [("step:a", "e = 5"), ("step:b", "from math import *"), ("step:c", "e")],
        {},
        {"e"},
    ),
    ("globals() with a literal name", [("step:a", "globals()['x'] = 1"), ("step:b", "x")], {"x": "a"}, set()),
    ("exec of a literal", [("step:a", "exec('x = 1')"), ("step:b", "x")], {"x": "a"}, set()),
    ("a name that exec may have made", [("step:a", "exec('x' + '=1')"), ("step:b", "x")], {"x": "a"}, set()),
    ("a magic that we do not know", [("step:a", "%%mine x\nany text"), ("step:b", "thing")], {"thing": "a"}, set()),
    (
        "what exec may have bound anew",
        [("step:a", "x = 0"), ("step:b", "exec('x' + '=1')"), ("step:c", "x")],
        {"x": "b"},
        set(),
    ),
    (
        "a name given as text to eval",
        [("step:a", "def show(t):\n    return eval(t)\nx = 1"), ("step:b", "show('x')")],
        {"x": "a"},
        {"show"},
    ),
    (
        "a query reads the caller's frame",
        [("step:a", "import duckdb\ndf = [1]"), ("step:b", "duckdb.sql('select * from df')")],
        {"df": "a"},
        {"duckdb"},
    ),
    ("%%capture", [("step:a", "%%capture said\nprint(1)"), ("step:b", "said")], {"said": "a"}, set()),
    ("%%bash --out", [("step:a", "%%bash --out o --err e\nls"), ("step:b", "o, e")], {"o": "a", "e": "a"}, set()),
    ("%%sql name <<", [("step:a", "%%sql rows <<\nselect 1"), ("step:b", "rows")], {"rows": "a"}, set()),
    ("%sql name <<", [("step:a", "%sql rows << select 1"), ("step:b", "rows")], {"rows": "a"}, set()),
    ("%%time binds what its body binds", [("step:a", "%%time\nx = 1"), ("step:b", "x")], {"x": "a"}, set()),
    ("%timeit -o", [("step:a", "t = %timeit -o -n1 -r1 1 + 1"), ("step:b", "t")], {"t": "a"}, set()),
    ("%pylab", [("step:a", "%pylab inline\nx = 1"), ("step:b", "np.zeros(x)")], {"x": "a"}, {"np"}),
    (
        "a magic without its sign",
        [("step:a", "x = 1"), ("step:b", "pip show pandas"), ("step:c", "x")],
        {"x": "a"},
        set(),
    ),
    ("a variable named like a magic", [("step:a", "history = 1"), ("step:b", "history")], {"history": "a"}, set()),
    ("a blank before the first statement", [("step:a", " y = 4"), ("step:b", "y")], {"y": "a"}, set()),
    (
        "a name bound in a loop in a loop",
        [("step:a", "for i in range(2):\n    for x in [1]:\n        y = x\n    print(y)"), ("step:b", "y")],
        {"y": "a"},
        set(),
    ),
    (
        "a name bound in an earlier round",
        [("step:a", "for i in range(2):\n    if i:\n        print(last)\n    last = i"), ("step:b", "last")],
        {"last": "a"},
        set(),
    ),
    (
        "bound above or on a path",
        [("step:a", "y = 0"), ("step:b", "for x in []:\n    y = x\nprint(y)\n"), ("step:c", "y")],
        {"y": "b"},
        set(),
    ),
    (
        "a global that a function sets on a path",
        [
            ("step:a", "def tick(n):\n    global t\n    if n == 0:\n        t = 5\n    return t\nr = tick(0)"),
            ("step:b", "t + r"),
        ],
        {"t": "a", "r": "a"},
        set(),
    ),
    (
        "a function sets what another reads",
        [
            (
                "step:a",
                "def init():\n    global g\n    g = 1\ndef use():\n    return g\nfor i in range(2):\n    init()\n    r = use()",
            ),
            ("step:b", "r"),
        ],
        {"r": "a"},
        set(),
    ),
    (
        "a loop binds what a function reads",
        [("step:a", "def loss():\n    return lr\nfor e in range(2):\n    lr = e\n    v = loss()"), ("step:b", "v")],
        {"v": "a"},
        set(),
    ),
    (
        "bound in with suppress",
        [
            (
                "step:a",
                "from contextlib import suppress\nwith suppress(ValueError):\n    if 1:\n        z = 1\nprint(z)",
            ),
            ("step:b", "z"),
        ],
        {"z": "a"},
        set(),
    ),
    (
        "bound in try and in its handler",
        [
            ("step:a", "try:\n    import nope as js\n    b = 1\nexcept ImportError:\n    b = 2\nprint(b)"),
            ("step:b", "b"),
        ],
        {},
        {"b", "js"},
    ),
    (
        "a local name in a function is no alias of a value of the notebook",
        [("step:a", "w = [1]\nm = []"), ("step:b", "def f(m):\n    w = m.x\nm.append(2)"), ("step:c", "w")],
        {"w": "a"},
        set(),
    ),
    (
        "a class and a function draw nothing when they are defined",
        [
            ("step:a", "import keras, tensorflow as tf, numpy as np\ntf.random.set_seed(1)\nnp.random.seed(1)"),
            ("step:b", "m = keras.Sequential()\nclass C(keras.callbacks.Callback):\n    pass"),
            ("step:b", "def f():\n    return np.random.rand()"),
            ("step:c", "C"),
        ],
        {},
        {"C", "keras", "np", "tf"},
    ),
    (
        "an operator and an attribute draw nothing",
        [
            ("step:a", "from sklearn.svm import SVC\nimport numpy as np\nnp.random.seed(1)\nm = SVC()\nk = 1"),
            ("step:b", "np.random.rand()"),
            ("step:c", "k + len(m.classes_)"),
        ],
        {"k": "a", "m": "a"},
        set(),
    ),
]


@pytest.mark.parametrize(("cells", "inputs", "definitions"), [row[1:] for row in FLOWS], ids=[row[0] for row in FLOWS])
def test_flow(cells: list[tuple[str, str]], inputs: dict[str, str], definitions: set[str]) -> None:
    made = compiled(*cells)
    assert [finding for finding in made.findings if finding.is_error] == []
    last = made.pipeline.steps[-1]
    assert dict(last.inputs) == inputs
    assert set(last.definitions) == definitions
    assert set(inputs.values()) <= set(last.after)


# (what, cells, code of the finding, cell, line, words of the message)
FINDINGS: list[tuple[str, list[tuple[str, str]], str, int | None, int | None, str]] = [
    ("nobody defines it", [("step:a", "x = 1"), ("step:b", "x\ny")], "notebook.undefined_name", 1, 2, "`y`"),
    (
        "only a called function reads it",
        [("step:a", "def f():\n    return nix"), ("step:b", "f()")],
        "notebook.undefined_name",
        1,
        1,
        "`nix`",
    ),
    ("it is skipped", [("skip", "y = 1"), ("step:b", "y")], "notebook.undefined_name", 1, 1, "`y`"),
    (
        "a comprehension variable is gone",
        [("step:a", "l = [v for v in range(3)]"), ("step:b", "v")],
        "notebook.undefined_name",
        1,
        1,
        "`v`",
    ),
    (
        "an except name is gone",
        [
            ("step:a", "try:\n    pass\nexcept ValueError as e:\n    pass"),
            ("step:b", "l"),
        ],
        "notebook.undefined_name",
        1,
        1,
        "`l`",
    ),
    (
        "deleted above",
        [("step:a", "x = 1"), ("step:b", "del x"), ("step:c", "x")],
        "notebook.deleted_name",
        2,
        1,
        "deleted",
    ),
    (
        "a cycle",
        [("step:a", "x = 1"), ("step:b", "y = x"), ("step:a", "z = y")],
        "notebook.cycle",
        2,
        None,
        '"a" and "b"',
    ),
    ("prev to nobody", [("step:a prev:zoo", "x = 1")], "notebook.unknown_prev", 0, None, '"zoo"'),
    (
        "prev to a later step",
        [("step:a prev:b", "x = 1"), ("step:b", "y = 1")],
        "notebook.later_prev",
        0,
        None,
        "below",
    ),
    ("%reset", [("step:a", "x = 1"), ("step:b", "%reset -f")], "notebook.reset", 1, 1, "%reset"),
    (
        "an open file",
        [("step:a", "fh = open('x.txt')"), ("step:b", "fh.read()")],
        "notebook.not_storable",
        0,
        1,
        "open",
    ),
    (
        "a function that was made with a lock",
        [("step:a", "import threading\nlock = threading.Lock()\ndef f(x, l=lock):\n    return x"), ("step:b", "f(1)")],
        "notebook.not_storable",
        0,
        2,
        "lock",
    ),
    (
        "a generator expression",
        [("step:a", "g = (i for i in range(3))"), ("step:b", "list(g)")],
        "notebook.not_storable",
        0,
        1,
        "generator",
    ),
    (
        "a generator function's result",
        [("step:a", "def gen():\n    yield 1\ng = gen()"), ("step:b", "list(g)")],
        "notebook.not_storable",
        0,
        3,
        "gen",
    ),
    (
        "a changed module, by more than a setting",
        [("step:a", "import json\njson.mine = make()\ndef make():\n    return 1"), ("step:b", "json.mine")],
        "notebook.process_state",
        0,
        2,
        "json.mine",
    ),
    (
        "set-up that needs a step",
        [("step:a", "x = 1"), ("setup", "y = x"), ("step:b", "y")],
        "notebook.setup_reads_step",
        1,
        1,
        "`x`",
    ),
    (
        "an object of a class that the step itself defines",
        [("step:a", "class C:\n    pass"), ("step:b", "o = C()"), ("step:a", "print(o)")],
        "notebook.interleaved",
        1,
        1,
        "`C`",
    ),
    (
        "two values of one name",
        [("step:a", "x = 1"), ("step:b", "y = 1"), ("step:c", "x"), ("step:b", "x = 3"), ("step:c", "x")],
        "notebook.interleaved",
        4,
        1,
        "`x`",
    ),
    (
        "set-up that needs a function made with a value of a step",
        [("step:a", "x = 1\ndef f(n=x):\n    return n"), ("setup", "y = f()"), ("step:b", "y")],
        "notebook.setup_reads_step",
        1,
        1,
        "`f`",
    ),
    (
        "a deleted name whose object another one holds",
        [
            (
                "functions",
                "class T:\n    def __init__(self, m):\n        self.m = m\n    def go(self):\n        self.m[0] = 1",
            ),
            ("step:a", "m = []\nt = T(m)\ndel m"),
            ("step:b", "t.go()"),
            ("step:c", "m"),
        ],
        "notebook.deleted_name",
        3,
        1,
        "`m`",
    ),
    ("syntax", [("step:a", "x = 1"), ("step:b", "\n\nx = = 2")], "notebook.syntax", 1, 3, "not valid Python"),
    ("tags that disagree", [("step:a imports", "x = 1")], "notebook.tag", 0, None, "disagree"),
    ("tag and magic disagree", [("step:a", "%%mlops step b\nx = 1")], "notebook.tag", 0, None, "`step:b`"),
    ("a retry that is no number", [("step:a retry:lots", "x = 1")], "notebook.tag", 0, None, "retry"),
    (
        "two timeouts",
        [("step:a timeout:3s", "x = 1"), ("step:a timeout:4s", "y = 1")],
        "notebook.tag",
        1,
        None,
        "timeout",
    ),
    ("the last result of another step", [("step:a", "5 + 1"), ("step:b", "x = _")], "notebook.history", 1, 1, "`_`"),
    ("too deep", [("step:a", "x = " + "+".join(["1"] * 3000)), ("step:b", "y = 1")], "notebook.syntax", 0, 1, "deep"),
    (
        "a generator of set-up that two steps use up",
        [
            ("setup", "def ids():\n    yield 1\ncounter = ids()"),
            ("step:a", "x = next(counter)"),
            ("step:b", "y = next(counter)"),
        ],
        "notebook.not_storable",
        0,
        3,
        "`counter`",
    ),
    (
        "a file of set-up that two steps read",
        [("setup", "f = open('in.txt')"), ("step:a", "x = f.readline()"), ("step:b", "y = f.readline()")],
        "notebook.not_storable",
        0,
        1,
        "`f`",
    ),
]


@pytest.mark.parametrize("row", FINDINGS, ids=[row[0] for row in FINDINGS])
def test_finding(row: tuple[str, list[tuple[str, str]], str, int | None, int | None, str]) -> None:
    _, cells, code, cell, line, words = row
    errors = compiled(*cells).errors
    found = [finding for finding in errors if finding.code == code]
    assert found, errors
    assert words in found[0].message
    assert found[0].hint
    if cell is not None:
        assert (found[0].cell, found[0].line) == (cell, line)


WARNINGS: list[tuple[str, list[tuple[str, str]], str]] = [
    ("names that differ in case", [("step:Train", "x = 1"), ("step:train", "y = 1")], "notebook.name_clash"),
    ("an absolute path", [("step:a", "p = '/home/me/data.csv'")], "notebook.absolute_path"),
    ("a secret", [("step:a", "api_key = 'abcdef123456'")], "notebook.secret"),
    ("an unused parameter", [("parameters", "p = 1"), ("step:a", "x = 1")], "notebook.unused_parameter"),
    ("a computed eval", [("step:a", "t = 't + 1'"), ("step:b", "eval(t)")], "notebook.dynamic_code"),
    ("a list of all names", [("step:a", "t = 1"), ("step:b", "print(dir())")], "notebook.dynamic_code"),
    ("all of globals()", [("step:a", "t = 1"), ("step:b", "print(dict(**globals()))")], "notebook.dynamic_code"),
    ("a computed exec", [("step:a", "exec('x' + '=1')"), ("step:b", "x")], "notebook.dynamic_code"),
    ("a file that is not there", [("step:a", "%run other.py"), ("step:b", "y")], "notebook.dynamic_code"),
    (
        "what a %xdel has deleted",
        [("step:a", "x = 1"), ("step:b", "%xdel x"), ("step:c", "if 0 > 1:\n    x")],
        "notebook.deleted_name",
    ),
    ("%load", [("step:a", "%load other.py"), ("step:b", "y = 1")], "notebook.dynamic_code"),
    ("a star nobody can follow", [("step:a", "from not_there import *"), ("step:b", "y")], "notebook.import_star"),
    ("a name on a path that may not run", [("step:a", "n = 1\nif n > 2:\n    n = nope")], "notebook.undefined_name"),
    (
        "an exception that is not imported",
        [("", "try:\n    n = 1\nexcept Nope:\n    n = 2")],
        "notebook.undefined_name",
    ),
    ("Python 2 names", [("", "import sys\ntext = str if sys.version > '3' else unicode")], "notebook.undefined_name"),
    ("a message of an assertion", [("step:a", "assert 1, nope")], "notebook.undefined_name"),
    (
        "a method that subclasses write",
        [("step:a", "class B:\n    def go(self):\n        raise MustDoIt()\nclass C(B):\n    pass"), ("step:b", "C()")],
        "notebook.undefined_name",
    ),
    ("a function that may not be called", [("", "def f():\n    nope\nif 0 > 1:\n    f()")], "notebook.undefined_name"),
    ("a magic without its sign in a longer cell", [("step:a", "x = 1\npwd\nx")], "notebook.undefined_name"),
    (
        "a changed module that is used otherwise",
        [("step:a", "import json\nfor v in (1, 2):\n    json.mine = v"), ("step:b", "json.dumps(1)")],
        "notebook.process_state",
    ),
    (
        "a setting in the middle of another step",
        [("step:a", "x = 1"), ("step:b", "import os\nos.environ['K'] = '1'"), ("step:a", "y = 1")],
        "notebook.process_state",
    ),
    (
        "a class that is changed and then defined again",
        [("setup", "class C:\n    n = 0\no = C()"), ("step:a", "C.n += 1\nclass C:\n    n = 0"), ("step:b", "o.n")],
        "notebook.definition_changed",
    ),
    (
        "a tool set under a condition",
        [("step:a", "import nest_asyncio\nfor _ in range(1):\n    nest_asyncio.apply()"), ("step:b", "nest_asyncio")],
        "notebook.process_state",
    ),
    ("one step fails where Run All does", [("", "x = 1"), ("", "print 'old'")], "notebook.syntax"),
    (
        "a function that sets something of a module, and may set it back",
        [
            ("step:a", "import sys\ndef quiet():\n    o = sys.stdout\n    sys.stdout = None\n    sys.stdout = o"),
            ("step:b", "with quiet():\n    print(1, sep='')"),
            ("step:c", "sys.stdout.write('x')"),
        ],
        "notebook.process_state",
    ),
]


@pytest.mark.parametrize("row", WARNINGS, ids=[row[0] for row in WARNINGS])
def test_warning(row: tuple[str, list[tuple[str, str]], str]) -> None:
    made = compiled(*row[1])
    assert made.errors == ()
    assert row[2] in {finding.code for finding in made.findings}


@pytest.mark.parametrize(
    "code",
    [
        "from string import Template\nTemplate('$name').substitute(locals())",
        "from string import Template\nTemplate('Dear ${name}, $$5').safe_substitute(**globals())",
        "print('{name}'.format(**globals()))",
        "'{name:>10} {{other}}'.format_map(vars())",
        "'%(name)s' % globals()",
        "def show():\n    return '{name}'.format(**globals())\nshow()",
        "def show(df):\n    return df.query('a > @name')\nshow(1)",
    ],
)
def test_names_that_fill_in_a_text(code: str) -> None:
    made = compiled(("step:a", "name = 1"), ("step:b", code))
    assert made.findings == ()
    assert made.analysis.flows["b"].source == {"name": "a"}


@pytest.mark.parametrize(
    ("tags", "hint"),
    [
        ("parameters step:b", "keep one of `parameters` and `step:b`, and take off the rest"),
        ("step:a step:b", "keep one of `step:a` and `step:b`, and take off the rest"),
        ("step:a retry:often", "write the tag as `docs/tags.md` says, or take it off"),
    ],
)
def test_the_hint_on_tags_says_what_to_take_off(tags: str, hint: str) -> None:
    assert [found.hint for found in compiled((tags, "x = 1")).errors if found.code == "notebook.tag"] == [hint]


@pytest.mark.parametrize("line", ["%pylab inline", "from numpy import *", "from pylab import *"])
def test_the_names_of_numpy_are_known(line: str) -> None:
    made = compiled(("", line), ("step:a", "x = linspace(0, 1, 5)"), ("step:b", "sin(x)"))
    assert made.findings == ()
    assert made.analysis.flows["b"].source == {"x": "a"}


def test_a_magic_without_its_sign_is_written_with_it() -> None:
    (found,) = compiled(("step:a", "x = 1\npwd")).findings
    assert found.hint == "write `%pwd`: in a cell of several lines it is no magic without the sign"


def test_the_names_of_a_function_are_its_own() -> None:
    made = compiled(("step:a", "def f(x):\n    print(locals(), dir())\nf(1)"), ("step:b", "f(2)"))
    assert made.findings == ()


CACHED = "import functools\n@functools.lru_cache(maxsize=None)\ndef f(x):\n    return x"


@pytest.mark.parametrize(
    ("cells", "is_told"),
    [
        ([("setup", CACHED), ("step:a", "f(1)"), ("step:b", "f(1)")], True),
        ([("step:a", f"{CACHED}\nf(1)"), ("step:b", "def g():\n    return f(1)\ng()")], True),
        ([("setup", CACHED), ("step:a", "f(1)"), ("step:b", "x = 1")], False),
        ([("setup", CACHED), ("step:a", "x = f(1)"), ("step:b", "x")], False),
        ([("setup", "def f(x):\n    return x"), ("step:a", "f(1)"), ("step:b", "f(1)")], False),
    ],
)
def test_a_cache_that_two_steps_fill(cells: list[tuple[str, str]], is_told: bool) -> None:
    made = compiled(*cells)
    assert made.errors == ()
    assert ("notebook.cache" in {finding.code for finding in made.findings}) is is_told


def test_all_findings_at_once() -> None:
    made = compiled(("step:a", "nope\nreset = z"), ("step:b prev:c", "also_nope"), ("step:b", "%reset -f"))
    assert {finding.code for finding in made.errors} >= {
        "notebook.undefined_name",
        "notebook.reset",
        "notebook.unknown_prev",
    }
    assert len([finding for finding in made.errors if finding.code == "notebook.undefined_name"]) >= 3


def test_files_order_steps() -> None:
    cells = [
        ("step:write", "open('out.csv', 'w').write('x')"),
        ("step:other", "y = 1"),
        ("step:read", "open('out.csv').read()"),
    ]
    assert compiled(*cells).pipeline.step("read").after == ("write",)


def test_files_that_are_only_read_order_nothing() -> None:
    cells = [("step:one", "open('in.csv').read()"), ("step:two", "open('in.csv').read()")]
    assert compiled(*cells).pipeline.step("two").after == ()


def test_a_step_that_only_prints_takes_no_parameters() -> None:
    made = compiled(("parameters", "p = 1\nq = 2"), ("step:a", "print('hello')"), ("step:b", "print(q)"))
    assert [step.parameters for step in made.pipeline.steps] == [(), ("q",)]


def test_a_read_that_knows_it_may_fail_is_no_finding() -> None:
    cells = [
        ("step:a", "if 'zoo' in globals():\n    print(zoo)"),
        ("step:b", "import contextlib\nwith contextlib.suppress(NameError):\n    del zoo"),
    ]
    assert compiled(*cells).errors == ()


@pytest.mark.parametrize(
    ("write", "read"),
    [
        ("import os\nos.makedirs('out')", "open('out/x.csv')"),
        ("%%writefile helper_x.py\nx = 1", "import helper_x"),
        ("open('out/x.csv', 'w')", "import glob\nglob.glob('out/*.csv')"),
        ("import sqlite3\nsqlite3.connect('x.db')", "import sqlite3\nsqlite3.connect('x.db')"),
    ],
)
def test_more_files_order_steps(write: str, read: str) -> None:
    assert compiled(("step:write", write), ("step:read", read)).pipeline.step("read").after == ("write",)


def test_line_ends_of_old_machines() -> None:
    assert compiled(("step:a", "x = 1\rdef f():\r    return 2"), ("step:b", "f()")).errors == ()


def test_files_of_called_functions_order_steps() -> None:
    functions = "def save(x):\n    open('q.txt', 'w').write(x)\ndef load():\n    return open('q.txt').read()"
    made = compiled(("setup", functions), ("step:a", "save('hm')"), ("step:b", "x = load()"), ("step:c", "y = 1"))
    assert [step.after for step in made.pipeline.steps] == [(), ("a",), ()]


@pytest.mark.parametrize(
    "code",
    [
        "get_ipython().push({'w': 41})",
        "get_ipython().user_ns['w'] = 41",
        "get_ipython().user_ns.update(w=41)",
        "get_ipython().run_cell('w = 41')",
        "get_ipython().ex('w = 41')",
    ],
)
def test_names_that_the_shell_binds_are_not_missed(code: str) -> None:
    made = compiled(("step:a", code), ("step:b", "print(w)"))
    assert not made.errors
    assert [step.after for step in made.pipeline.steps] == [(), ("a",)]
