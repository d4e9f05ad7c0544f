"""A newcomer's way: the wheel, a clean environment, no Node, `jupyter lab`, the panel, its example, a first run.

It builds the wheel from what git tracks and installs everything that it needs, which takes two minutes and a network;
so it is part of `make test-long`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.lab import EXAMPLES, Lab, Window, browser, chromium

ROOT = Path(__file__).parents[2]
NODE = ("node", "npm", "npx", "corepack", "yarn", "jlpm")
# A newcomer has none of these.
OURS = ("JUPYTER", "JPY_", "MLFLOW", "IPYTHON", "VIRTUAL_ENV", "PYTHON", "PYTEST")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not os.environ.get("MLOPS_TEST_LONG"), reason="takes minutes: `make test-long`"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="there is no Node here to build the wheel with"),
]


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """None of pytest-jupyter's: Playwright has a loop of its own in this thread."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """None: no server runs in this process."""


def run(*command: str | Path, environment: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command], env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git tracks, built apart from the tree that others work in."""
    tree = tmp_path_factory.mktemp("tree")
    for name in run("git", "-C", ROOT, "ls-files", "-z").split("\0"):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", tree / "dist", tree)
    (built,) = (tree / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def without_node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with everything that this machine has but Node and Python."""
    folder = tmp_path_factory.mktemp("programs")
    for place in ("/usr/local/bin", "/usr/bin", "/bin"):
        for program in sorted(Path(place).glob("*")):
            is_ours = program.name.startswith((*NODE, "python", "pip", "jupyter"))
            if not is_ours and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    assert not any(shutil.which(name, path=str(folder)) for name in NODE)
    return str(folder)


class Newcomer(Lab):
    """A lab as somebody starts it who has just installed the wheel."""

    environment: Path
    path: str

    @property
    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**kept, "PATH": f"{self.environment / 'bin'}{os.pathsep}{self.path}", "HOME": str(self.folder / "user")}

    def environ(self) -> dict[str, str]:
        return self.variables

    def command(self) -> list[str]:
        root = ["--allow-root"] if os.getuid() == 0 else []
        return [
            str(self.environment / "bin" / "jupyter"), "lab", "--no-browser", f"--port={self.port}",
            f"--IdentityProvider.token={self.token}", "--LabApp.expose_app_in_browser=True", *root,
        ]  # fmt: skip


@pytest.fixture(scope="module")
def newcomer(wheel: Path, without_node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "user").mkdir()
    lab = Newcomer(folder)
    lab.environment, lab.path, lab.home = folder / "env", without_node, folder / "user/.local/share/jupyter/mlops"
    venv.create(lab.environment, with_pip=True)
    run(lab.environment / "bin" / "pip", "install", "--quiet", wheel, environment=lab.variables)
    shutil.copy(EXAMPLES / "digits.ipynb", lab.root)
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()
        lab.sweep()


def test_the_wheel_has_what_it_needs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("labextensions/jupyter-mlops/package.json") for name in names)
    assert any(name.endswith("jupyter_server_config.d/jupyter_mlops.json") for name in names)
    for room in ("db/migrations/versions/r0003_models_and_deployments.py", "server/events/run.yaml", "py.typed"):
        assert f"jupyter_mlops/{room}" in names
    assert "jupyter_mlops/deployments/serving/worker/__main__.py" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "src/", "examples/", "node_modules/"))]
    assert wheel.stat().st_size < 3_000_000


def test_the_panel_leads_to_a_first_run_and_nothing_complains(newcomer: Newcomer) -> None:
    if chromium() is None:
        pytest.skip("there is no Chromium here")
    assert newcomer.api("/status")["home"].startswith(str(newcomer.folder / "user"))
    with browser() as found:
        window = Window(newcomer, found.new_page())
        window.open()
        first_steps(newcomer, window)
        assert window.complaints == []


def first_steps(newcomer: Newcomer, window: Window) -> None:
    """Do what the panel says: open it, open the example, see its pipeline run."""
    page = window.page
    page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab[title^='MLOps']").click()
    panel = page.locator("#jupyter-mlops\\:panel")
    panel.get_by_role("button", name="Open an example").click()
    page.wait_for_selector(".jp-NotebookPanel .jp-Notebook .jp-Cell")
    panel.locator("[data-section=pipeline]").get_by_role("button", name="Run…").click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(".jp-MlopsPage:visible", has_text="succeeded ·").wait_for()
    (run,) = newcomer.api("/runs")["runs"]
    panel.locator(f"[data-run='{run['id']}'][data-status=succeeded]").wait_for()


def test_the_example_is_served(newcomer: Newcomer) -> None:
    shutil.copy(EXAMPLES / "churn.ipynb", newcomer.root)
    row = {"plan": "basic", "contract": "monthly", "tenure": 2, "monthly_fee": 80, "calls": 4}
    (newcomer.root / "rows.json").write_text(json.dumps([row]), encoding="utf-8")

    def mlops(*words: str) -> str:
        command = newcomer.environment / "bin" / "jupyter"
        return run(command, "mlops", *words, environment=newcomer.variables, cwd=newcomer.root)

    mlops("promote", "churn.ipynb", "--as", "churn-example")
    mlops("run", "churn-example")
    mlops("models", "promote", "churn-example")
    mlops("deployments", "create", "churn-example", "--model", "churn-example@champion")
    ((stays, leaves),) = json.loads(mlops("deployments", "predict", "churn-example", "rows.json"))
    assert leaves > 0.9
    assert stays + leaves == pytest.approx(1.0)
    mlops("deployments", "delete", "churn-example", "--yes")
