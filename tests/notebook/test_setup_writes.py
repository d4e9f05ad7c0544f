"""Set-up that writes runs again in every step: what it undoes and repeats is told, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.app.inspection import inspect
from jupyter_mlops.notebook.fixes import apply
from tests.notebook.build import compiled, content, document
from tests.pipeline.forked import Told, run_all, run_pipeline

Cells = list[tuple[str, str]]

CERTAIN: list[tuple[str, Cells]] = [
    (
        "a header that set-up writes",
        [
            ("", "with open('out.csv','w') as f:\n    f.write('head\\n')"),
            ("step:a", "with open('out.csv','a') as f: f.write('row')"),
            ("step:b", "print(open('out.csv').read())"),
        ],
    ),
    (
        "a folder that is emptied",
        [
            ("", "import shutil, os\nshutil.rmtree('outdir', ignore_errors=True)\nos.makedirs('outdir')"),
            ("step:a", "for i in range(2):\n    open(f'outdir/{i}.txt','w').write('x')"),
            ("step:b", "import os\nprint(os.listdir('outdir'))"),
        ],
    ),
    (
        "a file that is removed when it is there",
        [
            ("", "import os\nif os.path.exists('a.txt'):\n    os.remove('a.txt')"),
            ("step:a", "open('a.txt','w').write('x')"),
            ("step:b", "print(open('a.txt').read())"),
        ],
    ),
    (
        "a path with a name",
        [
            ("", "from pathlib import Path\np = Path('a.txt')\np.unlink(missing_ok=True)"),
            ("step:a", "p.write_text('x')"),
            ("step:b", "print(p.read_text())"),
        ],
    ),
    (
        "a table of pandas",
        [
            ("", "import pandas as pd\npd.DataFrame({'a':[1]}).to_csv('d.csv')"),
            ("step:a", "pd.DataFrame({'a':[2]}).to_csv('d.csv')"),
            ("step:b", "print(pd.read_csv('d.csv'))"),
        ],
    ),
    (
        "commands of the shell",
        [
            ("", "!rm -rf out\n!mkdir out"),
            ("step:a", "open('out/x.txt','w').write('x')"),
            ("step:b", "print(open('out/x.txt').read())"),
        ],
    ),
    (
        "a table of a database",
        [
            (
                "",
                "import sqlite3\nconn = sqlite3.connect('x.db')\nconn.execute('drop table if exists t')\nconn.execute('create table t (a int)')\nconn.execute('insert into t values (1)')",
            ),
            ("step:a", "conn.execute('insert into t values (2)')\nconn.commit()"),
            ("step:b", "print(conn.execute('select * from t').fetchall())"),
        ],
    ),
    (
        "rows that come in again",
        [
            (
                "",
                "import sqlite3\nconn = sqlite3.connect('x.db')\nconn.execute('create table if not exists t (a int)')\nconn.execute('insert into t values (1)')\nconn.commit()",
            ),
            ("step:a", "x = 1"),
            ("step:b", "print(conn.execute('select * from t').fetchall())"),
        ],
    ),
    (
        "a database in memory",
        [
            (
                "",
                "import sqlite3\nconn = sqlite3.connect(':memory:')\ncur = conn.cursor()\ncur.execute('create table t (a int)')",
            ),
            ("step:a", "cur.execute('insert into t values (2)')"),
            ("step:b", "print(cur.execute('select * from t').fetchall())"),
        ],
    ),
    (
        "an engine in memory",
        [
            ("", "from sqlalchemy import create_engine\nimport pandas as pd\ne = create_engine('sqlite://')"),
            ("step:a", "pd.DataFrame({'a':[1]}).to_sql('t', e)"),
            ("step:b", "print(pd.read_sql('select * from t', e))"),
        ],
    ),
    (
        "a path in a constant",
        [
            ("", "OUT = 'out/log.txt'\nopen(OUT, 'w').close()"),
            ("step:a", "open(OUT,'a').write('x')"),
            ("step:b", "print(open(OUT).read())"),
        ],
    ),
    (
        "a function that set-up calls",
        [
            ("", "def fresh():\n    open('o.txt', 'w').close()\nfresh()"),
            ("step:a", "open('o.txt','a').write('x')"),
            ("step:b", "print(open('o.txt').read())"),
        ],
    ),
    (
        "a file that set-up adds to",
        [("", "open('o.txt','a').write('x')"), ("step:a", "x = 1"), ("step:b", "print(open('o.txt').read())")],
    ),
    (
        "files of a pattern",
        [
            ("", "import glob, os\nfor f in glob.glob('out/*.txt'):\n    os.remove(f)"),
            ("step:a", "open('out/a.txt','w').write('x')"),
            ("step:b", "print(open('out/a.txt').read())"),
        ],
    ),
]

POSSIBLE: list[tuple[str, Cells]] = [
    (
        "a database that is removed",
        [
            ("", "import os, contextlib\nwith contextlib.suppress(FileNotFoundError):\n    os.remove('c.db')"),
            ("step:a", "import sqlite3\nsqlite3.connect('c.db').execute('create table t (a)')"),
            ("step:b", "import sqlite3\nprint(sqlite3.connect('c.db').execute('select * from t').fetchall())"),
        ],
    ),
    (
        "only what the run leaves is lost",
        [
            ("", "import shutil, os\nshutil.rmtree('out', ignore_errors=True)\nos.makedirs('out')"),
            ("step:a", "open('out/m.txt','w').write('x')"),
            ("step:b", "x = 1"),
        ],
    ),
    ("a folder that is there already", [("", "import os\nos.mkdir('o')"), ("step:a", "x = 1"), ("step:b", "y = 1")]),
]

QUIET: list[tuple[str, Cells]] = [
    (
        "a folder that may be there, by its error",
        [
            ("", "import os\ntry:\n    os.mkdir('d')\nexcept FileExistsError:\n    pass"),
            ("step:a", "open('d/x.txt', 'w').write('x')"),
            ("step:b", "print(open('d/x.txt').read())"),
        ],
    ),
    (
        "a file that is only opened to add to it",
        [("", "log = open('log.txt', 'a')"), ("step:a", "x = 1"), ("step:b", "print(open('log.txt').read())")],
    ),
    (
        "methods of texts and lists",
        [
            ("", "n = 'a.csv'\nm = n.replace('a.csv', 'b.csv')\nfiles = ['a.csv']\nfiles.remove('a.csv')"),
            ("step:a", "open('a.csv', 'w').write('x')\nopen('b.csv', 'w').write('x')"),
            ("step:b", "print(open('a.csv').read(), open('b.csv').read())"),
        ],
    ),
    (
        "logging that adds to a file",
        [
            ("", "import logging\nlogging.basicConfig(filename='x.log')\nlogging.FileHandler('y.log')"),
            ("step:a", "logging.warning('a')"),
            ("step:b", "print(open('x.log').read())"),
        ],
    ),
    (
        "a folder that may be there",
        [
            ("", "import os\nos.makedirs('out', exist_ok=True)"),
            ("step:a", "open('out/x','w').write('x')"),
            ("step:b", "print(open('out/x').read())"),
        ],
    ),
    (
        "a download",
        [
            ("", "import urllib.request\nurllib.request.urlretrieve('http://x/y.csv', 'y.csv')"),
            ("step:a", "print(open('y.csv').read())"),
            ("step:b", "print(open('y.csv').read())"),
        ],
    ),
    (
        "a file that is written once",
        [
            ("", "import os\nif not os.path.exists('c.txt'):\n    open('c.txt','w').write('x')"),
            ("step:a", "open('c.txt','a').write('x')"),
            ("step:b", "print(open('c.txt').read())"),
        ],
    ),
    (
        "a database in memory that steps only read",
        [
            (
                "",
                "import sqlite3\nconn = sqlite3.connect(':memory:')\nconn.execute('create table t (a int)')\nconn.execute('insert into t values (1)')",
            ),
            ("step:a", "print(conn.execute('select * from t').fetchall())"),
            ("step:b", "print(conn.execute('select * from t').fetchall())"),
        ],
    ),
    (
        "steps that begin the file themselves",
        [
            ("", "open('o.txt','w').close()"),
            ("step:a", "open('o.txt','w').write('x')\nprint(open('o.txt').read())"),
            ("step:b", "open('o.txt','w').write('x')\nprint(open('o.txt').read())"),
        ],
    ),
]


def told(cells: Cells) -> list[str]:
    return [found.severity for found in compiled(*cells).findings if found.code == "notebook.setup_writes"]


@pytest.mark.parametrize("row", CERTAIN, ids=[row[0] for row in CERTAIN])
def test_what_certainly_differs_is_an_error(row: tuple[str, Cells]) -> None:
    assert "error" in told(row[1])


@pytest.mark.parametrize("row", POSSIBLE, ids=[row[0] for row in POSSIBLE])
def test_what_may_differ_is_a_warning(row: tuple[str, Cells]) -> None:
    assert set(told(row[1])) == {"warning"}


@pytest.mark.parametrize("row", QUIET, ids=[row[0] for row in QUIET])
def test_what_can_run_again_is_no_finding(row: tuple[str, Cells]) -> None:
    assert told(row[1]) == []


def test_as_a_step_of_its_own_the_cell_gives_what_run_all_gives(tmp_path: Path) -> None:
    cells = CERTAIN[0][1]
    found = inspect(document(*cells))
    fix = next(fix for fixes in found.fixes for fix in fixes if fix.title.endswith("the step prepare"))
    mended = [
        (" ".join(c["metadata"].get("tags", [])), c["source"]) for c in apply(content(*cells), fix.edits)["cells"]
    ]
    ways = [tmp_path / name for name in ("all", "steps")]
    for way in ways:
        way.mkdir()
    assert run_pipeline(compiled(*mended), ways[1]) == run_all(content(*cells), ways[0]) == "head\nrow\n"
    with pytest.raises(Told):
        run_pipeline(compiled(*cells), ways[1])


LOGS: list[Cells] = [
    [(tag, f"log = open('log.txt', {mode!r})"), ("step:a", "log.write('x')"), ("step:b", "log.write('y')")]
    for tag in ("step:first", "setup")
    for mode in ("w", "x", "r+")
]


@pytest.mark.parametrize("cells", LOGS)
def test_no_fix_opens_a_file_anew_in_each_step(cells: Cells) -> None:
    found = inspect(document(*cells))
    assert any(finding.code == "notebook.not_storable" and finding.is_error for finding in found.findings)
    assert all(fix.title.startswith("Ignore ") for fixes in found.fixes for fix in fixes)


@pytest.mark.parametrize("mode", ["w", "x", "r+"])
def test_a_file_that_set_up_opens_anew_for_two_steps_is_refused(mode: str) -> None:
    cells = [
        ("", f"log = open('log.txt', {mode!r})"),
        ("step:a", "print('a', file=log)"),
        ("step:b", "print('b', file=log)"),
    ]
    assert [found.code for found in compiled(*cells).errors] == ["notebook.not_storable"]
