"""What the extension adds to the start of a lab: files and kB over the wire, and ms of the browser's main thread.

Builds the browser side for production in a folder of its own, serves it with a real JupyterLab and loads that in a
real Chromium. `modules` is the evaluation of our files, `activation` what our plugins' `activate` take, all in all.

    python benchmarks/bench_start.py [LOADS]
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from tests.browser.lab import browser, chromium, running_lab  # noqa: E402
from tests.browser.start import Start, started  # noqa: E402

NEEDED = ("package.json", "webpack.config.cjs", "tsconfig.json", "tsconfig.build.json", "src", "style", "schema")
MAX_MS, MAX_BYTES = 50, 60_000


def build(folder: Path) -> Path:
    """Build for production, leaving what is built in the repository alone; return the built extension."""
    for name in NEEDED:
        found = REPOSITORY / name
        (shutil.copytree if found.is_dir() else shutil.copy)(found, folder / name)
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    (folder / "jupyter_mlops").mkdir()
    done = subprocess.run(["npm", "run", "--silent", "build:prod"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return folder / "jupyter_mlops" / "labextension"


def measure(loads: int, folder: Path) -> list[Start]:
    (folder / "build").mkdir()
    built = build(folder / "build")
    with running_lab(folder / "lab", extension=built) as lab, browser() as chrome:
        return [started(lab, chrome) for _ in range(loads + 1)][1:]


def main(loads: int = 7) -> None:
    if chromium() is None:
        print("there is no Chromium here")
        return
    with tempfile.TemporaryDirectory() as name:
        starts = measure(loads, Path(name))
    files = starts[0].files
    for file, size in sorted(files.items(), key=lambda pair: -pair[1]):
        print(f"{file:40}{size / 1000:8.1f} kB gzip")
    print(f"{'at the start of the lab':40}{sum(files.values()) / 1000:8.1f} kB gzip   (at most {MAX_BYTES / 1000:g})")
    print(f"\n{'':40}{'median ms':>10}{'min':>8}{'max':>8}   {loads} loads")
    for label, times in {
        "modules": [start.modules_ms for start in starts],
        "activation": [start.activation_ms for start in starts],
        **{plugin: [start.plugins[plugin] for start in starts] for plugin in starts[0].plugins},
    }.items():
        limit = f"   (at most {MAX_MS})" if label == "activation" else ""
        print(f"{label:40}{statistics.median(times):10.1f}{min(times):8.1f}{max(times):8.1f}{limit}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
