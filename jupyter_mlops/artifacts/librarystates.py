"""The options of libraries, as states that a step hands on. Each is read by what the library itself offers for it."""

from __future__ import annotations

import inspect
import json
import operator
import sys
import warnings
from typing import Any

from jupyter_mlops.artifacts.states import GONE, Items, State, hidden, plain

# Where the window or the notebook shows pictures is this process's own affair.
_OWN_PARAMETERS = ("backend", "interactive", "webagg", "toolbar", "savefig.directory", "tk.", "timezone", "datapath")


def _numpy(module: Any) -> Items:
    shown = {f"print {name}": plain(value) for name, value in module.get_printoptions().items()}
    return {**{f"err {name}": value for name, value in module.geterr().items()}, **shown}


def _set_numpy(module: Any, items: Items) -> None:
    errors = {item.partition(" ")[2]: value for item, value in items.items() if item.startswith("err ")}
    shown = {item.partition(" ")[2]: value for item, value in items.items() if item.startswith("print ")}
    if errors:
        module.seterr(**errors)
    if shown:
        module.set_printoptions(**shown)


def _pandas(module: Any) -> Items:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(_leaves(module._config.config._global_config, ""))


def _leaves(tree: dict[str, Any], path: str) -> Items:
    found: Items = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found.update(_leaves(value, f"{path}{name}."))
        else:
            found[path + name] = plain(value)
    return found


def _set_pandas(module: Any, items: Items) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in items.items():
            module.set_option(name, value) if value is not GONE else module.reset_option(name)


def _polars(module: Any) -> Items:
    # What it keeps in the environment is handed on with that.
    return {name: plain(value) for name, value in json.loads(module.Config.save())["direct"].items()}


def _set_polars(module: Any, items: Items) -> None:
    saved = json.loads(module.Config.save())
    saved["direct"].update(items)
    module.Config.load(json.dumps(saved))


def _matplotlib(module: Any) -> Items:
    # `dict` takes them as they are: asking for the backend would choose one.
    pairs = dict.items(module.rcParams)
    found = {name: _parameter(value) for name, value in pairs if not name.startswith(_OWN_PARAMETERS)}
    return {name: value for name, value in found.items() if value is not GONE}


def _parameter(value: Any) -> Any:
    return str(value) if type(value).__name__ == "Cycler" else plain(value)


def _set_matplotlib(module: Any, items: Items) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in items.items():
            module.rcParams[name] = value if value is not GONE else module.rcParamsDefault[name]


def _sklearn(module: Any) -> Items:
    return {name: plain(value) for name, value in module.get_config().items()}


# Item -> the functions of torch that tell and set it.
_TORCH = {
    "default_dtype": ("get_default_dtype", "set_default_dtype"),
    "default_device": ("get_default_device", "set_default_device"),
    "num_threads": ("get_num_threads", "set_num_threads"),
    "matmul_precision": ("get_float32_matmul_precision", "set_float32_matmul_precision"),
    "deterministic": ("get_deterministic_debug_mode", "set_deterministic_debug_mode"),
    "grad": ("is_grad_enabled", "_C._set_grad_enabled"),
    "anomaly": ("is_anomaly_enabled", "autograd.set_detect_anomaly"),
}
_BACKENDS = ("cudnn.benchmark", "cudnn.deterministic", "cudnn.enabled", "cudnn.allow_tf32", "cuda.matmul.allow_tf32")


def _torch(module: Any) -> Items:
    found = {name: _read(module, get, is_called=True) for name, (get, _) in _TORCH.items()}
    found.update({name: _read(module.backends, name, is_called=False) for name in _BACKENDS})
    return {**found, **{f"print {name}": value for name, value in vars(module._tensor_str.PRINT_OPTS).items()}}


