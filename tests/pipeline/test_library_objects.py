"""Objects of libraries between steps: tables and the arrays that look at them, figures and their axes, fitted models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.build import compiled, content
from tests.pipeline.standin import run_all
from tests.pipeline.test_property import pipeline_value

EQUAL: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "an array that looks at a table which is changed in place",
        [
            ("step:a", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nx = df['a'].to_numpy()\ny = df.values"),
            ("step:b", "df.loc[0, 'a'] = 100"),
            ("step:c", "final = [x.tolist(), y.tolist(), df.a.tolist()]"),
        ],
    ),
    (
        "a table that looks at an array which is changed in place",
        [
            (
                "step:a",
                "import numpy as np, pandas as pd\nx = np.zeros(2)\ns = pd.Series(x, copy=False)\ndf = pd.DataFrame(x.reshape(1, 2), copy=False)",
            ),
            ("step:b", "x[0] = 5"),
            ("step:c", "final = [s.tolist(), df.values.tolist()]"),
        ],
    ),
    (
        "an array of a table that another table looks at, too",
        [
            ("step:a", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\ns = df['a']\nx = s.to_numpy()"),
            ("step:b", "df.loc[0, 'a'] = 100"),
            ("step:c", "final = [x.tolist(), s.tolist(), df.a.tolist()]"),
        ],
    ),
    (
        "an array of a table that gets a column",
        [
            ("step:a", "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nx = df['a'].to_numpy()"),
            ("step:b", "df['b'] = df.a * 2"),
            ("step:c", "final = [x.tolist(), df.b.tolist()]"),
        ],
    ),
    (
        "a fitted model that two steps only read",
        [
            (
                "step:a",
                "import numpy as np\nfrom sklearn.neighbors import KNeighborsClassifier\nX = np.arange(80.0).reshape(40, 2)\nm = KNeighborsClassifier(algorithm='kd_tree').fit(X, X[:, 0] > 9)",
            ),
            ("step:b", "p = m.predict(X).tolist()"),
            ("step:c", "final = [p, m.score(X, X[:, 0] > 9)]"),
        ],
    ),
    (
        "axes of a figure that one call made with it",
        [
            ("setup", "import matplotlib.pyplot as plt"),
            ("step:a", "fig, ax = plt.subplots()"),
            ("step:b", "ax.plot([1, 2])"),
            ("step:c", "final = len(fig.axes[0].lines)"),
        ],
    ),
    (
        "two axes that two steps draw on",
        [
            ("setup", "import matplotlib.pyplot as plt"),
            ("step:a", "fig, (one, two) = plt.subplots(1, 2)"),
            ("step:b", "one.plot([1])"),
            ("step:c", "two.plot([1])"),
            ("step:d", "final = [len(ax.lines) for ax in fig.axes]"),
        ],
    ),
    (
        "an array of axes",
        [
            ("setup", "import matplotlib.pyplot as plt"),
            ("step:a", "fig, axes = plt.subplots(1, 2)"),
            ("step:b", "axes[0].plot([1])"),
            ("step:c", "axes[1].plot([1])"),
            ("step:d", "final = [len(ax.lines) for ax in fig.axes]"),
        ],
    ),
    (
        "a figure that a function draws on",
        [
            ("setup", "import matplotlib.pyplot as plt\ndef draw(f):\n    f.axes[0].plot([1])"),
            ("step:a", "fig, ax = plt.subplots()"),
            ("step:b", "draw(fig)"),
            ("step:c", "final = len(ax.lines)"),
        ],
    ),
    (
        "a name in a text that is given to a query later",
        [
            ("step:a", "import pandas as pd\ncut = 1\ndf = pd.DataFrame({'a': [1, 2]})"),
            ("step:b", "text = 'a > @cut'\nfinal = df.query(text).a.tolist()"),
        ],
    ),
    (
        "names in a text for pandas",
        [
            ("step:a", "import pandas as pd\nu = pd.Series([1])\nw = pd.Series([2])"),
            ("step:b", "final = pd.eval('u + w').tolist()"),
        ],
    ),
    (
        "an array over a file, and a part of it",
        [
            (
                "step:a",
                "import numpy as np, tempfile\npath = tempfile.mkdtemp() + '/d.bin'\nm = np.memmap(path, dtype='f8', mode='w+', offset=8 * 700, shape=(50, 10))\npart = m[3:5]",
            ),
            ("step:b", "part[0, 0] = 5\nm[0, 1] = 7"),
            (
                "step:c prev:b",
                "final = [m[3].tolist(), part.tolist(), np.fromfile(path, dtype='f8').sum(), type(m).__name__]",
            ),
        ],
    ),
]


@pytest.mark.parametrize("row", EQUAL, ids=[row[0] for row in EQUAL])
def test_it_is_as_in_run_all(row: tuple[str, list[tuple[str, str]]], tmp_path: Path) -> None:
    made = compiled(*row[1])
    assert made.errors == ()
    assert pipeline_value(made, tmp_path) == run_all(content(*row[1]))["final"]
