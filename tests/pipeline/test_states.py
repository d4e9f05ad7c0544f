"""What steps set in their process and in libraries: the pipeline prints what Run All prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.build import compiled, content
from tests.pipeline.forked import run_all, run_pipeline

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
            ("step:b", "print(warnings.filters[0][0])"),
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


@pytest.mark.parametrize("row", EQUAL, ids=[row[0] for row in EQUAL])
def test_equal(row: tuple[str, Cells], tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    made = compiled(*row[1])
    assert made.errors == ()
    assert run_pipeline(made, tmp_path / "two").replace("/two", "/one") == run_all(content(*row[1]), tmp_path / "one")