def _read(owner: Any, path: str, *, is_called: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = operator.attrgetter(path)(owner)
            found = found() if is_called else found
    except (AttributeError, RuntimeError):
        # not in this version, or not in this build
        return None
    # a dtype or a device is written as its name
    return found if found is None or isinstance(found, bool | int | str) else str(found).removeprefix("torch.")


def _set_torch(module: Any, items: Items) -> None:
    shown = {item.partition(" ")[2]: value for item, value in items.items() if item.startswith("print ")}
    if shown:
        module.set_printoptions(**shown)
    for item, value in items.items():
        if item in _TORCH:
            operator.attrgetter(_TORCH[item][1])(module)(getattr(module, value) if item == "default_dtype" else value)
        elif item in _BACKENDS:
            owner, _, name = item.rpartition(".")
            setattr(operator.attrgetter(owner)(module.backends), name, value)


def _keras(module: Any) -> Items:
    config = module.config
    counters = sys.modules["keras.src.backend.common.global_state"].get_global_attribute("object_name_uids") or {}
    return {
        # "dense_1" is the second layer of its kind in a process
        **{f"name {prefix}": count for prefix, count in counters.items()},
        "floatx": config.floatx(),
        "epsilon": config.epsilon(),
        "image_data_format": config.image_data_format(),
        "dtype_policy": plain(getattr(config.dtype_policy(), "name", None)),
    }


def _set_keras(module: Any, items: Items) -> None:
    for item, value in items.items():
        if item.startswith("name "):
            module.backend.get_uid(item.partition(" ")[2])
            counters = sys.modules["keras.src.backend.common.global_state"].get_global_attribute("object_name_uids")
            counters[item.partition(" ")[2]] = 0 if value is GONE else value
        else:
            getattr(module.config, f"set_{item}")(value)


def _mlflow(module: Any) -> Items:
    fluent = sys.modules["mlflow.tracking.fluent"]
    found: Items = {
        "tracking_uri": plain(module.get_tracking_uri()),
        "registry_uri": plain(module.get_registry_uri()),
        "experiment": plain(fluent._active_experiment_id),
    }
    for flavor, settings in module.utils.autologging_utils.AUTOLOGGING_INTEGRATIONS.items():
        # A flavor is known by an empty entry before it was ever switched on.
        if settings:
            found[f"autolog {flavor}"] = {name: plain(value) for name, value in settings.items()}
    return {name: hidden(value) for name, value in found.items()}


def _set_mlflow(module: Any, items: Items) -> None:
    for name in ("tracking_uri", "registry_uri"):
        if name in items:
            getattr(module, f"set_{name}")(items[name])
    if items.get("experiment") is not None:
        module.set_experiment(experiment_id=items["experiment"])
    # The one that stands for all comes first: a flavor of its own may say otherwise.
    flavors = [item.partition(" ")[2] for item in items if item.startswith("autolog ")]
    for flavor in sorted(flavors, key=lambda name: (name != "mlflow", name)):
        switch = module.autolog if flavor == "mlflow" else getattr(module, flavor).autolog
        named = items[f"autolog {flavor}"]
        known = inspect.signature(switch).parameters
        switch(**({"disable": True} if named is GONE else {n: v for n, v in named.items() if n in known}))


STATES = (
    State("numpy", "error handling and print options of numpy", _numpy, _set_numpy, "numpy", ("print ",)),
    State("pandas", "options of pandas", _pandas, _set_pandas, "pandas", ("display.", "plotting.", "styler.")),
    State("polars", "options of polars", _polars, _set_polars, "polars", ("",)),
    State("matplotlib", "parameters of matplotlib", _matplotlib, _set_matplotlib, "matplotlib", ("",)),
    State(
        "sklearn",
        "the configuration of scikit-learn",
        _sklearn,
        lambda module, items: module.set_config(**items),
        "sklearn",
        ("display", "print_changed_only"),
    ),
    State("torch", "defaults of torch", _torch, _set_torch, "torch", ("print ", "num_threads", "anomaly")),
    State("keras", "defaults of keras", _keras, _set_keras, "keras", ("name ",)),
    State("mlflow", "settings of MLflow", _mlflow, _set_mlflow, "mlflow", ("",), is_awaited=True),
)
