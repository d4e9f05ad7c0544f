"""What steps set in their process and in libraries: the pipeline prints what Run All prints."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import pytest

from tests.notebook.build import compiled
from tests.pipeline.forked import Told, check, run_pipeline

Cells = list[tuple[str, str]]

EQUAL: list[tuple[str, Cells]] = [
    (
        "a path in front",
        [("step:a", "import sys\nsys.path.insert(0, 'lib')"), ("step:b", "print(sys.path[0])")],
    ),
    (
        "a path, asked for first",
        [
            (
                "step:a",
                "import os, sys\nhere = os.path.abspath('.')\nif here not in sys.path:\n    sys.path.append(here)",
            ),
            ("step:b", "print(sys.path[-1] == here, sys.path.count(here))"),
        ],
    ),
    (
        "paths in a loop, and a module that is found there",
        [
            (
                "step:a",
                "import os, sys\nos.makedirs('lib1', exist_ok=True)\nopen('lib1/own_thing.py', 'w').write('v = 7')\n"
                "for p in ['lib1', 'lib2']:\n    sys.path.insert(0, p)\nfrom own_thing import v as w",
            ),
            ("step:b", "from own_thing import v\nprint(v, sys.path[:2])"),
        ],
    ),
    (
        "the environment",
        [("step:a", "import os\nos.environ['MY_MODE'] = 'fast'"), ("step:b", "print(os.environ['MY_MODE'])")],
    ),
    (
        "the environment, changed twice and taken out",
        [
            ("setup", "import os\nos.environ['MY_A'] = '0'"),
            ("step:a", "os.environ['MY_A'] += '1'\nos.environ.update(MY_B='b', MY_C='c')"),
            ("step:b", "print(os.environ['MY_A'])\nos.environ['MY_A'] += '2'\ndel os.environ['MY_B']"),
            ("step:c", "print(os.environ['MY_A'], 'MY_B' in os.environ, os.environ['MY_C'])"),
        ],
    ),
    (
        "the environment under a condition, from data",
        [
            ("step:a", "import os\nn = 3\nif n > 2:\n    os.environ['MY_N'] = str(n)"),
            ("step:b", "n = 5\nprint(os.environ.get('MY_N'), n)\nos.environ['MY_N'] = 'b'"),
            ("step:c", "print(os.environ.get('MY_N'), n)"),
        ],
    ),
    (
        "the environment in a function",
        [
            ("functions", "import os\ndef mode(m):\n    os.environ['MY_MODE'] = m"),
            ("step:a", "mode('x')"),
            ("step:b", "print(os.environ.get('MY_MODE'))"),
        ],
    ),
    (
        "set-up below overrules",
        [
            ("setup", "import os"),
            ("step:a", "for m in 'xy':\n    os.environ['MY_MODE'] = m\nprint(os.environ['MY_MODE'])"),
            ("setup", "os.environ['MY_MODE'] = 'z'"),
            ("step:b", "print(os.environ['MY_MODE'])"),
        ],
    ),
    (
        "the working folder",
        [
            ("step:a", "import os\nos.makedirs('d', exist_ok=True)\nos.chdir('d')\nopen('f.txt', 'w').write('x')"),
            ("step:b", "print(os.path.basename(os.getcwd()), open('f.txt').read())"),
        ],
    ),
    (
        "the working folder for a while",
        [
            ("step:a", "import os\nos.makedirs('d', exist_ok=True)\nold = os.getcwd()\nos.chdir('d')\nos.chdir(old)"),
            ("step:b", "print(os.path.exists('d'))"),
        ],
    ),
    (
        "the recursion limit",
        [("step:a", "import sys\nsys.setrecursionlimit(4321)"), ("step:b", "print(sys.getrecursionlimit())")],
    ),
    (
        "decimal",
        [
            ("step:a", "import decimal\ndecimal.getcontext().prec = 5"),
            ("step:b", "from decimal import Decimal\nprint(Decimal(1) / Decimal(3))"),
        ],
    ),
    (
        "decimal in a local context",
        [
            ("step:a", "import decimal\nwith decimal.localcontext() as ctx:\n    decimal.getcontext().prec = 5"),
            ("step:b", "print(decimal.Decimal(1) / 3)"),
        ],
    ),
    (
        "the time zone",
        [
            ("step:a", "import os, time\nos.environ['TZ'] = 'Asia/Tokyo'\ntime.tzset()"),
            ("step:b", "print(time.tzname, time.localtime(0).tm_hour)"),
        ],
    ),
    (
        "filters of warnings",
        [
            ("step:a", "import warnings\nwarnings.simplefilter('error')"),
            ("step:b", "try:\n    warnings.warn('x')\n    print('no')\nexcept UserWarning:\n    print('yes')"),
        ],
    ),
    (
        "filters of warnings in a loop",
        [
            (
                "step:a",
                "import warnings\nfor c in (UserWarning, FutureWarning):\n    warnings.filterwarnings('error', 'x.*', c)",
            ),
            ("step:b", "try:\n    warnings.warn('x')\n    print('no')\nexcept UserWarning:\n    print('yes')"),
        ],
    ),
    (
        "filters of warnings for a while",
        [
            ("step:a", "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('error')"),
            ("step:b", "print([f[0] for f in warnings.filters])"),
        ],
    ),
    (
        "the level of a logger",
        [
            ("step:a", "import logging\nlog = logging.getLogger('shop')\nlog.setLevel(logging.DEBUG)"),
            ("step:b", "print(log.level)"),
        ],
    ),
    (
        "basicConfig and a handler in a condition",
        [
            (
                "step:a",
                "import logging, sys\nlogging.basicConfig(level='INFO')\nif sys.version_info > (3,):\n"
                "    h = logging.StreamHandler(sys.stderr)\n    logging.getLogger('shop').addHandler(h)\n"
                "    h.setFormatter(logging.Formatter('%(name)s'))",
            ),
            (
                "step:b",
                "print(logging.root.level, len(logging.getLogger('shop').handlers), "
                "logging.getLogger('shop').handlers[0].formatter._fmt)",
            ),
        ],
    ),
    (
        "numpy's errors and print options",
        [
            ("step:a", "import numpy as np\nnp.set_printoptions(precision=2)\nold = np.seterr(divide='raise')"),
            (
                "step:b",
                "print(np.array([1 / 3]))\ntry:\n    print(np.array([1.0]) / 0)\nexcept FloatingPointError as e:\n    print(e)",
            ),
        ],
    ),
    (
        "an option of pandas that changes data",
        [
            ("step:a", "import pandas as pd\npd.set_option('future.infer_string', False)"),
            ("step:b", "print(pd.Series(['a']).dtype)"),
        ],
    ),
    (
        "an option of pandas read back",
        [
            ("imports", "import pandas as pd"),
            ("step:a", "pd.set_option('display.max_rows', 7)\npd.options.display.width = 70"),
            ("step:b", "print(pd.get_option('display.max_rows'), pd.options.display.width)"),
        ],
    ),
    (
        "options of pandas in a loop, where the library comes later",
        [
            (
                "step:a",
                "import pandas as pd\nfor k, v in {'mode.copy_on_write': True}.items():\n    pd.set_option(k, v)",
            ),
            ("step:b", "import pandas\nprint(pandas.options.mode.copy_on_write)"),
        ],
    ),
    (
        "parameters of matplotlib",
        [
            ("step:a", "import matplotlib.pyplot as plt\nplt.rcParams['lines.linewidth'] = 7\nplt.style.use('ggplot')"),
            ("step:b", "print(plt.rcParams['lines.linewidth'], plt.rcParams['axes.facecolor'])"),
        ],
    ),
    (
        "parameters of matplotlib in a function",
        [
            (
                "step:a",
                "import matplotlib.pyplot as plt\ndef style(w):\n    plt.rcParams.update({'lines.linewidth': w, 'figure.figsize': (3, 4)})\nstyle(3)",
            ),
            ("step:b", "print(plt.rcParams['lines.linewidth'], plt.rcParams['figure.figsize'])"),
        ],
    ),
    (
        "scikit-learn's configuration",
        [
            ("step:a", "from sklearn import set_config\nset_config(transform_output='pandas', display='text')"),
            ("step:b", "import sklearn\nc = sklearn.get_config()\nprint(c['transform_output'], c['display'])"),
        ],
    ),
    (
        "a class of the library changed",
        [
            (
                "step:a",
                "import json\ndef shout(self):\n    return 'x'\njson.JSONEncoder.shout = shout\njson.mine = [1]",
            ),
            ("step:b", "import json\njson.mine.append(2)\nprint(json.JSONEncoder().shout(), json.mine)"),
            ("step:c", "print(json.mine)"),
        ],
    ),
    (
        "limits of csv and sockets",
        [
            ("step:a", "import csv, socket\ncsv.field_size_limit(99)\nsocket.setdefaulttimeout(3)"),
            ("step:b", "print(csv.field_size_limit(), socket.getdefaulttimeout())"),
        ],
    ),
    (
        "garbage collector and signals",
        [
            ("step:a", "import gc, signal\ngc.disable()\nif True:\n    signal.signal(signal.SIGUSR1, signal.SIG_IGN)"),
            ("step:b", "print(gc.isenabled(), signal.getsignal(signal.SIGUSR1))"),
        ],
    ),
    (
        "a handler of a signal",
        [
            ("step:a", "import signal\ndef stop(*a):\n    print('stop')\nsignal.signal(signal.SIGUSR1, stop)"),
            (
                "step:b",
                "import os\nos.kill(os.getpid(), signal.SIGUSR1)\nprint(signal.getsignal(signal.SIGUSR1) is stop)",
            ),
        ],
    ),
    (
        "what a library call sets, in a step that comes after",
        [
            ("functions", "import os\nchange = vars(os)['environ'].__setitem__"),
            ("step:a", "x = 1\nchange('MY_MODE', 'fast')"),
            ("step:b", "print(x, os.environ.get('MY_MODE'))"),
        ],
    ),
]


FOREST = (
    "import numpy as np\nfrom sklearn.ensemble import RandomForestClassifier as F\n"
    "X = np.arange(40.0).reshape(20, 2)\ny = np.arange(20) % 2\n"
)
KERAS = (
    "import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'\nimport keras, numpy as np\nkeras.utils.set_random_seed(7)"
)

# The name of a library that is not in the `test` extra, or nothing.
RANDOM: list[tuple[str, str, Cells]] = [
    (
        "python and numpy, drawn from in three steps",
        "",
        [
            ("setup", "import random\nimport numpy as np\nrandom.seed(1)\nnp.random.seed(2)"),
            ("step:a", "print(random.random(), np.random.rand())"),
            ("step:b", "x = 1"),
            ("step:c", "print(random.random())"),
            ("step:d", "print(np.random.rand(), random.random())"),
        ],
    ),
    (
        "a generator of numpy",
        "",
        [
            ("setup", "import numpy as np\nrng = np.random.default_rng(0)"),
            ("step:a", "print(rng.normal())"),
            ("step:b", "print(rng.normal())"),
        ],
    ),
    (
        "an old generator of numpy, as an argument",
        "",
        [
            ("setup", FOREST + "rs = np.random.RandomState(0)"),
            ("step:a", "print(F(3, random_state=rs).fit(X, y).predict_proba(X).sum(0))"),
            ("step:b", "print(F(3, random_state=rs).fit(X, y).predict_proba(X).sum(0), rs.rand())"),
        ],
    ),
    (
        "a generator inside an estimator",
        "",
        [
            ("setup", FOREST),
            ("step:a", "rs = np.random.RandomState(0)\nclf = F(3, random_state=rs)"),
            ("step:b", "print(clf.fit(X, y).predict_proba(X).sum(0))"),
            ("step:c", "print(rs.rand())"),
        ],
    ),
    (
        "a generator of Python",
        "",
        [
            ("setup", "import random\nr = random.Random(4)"),
            ("step:a", "print(r.random())"),
            ("step:b", "def pick(g):\n    return g.choice(range(100))\nprint(pick(r))"),
            ("step:c", "print(r.random())"),
        ],
    ),
    (
        "a generator in a function, a class and a list",
        "",
        [
            (
                "setup",
                "import numpy as np\nrng = np.random.default_rng(0)\ndef noise():\n    return rng.normal()\nclass Sim:\n"
                "    def __init__(self):\n        self.own = np.random.default_rng(1)\n    def draw(self):\n"
                "        return self.own.normal()\nsim = Sim()\nmany = [np.random.default_rng(i) for i in range(2)]",
            ),
            ("step:a", "print(noise(), sim.draw(), many[0].normal())"),
            ("step:b", "print(noise(), sim.draw(), many[0].normal(), many[1].normal())"),
        ],
    ),
    (
        "a generator that a step makes",
        "",
        [
            ("step:a", "import numpy as np\nrng = np.random.default_rng(0)"),
            ("step:b", "print(rng.normal())"),
            ("step:c", "print(rng.normal())"),
        ],
    ),
    (
        "estimators without a seed",
        "",
        [
            ("setup", FOREST + "from sklearn.model_selection import train_test_split\nnp.random.seed(0)"),
            ("step:split", "Xa, Xb, ya, yb = train_test_split(X, y)\nprint(Xa[0])"),
            ("step:make", "clf = F(3)"),
            ("step:fit", "clf.fit(Xa, ya)\nprint(clf.predict_proba(Xb).sum(0))"),
            ("step:other", "print(F(2).fit(Xa, ya).predict_proba(Xb).sum(0), np.random.rand())"),
        ],
    ),
    (
        "torch",
        "torch",
        [
            (
                "setup",
                "import torch, random, numpy as np\nfrom torch import nn\ndef seed_all(s):\n    random.seed(s)\n"
                "    np.random.seed(s)\n    torch.manual_seed(s)\n    torch.cuda.manual_seed_all(s)\nseed_all(3)",
            ),
            (
                "step:a",
                "data = torch.arange(8.0).reshape(4, 2)\nmodel = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5))",
            ),
            (
                "step:b",
                "loader = torch.utils.data.DataLoader(data, batch_size=2, shuffle=True)\n"
                "print([round(model(b).sum().item(), 6) for b in loader])",
            ),
            ("step:c", "print(round(model(data).sum().item(), 6))"),
            ("step:d", "print(torch.rand(1), np.random.rand(), random.random())"),
        ],
    ),
    (
        "a generator of torch",
        "torch",
        [
            ("setup", "import torch\ng = torch.Generator().manual_seed(4)"),
            ("step:a", "print(torch.randn(2, generator=g))"),
            ("step:b", "print(torch.randn(2, generator=g))"),
        ],
    ),
    (
        "tensorflow",
        "tensorflow",
        [
            (
                "setup",
                "import tensorflow as tf\ntf.random.set_seed(42)\ng = tf.random.Generator.from_seed(4)\n"
                "tf.random.set_global_generator(tf.random.Generator.from_seed(3))",
            ),
            ("step:a", "print(float(tf.random.normal([1])[0]), float(g.normal([])))"),
            ("step:b", "print(float(tf.random.normal([1])[0]), float(g.normal([])))"),
            ("step:c", "print(float(tf.random.get_global_generator().normal([])))"),
            ("step:d", "print(float(tf.random.get_global_generator().normal([])))"),
        ],
    ),
    (
        "keras",
        "tensorflow",
        [
            ("setup", KERAS),
            (
                "step:a",
                "X = np.random.rand(16, 3)\ny = np.random.rand(16)\nmodel = keras.Sequential([keras.layers.Input((3,)), "
                "keras.layers.Dropout(0.5), keras.layers.Dense(1)])\nmodel.compile('sgd', 'mse')",
            ),
            ("step:b", "print(model.fit(X, y, epochs=1, verbose=0, batch_size=4).history)"),
            (
                "step:c",
                "print(model.fit(X, y, epochs=1, verbose=0, batch_size=4).history, keras.random.normal((1,)).numpy())",
            ),
            (
                "step:d",
                "other = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(4)])\n"
                "print(keras.random.normal((1,)).numpy(), np.random.rand(), other.layers[0].name)",
            ),
        ],
    ),
]

TOLD: list[tuple[str, Cells, tuple[str, ...]]] = [
    (
        "numbers of polars",
        [
            ("setup", "import polars as pl\npl.set_random_seed(3)\ndf = pl.DataFrame({'a': list(range(100))})"),
            ("step:a", "print(df.sample(3)['a'].to_list())"),
            ("step:b", "print(df.sample(3)['a'].to_list())"),
        ],
        ("polars", 'step "b"', 'step "a"'),
    ),
    (
        "what a library sets, in a step that does not come after",
        [
            ("functions", "import os\nchange = vars(os)['environ'].__setitem__"),
            ("step:a", "change('MY_MODE', 'fast')"),
            ("step:b", "print(os.environ.get('MY_MODE'))"),
        ],
        ("MY_MODE", 'step "a"', 'step "b"', "prev:a"),
    ),
]


@pytest.fixture(autouse=True, scope="module")
def libraries(warm: None) -> None:
    """Load what most cases need once: children have it."""
    for name in ("pandas", "sklearn.ensemble", "matplotlib.pyplot", "polars"):
        importlib.import_module(name)


@pytest.mark.parametrize("row", EQUAL, ids=[row[0] for row in EQUAL])
def test_states(row: tuple[str, Cells], tmp_path: Path) -> None:
    check(row[1], tmp_path)


@pytest.mark.parametrize("row", RANDOM, ids=[row[0] for row in RANDOM])
def test_random_numbers(row: tuple[str, str, Cells], tmp_path: Path) -> None:
    if row[1] and importlib.util.find_spec(row[1]) is None:
        pytest.skip(f"{row[1]} is not installed")
    check(row[2], tmp_path)


@pytest.mark.parametrize("row", TOLD, ids=[row[0] for row in TOLD])
def test_told(row: tuple[str, Cells, tuple[str, ...]], tmp_path: Path) -> None:
    with pytest.raises(Told) as told:
        run_pipeline(compiled(*row[1]), tmp_path)
    for words in row[2]:
        assert words in str(told.value)


def test_a_secret_is_written_nowhere(tmp_path: Path) -> None:
    cells = [
        ("step:a", "import os\nfor n in ('MY_API_KEY', 'MY_URL'):\n    os.environ[n] = 'http://ada:hidden-thing@host'"),
        ("step:b", "import os\nprint(os.environ.get('MY_API_KEY'), os.environ.get('MY_URL'))"),
    ]
    assert run_pipeline(compiled(*cells), tmp_path) == "None None\n"
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"hidden-thing" not in file.read_bytes()


def test_a_repeated_setting_lets_steps_run_side_by_side() -> None:
    cells = [
        ("step:a", "import os\nos.environ['K'] = '1'"),
        ("step:b", "x = 1"),
        ("step:c", "import os\ny = os.environ"),
    ]
    assert [step.after for step in compiled(*cells).pipeline.steps] == [(), (), ()]


def test_a_setting_of_pictures_counts_where_pictures_are_drawn() -> None:
    style = "import matplotlib.pyplot as plt\nfor w in (1, 2):\n    plt.rcParams['lines.linewidth'] = w"
    cells = [("step:a", style), ("step:b", "x = 1"), ("step:c", "plt.plot([1])")]
    assert [step.after for step in compiled(*cells).pipeline.steps] == [(), (), ("a",)]
