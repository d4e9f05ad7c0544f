"""Model folders that do harm when they are loaded or asked, in the ways that MLflow loads models.

Each harm leaves a file in the folder it works in, named after the process, and tries to leave one at `mark`.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

HARM = (
    "import os\n"
    "open('ran-%d' % os.getpid(), 'w').close()\n"
    "for act in (lambda: open({mark!r}, 'w').close(), lambda: os.system('touch ' + {mark!r})):\n"
    "    try:\n        act()\n    except Exception:\n        pass\n"
)
LOADER = "{harm}\ndef _load_pyfunc(path):\n    return Model()\nclass Model:\n    def predict(self, data, params=None):\n        return [1]\n"


class Harm:
    """Runs code when it is unpickled."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __reduce__(self) -> Any:
        return exec, (self._code,)


def _mlmodel(folder: Path, flavor: str, more: str = "") -> None:
    text = f"flavors:\n  python_function:\n{flavor}\nmodel_uuid: 0123456789abcdef0123456789abcdef\nmlflow_version: 3.0.0\n{more}"
    (folder / "MLmodel").write_text(text)


def sklearn_pickle(folder: Path, code: str) -> None:
    (folder / "model.pkl").write_bytes(pickle.dumps(Harm(code)))
    _mlmodel(
        folder,
        "    loader_module: mlflow.sklearn\n    model_path: model.pkl\n  sklearn:\n    pickled_model: model.pkl\n"
        "    serialization_format: cloudpickle\n    sklearn_version: 1.5.0",
    )


def sklearn_pickle_protocol_0(folder: Path, code: str) -> None:
    sklearn_pickle(folder, code)
    (folder / "model.pkl").write_bytes(pickle.dumps(Harm(code), protocol=0))


def python_model(folder: Path, code: str) -> None:
    (folder / "python_model.pkl").write_bytes(pickle.dumps(Harm(code)))
    _mlmodel(
        folder,
        "    loader_module: mlflow.pyfunc.model\n    python_model: python_model.pkl\n    cloudpickle_version: 3.0.0",
    )


def statsmodels(folder: Path, code: str) -> None:
    (folder / "model.statsmodels").write_bytes(pickle.dumps(Harm(code)))
    _mlmodel(
        folder,
        "    loader_module: mlflow.statsmodels\n    data: model.statsmodels\n  statsmodels:\n    data: model.statsmodels",
    )


def loader_module(folder: Path, code: str) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "its_loader.py").write_text(LOADER.format(harm=code))
    _mlmodel(folder, "    loader_module: its_loader\n    code: code")


def shadowing(folder: Path, code: str) -> None:
    """Modules in its code folder with the names of those that serving imports."""
    loader_module(folder, "")
    for name in (
        "sitecustomize",
        "usercustomize",
        "numpy",
        "sklearn",
        "pandas",
        "json",
        "yaml",
        "jupyter_mlops",
        "mlflow",
    ):
        (folder / "code" / f"{name}.py").write_text(code)
        (folder / f"{name}.py").write_text(code)
    (folder / "code" / "a.pth").write_text(f"import os; exec({code!r})\n")


def from_code(folder: Path, code: str) -> None:
    """A model that is a script."""
    script = (
        f"{code}\nimport mlflow\nfrom mlflow.models import set_model\nclass M(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input, params=None):\n        return [1]\nset_model(M())\n"
    )
    (folder / "its_code.py").write_text(script)
    _mlmodel(
        folder,
        "    loader_module: mlflow.pyfunc.model\n    model_code_path: its_code.py\n    python_model: its_code.py",
    )


def yaml_tag(folder: Path, code: str) -> None:
    """Code in the MLmodel itself."""
    _mlmodel(folder, "    loader_module: mlflow.sklearn", f"metadata: !!python/object/apply:exec [{code!r}]\n")


def example(folder: Path, code: str) -> None:
    """An input example that is a pickle."""
    loader_module(folder, "")
    for name in ("input_example.json", "serving_input_example.json"):
        (folder / name).write_bytes(pickle.dumps(Harm(code)))
    info = "artifact_path: input_example.json\n  type: json_object\n  serving_input_path: serving_input_example.json"
    with (folder / "MLmodel").open("a") as file:
        file.write(f"saved_input_example_info:\n  {info}\n")


def odd_loader(folder: Path, code: str) -> None:
    """A loader that is a module of the standard library."""
    (folder / "code").mkdir()
    (folder / "code" / "antigravity.py").write_text(code)
    _mlmodel(folder, "    loader_module: antigravity\n    code: code")


