"""What docs/admin.md says of the settings is what happens: its blocks are used as they stand, on a real Hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.app.config import MlopsSettings
from tests.hub.hub import ROOT, Hub, User, running_hub, wait_for

PAGE = (ROOT / "docs" / "admin.md").read_text(encoding="utf-8")
NOBODY = "http://127.0.0.1:9"
TELL = (
    "import os\nfor name in ('HOME', 'MAX_PARALLEL'):\n    print(name, os.environ['JUPYTER_MLOPS_' + name])",
    ["step:tell"],
)


def block(file: str, folder: Path, about: str = "") -> str:
    """Return the block of the page about something in a configuration file, with folders and servers as they are here."""
    blocks = [b for b in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if b.startswith(f"# {file}\n")]
    (found,) = [b for b in blocks if about in b]
    return str(found).replace("/data/", f"{folder}/data/").replace("http://mlflow.example.org:5000", NOBODY)


def kernel_variables(user: User) -> dict[str, str]:
    """Return the environment of a kernel that the user's server starts."""
    server = psutil.Process(user.hub.server(user.name)["state"]["pid"])
    assert user.fetch("api/kernels", "POST", {"name": "python3"}).status == 201

    def variables() -> dict[str, str] | None:
        children = [child for child in server.children(recursive=True) if "ipykernel_launcher" in child.cmdline()]
        return children[0].environ() if children else None

    found: dict[str, str] = wait_for("the kernel", variables)
    return found


@pytest.mark.parametrize("name", sorted(MlopsSettings.options()))
def test_every_setting_is_on_the_page(name: str) -> None:
    trait = MlopsSettings.options()[name]
    default = trait.default_value
    plain = str(default) if isinstance(default, bool) else f"{default:g}" if default != "" else "empty"
    shown = trait.metadata.get("shown") or plain
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    assert rows == [f"| `{name}` | {shown} | `{trait.metadata['variable']}` | {trait.help} |"]


def test_one_file_sets_everything_for_everybody(hub: Hub) -> None:
    file = hub.system / "jupyter_mlops_config.py"
    file.write_text(block("/etc/jupyter/jupyter_mlops_config.py", hub.folder), encoding="utf-8")
    try:
        carol, dave = hub.user("carol"), hub.user("dave")
    finally:
        file.unlink()
    for user in (carol, dave):
        home = str(hub.folder / "data" / user.name / "mlops")
        status = user.api("/status")
        assert (status["home"], status["tracking_uri"]) == (home, NOBODY)
        variables = kernel_variables(user)
        assert variables["JUPYTER_MLOPS_HOME"] == home
        assert variables["MLFLOW_TRACKING_URI"] == NOBODY
        assert variables["JUPYTER_MLOPS_MAX_PARALLEL"] == "4"
    run = carol.wait(carol.run(carol.write("tell.ipynb", TELL)))
    assert run["status"] == "succeeded", run
    said = carol.fetch(f"mlops/api/v1/runs/{run['id']}/log?step=tell").body.decode()
    assert said.splitlines() == [f"HOME {hub.folder}/data/carol/mlops", "MAX_PARALLEL 4"]
    assert (hub.folder / "data" / "carol" / "mlops" / "store.db").is_file()
    assert not (hub.folder / "data" / "dave" / "mlops" / "runs" / run["id"]).exists()


def _insist(hub: Hub, name: str) -> Path:
    """Write a user's own configuration, and return the home that it asks for."""
    (hub.home(name) / ".jupyter").mkdir(parents=True)
    wish = hub.home(name) / "my-own"
    text = f"c.MlopsSettings.home = {str(wish)!r}\nc.MlopsSettings.max_parallel = 99\n"
    for file in ("jupyter_server_config.py", "jupyter_mlops_config.py"):
        (hub.home(name) / ".jupyter" / file).write_text(text, encoding="utf-8")
    return wish


def test_a_user_may_choose_where_nothing_is_locked(hub: Hub) -> None:
    wish = _insist(hub, "eve")
    eve = hub.user("eve")
    assert eve.api("/status")["home"] == str(wish)


@pytest.fixture(scope="module")
def locked_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("locked")
    no_user_config = 'c.Spawner.pre_spawn_hook = lambda s: setattr(s, "disable_user_config", s.user.name == "grace")'
    with running_hub(folder, block("jupyterhub_config.py", folder, "max_parallel") + no_user_config) as found:
        yield found


def test_the_arguments_of_the_spawner_win_over_the_users_files(locked_hub: Hub) -> None:
    _insist(locked_hub, "frank")
    frank = locked_hub.user("frank")
    home = str(locked_hub.folder / "data" / "frank" / "mlops")
    assert frank.api("/status")["home"] == home
    variables = kernel_variables(frank)
    assert variables["JUPYTER_MLOPS_HOME"] == home
    assert variables["JUPYTER_MLOPS_MAX_PARALLEL"] == "4"


def test_without_user_configuration_nothing_in_a_home_is_read(locked_hub: Hub) -> None:
    own = _insist(locked_hub, "grace").parent / ".jupyter" / "jupyter_server_config.py"
    own.write_text("c.MlopsSettings.runner_idle_s = 99\n", encoding="utf-8")
    grace = locked_hub.user("grace")
    variables = kernel_variables(grace)
    assert variables["JUPYTER_MLOPS_MAX_PARALLEL"] == "4"
    assert "JUPYTER_MLOPS_RUNNER_IDLE" not in variables
