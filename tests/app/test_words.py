from __future__ import annotations

import pytest

from jupyter_mlops.app.complete import SCRIPTS, candidates
from jupyter_mlops.app.words import SHELLS, build
from jupyter_mlops.base.errors import UsageError

ACCEPTED: dict[str, dict[str, object]] = {
    "check a.ipynb": {"verb": "check", "notebook": "a.ipynb", "json": False},
    "check a.ipynb --json": {"json": True},
    "show a.ipynb": {"verb": "show"},
    "compile a.ipynb -o out": {"output": "out"},
    "run a.ipynb": {"target": "a.ipynb", "parameters": [], "file": None, "from_step": None, "detach": False},
    "run churn@2 -p lr=-1 -p note=a=b": {"target": "churn@2", "parameters": [("lr", "-1"), ("note", "a=b")]},
    "run a.ipynb -p lr=": {"parameters": [("lr", "")]},
    "run a.ipynb -f p.yaml --from-step train --no-cache --detach --json": {
        "file": "p.yaml", "from_step": "train", "no_cache": True, "detach": True, "json": True,
    },
    "run a.ipynb --only fit --only report": {"steps": ["fit", "report"], "from_step": None},
    "runs delete 3f --yes --json": {"noun_verb": "delete", "run": "3f", "yes": True, "json": True},
    "run --detach a.ipynb": {"target": "a.ipynb", "detach": True},
    "promote a.ipynb --as churn -p lr=1 --note why": {"job": "churn", "note": "why", "parameters": [("lr", "1")]},
    "jobs": {"verb": "jobs", "noun_verb": None},
    "jobs list --json": {"noun_verb": "list", "json": True},
    "jobs --json list": {"noun_verb": "list", "json": True},
    "jobs show churn": {"noun_verb": "show", "job": "churn"},
    "jobs delete churn --yes": {"yes": True},
    "runs": {"noun_verb": None},
    "runs -n 3": {"limit": 3, "status": None, "noun_verb": None},
    "runs list": {"limit": 20},
    "runs list -n 5 --status failed": {"limit": 5, "status": "failed"},
    "runs show 3f": {"run": "3f"},
    "runs logs 3f train -f": {"run": "3f", "step": "train", "follow": True},
    "runs cancel 3f": {"noun_verb": "cancel"},
    "runs retry 3f --from-step s --detach": {"from_step": "s", "detach": True},
    "runs open 3f": {"noun_verb": "open"},
    "doctor --json": {"json": True},
    "run-step 3f train": {"verb": "run-step", "run": "3f", "step": "train"},
    "completion zsh": {"shell": "zsh"},
}  # fmt: skip

REFUSED = {
    "chek a.ipynb": ("unknown VERB `chek`", "did you mean `check`?"),
    "run": ("missing: NOTEBOOK|JOB[@VERSION]", "`jupyter mlops run --help`"),
    "run a.ipynb --detatch": ("unknown option `--detatch`", "did you mean `--detach`?"),
    "run a.ipynb --only a --from-step b": ("--from-step: not allowed with argument --only", "--help"),
    "runs delete": ("missing: RUN", "--help"),
    "run a.ipynb -p lr": ("`lr` is not NAME=VALUE", ""),
    "run a.ipynb -p =1": ("`=1` is not NAME=VALUE", ""),
    "runs shwo 3f": ("unknown VERB `shwo`", "did you mean `show`?"),
    "runs retry 3f --from-stp x": ("unknown option `--from-stp`", "did you mean `--from-step`?"),
    "run a.ipynb b.ipynb": ("unknown argument `b.ipynb`", ""),
    "promote a.ipynb": ("missing: --as", ""),
    "promote a.ipynb --as j --schedule daily": (
        "unknown option `--schedule`",
        "not available in this version",
    ),
    "jobs pause j": ("unknown VERB `pause`", "not available in this version"),
    "completion pwsh": ("unknown SHELL `pwsh`", "known: bash, zsh, fish"),
    "run a.ipynb --det": ("unknown option `--det`", ""),
}


@pytest.mark.parametrize("line", ACCEPTED)
def test_accepted(line: str) -> None:
    args = vars(build().parse(line.split()))
    assert {key: args[key] for key in ACCEPTED[line]} == ACCEPTED[line]


@pytest.mark.parametrize("line", REFUSED)
def test_refused_with_what_was_meant(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        build().parse(line.split())
    message, hint = REFUSED[line]
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.code == "cli.usage"


def test_hidden_verbs_are_not_in_the_help() -> None:
    assert "run-step" not in build().format_help().replace("{", "")
    with pytest.raises(UsageError) as caught:
        build().parse(["run-stepp"])
    assert "run-step" not in caught.value.hint


def test_a_magic_may_leave_the_notebook_out() -> None:
    parser = build("%mlops", notebook_known=True)
    assert parser.parse(["run", "-p", "lr=1"]).target is None
    assert parser.parse(["check"]).notebook is None
    assert parser.parse(["logs", "3f", "-f"]).follow
    assert parser.parse(["help"]).verb == "help"
    with pytest.raises(UsageError, match="missing: RUN"):
        parser.parse(["runs", "delete"])


def lookup(kind: str) -> list[str]:
    known = {"RUN": ["3f2c", "aa01"], "STEP": ["load", "train"], "JOB": ["churn"], "MODEL": ["churn", "spam"]}
    return known.get(kind, [])


COMPLETED = {
    "": [
        "check",
        "show",
        "compile",
        "run",
        "promote",
        "jobs",
        "runs",
        "models",
        "deployments",
        "runner",
        "doctor",
        "completion",
    ],
    "ru": ["run", "runs", "runner"],
    "runs ": ["list", "show", "logs", "cancel", "retry", "delete", "open"],
    "runs show ": ["3f2c", "aa01"],
    "runs logs 3": ["3f2c"],
    "run a.ipynb --d": ["--detach"],
    "jobs delete ": ["churn"],
    "runs delete 3": ["3f2c"],
    "runs logs 3f2c t": ["train"],
    "run a.ipynb --only l": ["load"],
    "run a.ipynb --only load --only ": ["load", "train"],
    "runs retry 3f2c --from-step ": ["load", "train"],
    "models pro": ["promote"],
    "models promote s": ["spam"],
    "models register 3": ["3f2c"],
    "completion ": ["bash", "fish", "zsh"],
    "run a.ipynb -f ": [],
    "run -p a=1 --from": ["--from-step"],
    "check ": [],
    "nonsense ": [],
}


@pytest.mark.parametrize("line", COMPLETED)
def test_completion(line: str) -> None:
    assert candidates(build(), line.split(" "), lookup) == COMPLETED[line]


def test_every_shell_has_a_script() -> None:
    assert set(SCRIPTS) == set(SHELLS)