def by_flavor(folder: Path, name: str, data: bytes) -> None:
    """A file that MLflow's scikit-learn flavor loads, as skops where it is called so and as a pickle otherwise."""
    (folder / name).write_bytes(data)
    kind = "skops" if name.endswith(".skops") else "cloudpickle"
    _mlmodel(
        folder,
        f"    loader_module: mlflow.sklearn\n    model_path: {name}\n  sklearn:\n    pickled_model: {name}\n"
        f"    serialization_format: {kind}\n    sklearn_version: 1.5.0",
    )


EAGER = """
import joblib, numpy, os, pickle, runpy, skops.io, zipfile

def _load_pyfunc(path):
    name = os.path.join(path, NAME)
    for load in (
        lambda: pickle.load(open(name, "rb")),
        lambda: joblib.load(name),
        lambda: numpy.load(name, allow_pickle=True),
        lambda: list(numpy.load(name, allow_pickle=True).values()),
        lambda: skops.io.load(name, trusted=skops.io.get_untrusted_types(file=name)),
        lambda: [pickle.loads(zipfile.ZipFile(name).read(part)) for part in zipfile.ZipFile(name).namelist()],
        lambda: runpy.run_path(name),
    ):
        try:
            load()
        except BaseException:
            pass
    raise ValueError("loaded in every way")
"""


def by_every_loader(folder: Path, name: str, data: bytes) -> None:
    """A file and a loader that tries everything with it."""
    (folder / name).write_bytes(data)
    (folder / "code").mkdir()
    (folder / "code" / "eager_loader.py").write_text(EAGER.replace("NAME", repr(name)))
    _mlmodel(folder, "    loader_module: eager_loader\n    code: code")


KINDS: dict[str, Callable[[Path, str], None]] = {
    kind.__name__: kind
    for kind in (
        sklearn_pickle, sklearn_pickle_protocol_0, python_model, statsmodels, loader_module, shadowing, from_code, yaml_tag,
        example, odd_loader,
    )
}  # fmt: skip

PROBE = '''
import json, os, signal, socket, sys, ctypes

def attempt(act):
    try:
        return ["did", repr(act())[:200]]
    except BaseException as error:
        return ["refused", type(error).__name__]

def write(path):
    with open(path, "w") as file:
        file.write("x")

def connect(path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)

def read(path):
    with open(path, "rb") as file:
        return file.read()

def look(order):
    found = {"environ": dict(os.environ), "first_environ": read("/proc/self/environ").decode(), "cwd": os.getcwd()}
    found["fds"] = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
    found["threads"] = len(os.listdir("/proc/self/task"))
    found["modules"] = sorted(name for name in sys.modules if name.startswith("jupyter_mlops"))
    found["status"] = {line.split(":")[0]: line.split(":")[1].strip() for line in read("/proc/self/status").decode().splitlines()}
    found["writes"] = {path: attempt(lambda: write(path)) for path in order["writes"]}
    found["reads"] = {path: attempt(lambda: read(path)) for path in order["reads"]}
    found["lists"] = {path: attempt(lambda: os.listdir(path)) for path in order["lists"]}
    found["kills"] = {str(pid): attempt(lambda: os.kill(pid, signal.SIGKILL)) for pid in order["kills"]}
    found["environs"] = {str(pid): attempt(lambda: read("/proc/%d/environ" % pid)) for pid in order["kills"]}
    found["memory"] = {str(pid): attempt(lambda: read("/proc/%d/mem" % pid)) for pid in order["kills"]}
    found["connects"] = {path: attempt(lambda: connect(path)) for path in order["connects"]}
    found["links"] = {str(fd): os.readlink("/proc/self/fd/%d" % fd) for fd in found["fds"] if os.path.lexists("/proc/self/fd/%d" % fd)}
    found["ptrace"] = ctypes.CDLL(None).ptrace(16, order["kills"][0], 0, 0)
    found["sub"] = os.system("touch " + order["writes"][0])
    return found

def _load_pyfunc(path):
    return Model()

class Model:
    def predict(self, data, params=None):
        asked = data["prompt"]
        if asked == "die":
            os._exit(9)
        return {"left": leave()} if asked == "leave" else look(asked)

def leave():
    """Leave a process behind that is nobody's child and in nobody's session."""
    end, other = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(other, str(os.getpid()).encode())
            signal.pause()
        os._exit(0)
    return int(os.read(end, 20))
'''


def probe(folder: Path) -> Path:
    """Save a model that tries what it is asked to try (``{"prompt": order}``), and tells."""
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "probe_loader.py").write_text(PROBE)
    _mlmodel(folder, "    loader_module: probe_loader\n    code: code")
    return folder
