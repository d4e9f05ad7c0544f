"""Objects that look at others, special methods, properties, iterators, and floats that are not equal to themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline import forked
from tests.pipeline.forked import Cells

pytestmark = pytest.mark.usefixtures("warm")

EQUAL: dict[str, Cells] = {
    "axes of a figure": [
        ("setup", "import matplotlib.pyplot as plt"),
        ("step:a", "fig = plt.figure()\nax = fig.add_subplot(111)"),
        ("step:b", "ax.plot([1, 2])"),
        ("step:c", "print(len(fig.axes[0].lines))"),
    ],
    "figure of axes of a frame": [
        (
            "step:a",
            "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nax = df.plot(title='t')\nfig = ax.get_figure()",
        ),
        ("step:b", "ax.set_ylabel('Y')\nax.axhline(1)"),
        ("step:c", "print(fig.axes[0].get_ylabel(), len(fig.axes[0].lines))"),
    ],
    "artists of axes": [
        (
            "step:a",
            "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nbars = ax.bar([1, 2], [3, 4])\n"
            "line, = ax.plot([1, 2])",
        ),
        ("step:b", "bars[0].set_height(50)\nline.set_label('L')"),
        ("step:c", "print(ax.patches[0].get_height(), ax.lines[0].get_label())"),
    ],
    "a step of a scikit-learn pipeline": [
        (
            "step:a",
            "import numpy as np\nfrom sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\nsc = StandardScaler()\np = make_pipeline(sc, Ridge())\n"
            "X = np.arange(6.0).reshape(3, 2)\ny = X[:, 0].copy()",
        ),
        ("step:b", "p.fit(X, y)"),
        ("step:c", "print(sc.mean_.tolist())"),
    ],
    "what a trainer of the notebook trains": [
        (
            "step:a",
            "class Model:\n    w = 0\nclass Trainer:\n    def __init__(self, m):\n        self.m = m\n"
            "    def fit(self):\n        self.m.w += 1\nmodel = Model()\ntrainer = Trainer(model)",
        ),
        ("step:b", "trainer.fit()"),
        ("step:c", "print(model.w, trainer.m is model)"),
    ],
    "a part that a method of the notebook gives": [
        (
            "step:a",
            "class Box:\n    def __init__(self):\n        self.r = []\n    def rows(self):\n        return self.r\n"
            "box = Box()\nrows = box.rows()",
        ),
        ("step:b", "rows.append(1)"),
        ("step:c", "print(box.r)"),
    ],
    "an element of a tree": [
        (
            "step:a",
            "import xml.etree.ElementTree as ET\nroot = ET.fromstring('<a><b k=\"1\"/></a>')\nb = root.find('b')",
        ),
        ("step:b", "b.set('k', '2')"),
        ("step:c", "print(ET.tostring(root))"),
    ],
    "items in list": [
        ("step:a", "d = {'a': 1}\nk = [d.items(), d.values()]"),
        ("step:b", "d['b'] = 2"),
        ("step:c", "print([list(x) for x in k])"),
    ],
    "proxy": [
        ("step:a", "import types\nd = {'a': 1}\nk = types.MappingProxyType(d)"),
        ("step:b", "d['b'] = 2"),
        ("step:c", "print(dict(k))"),
    ],
    "groupby": [
        ("step:a", "import pandas as pd\ndf = pd.DataFrame({'k': [1, 1, 2], 'v': [1, 2, 3]})\ng = df.groupby('k')"),
        ("step:b", "df.loc[0, 'v'] = 10"),
        ("step:c", "print(g.v.sum().tolist(), g.obj is df)"),
    ],
    "loc": [
        ("step:a", "import pandas as pd\ndf = pd.DataFrame({'k': [1, 1, 2], 'v': [1, 2, 3]})\nl = df.loc"),
        ("step:b", "l[0, 'v'] = 10"),
        ("step:c", "print(df.v.tolist())"),
    ],
    "frombuffer": [
        ("step:a", "import numpy as np\nb = bytearray(b'abcd')\na = np.frombuffer(b, dtype='u1')"),
        ("step:b", "b[0] = 1"),
        ("step:c", "print(a.tolist())"),
    ],
    "array": [
        ("step:a", "import numpy as np, array\nb = array.array('i', [1, 2])\na = np.asarray(b)"),
        ("step:b", "a[0] = 7"),
        ("step:c", "print(b.tolist())"),
    ],
    "memoryview": [
        ("step:a", "b = bytearray(b'abcd')\nm = memoryview(b)"),
        ("step:b", "m[0] = 1"),
        ("step:c", "print(b)"),
    ],
    "zip": [
        ("step:a", "l = [1, 2, 3]\nit = iter(l)"),
        ("step:b", "a, b = next(zip(it, it))\nprint(a, b)"),
        ("step:c", "print(list(it))"),
    ],
    "setattr math": [
        ("step:a", "import math\nsetattr(math, 'tau', 3)\nx = 1"),
        ("step:b", "import math\nprint(math.tau, x)"),
    ],
    "builtins": [
        ("step:a", "import builtins\nbuiltins.zork = 5\nx = 1"),
        ("step:b", "print(zork, x)"),
    ],
    "out": [
        ("step:a", "import numpy as np\nx = np.zeros(2)\ny = np.ones(2)"),
        ("step:b", "np.add(x, y, x)"),
        ("step:c", "print(x)"),
    ],
    "eq": [
        (
            "step:a",
            "class C:\n    n = 0\n    def __init__(self):\n        self.h = []\n    def __eq__(self, o):\n        self.h.append(1)\n        return True\nc = C()",
        ),
        ("step:b", "c == 1"),
        ("step:c", "print(c.h)"),
    ],
    "len": [
        (
            "step:a",
            "class C:\n    def __init__(self):\n        self.h = []\n    def __len__(self):\n        self.h.append(1)\n        return 1\nc = C()",
        ),
        ("step:b", "len(c)"),
        ("step:c", "print(c.h)"),
    ],
    "cached_property": [
        (
            "step:a",
            "import functools\nclass C:\n    @functools.cached_property\n    def v(self):\n        print('once')\n        return 3\nc = C()",
        ),
        ("step:b", "print(c.v)"),
        ("step:c", "print(c.v)"),
    ],
    "property lazily": [
        (
            "step:a",
            "class C:\n    def __init__(self):\n        self._v = None\n    @property\n    def v(self):\n        if self._v is None:\n            print('once')\n            self._v = 3\n        return self._v\nc = C()",
        ),
        ("step:b", "print(c.v)"),
        ("step:c", "print(c.v)"),
    ],
    "getattr": [
        (
            "step:a",
            "class D(dict):\n    def __getattr__(self, k):\n        return self[k]\nd = D(a=1)\nclass P:\n    def __init__(self, o):\n        self.o = o\n    def __getattr__(self, k):\n        return getattr(self.o, k)\np = P([1])",
        ),
        ("step:b", "print(d.a, p.index(1))"),
        ("step:c", "p.append(2)\nprint(p.o)"),
        ("step:d", "print(p.o)"),
    ],
    "nan": [
        ("step:a", "import math\nn = float('nan')\nl = [n]"),
        ("step:b", "print(n in l, l[0] is n, l == [n])"),
        ("step:c", "m = n\nprint(m is n, m in l)"),
    ],
    "np.nan and math.nan": [
        ("step:a", "import numpy as np, math\nl = [np.nan, math.nan, 1.0]\nd = {np.nan: 1}"),
        ("step:b", "print(np.nan in l, math.nan in l, d[np.nan])\nl.append(2)"),
        ("step:c", "print(np.nan in l, l)"),
    ],
}


@pytest.mark.parametrize("case", EQUAL)
def test_it_is_as_in_run_all(case: str, tmp_path: Path) -> None:
    forked.check(EQUAL[case], tmp_path)
