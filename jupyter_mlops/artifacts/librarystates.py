"""The options of libraries, as states that a step hands on. Each is read by what the library itself offers for it."""

from __future__ import annotations

import inspect
import json
import warnings
from collections.abc import Callable
from typing import Any

from jupyter_mlops.artifacts.states import GONE, Items, State, plain

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


_TORCH: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "default_dtype": (
        lambda t: str(t.get_default_dtype()).rpartition(".")[2],
        lambda t, v: t.set_default_dtype(getattr(t, v)),
    ),
    "default_device": (lambda t: str(t.get_default_device()), lambda t, v: t.set_default_device(v)),
    "num_threads": (lambda t: t.get_num_threads(), lambda t, v: t.set_num_threads(v)),
    "matmul_precision": (
        lambda t: t.get_float32_matmul_precision(),
        lambda t, v: t.set_float32_matmul_precision(v),
    ),
    "deterministic": (
        lambda t: t.get_deterministic_debug_mode(),
        lambda t, v: t.set_deterministic_debug_mode(v),
    ),
    "grad": (lambda t: t.is_grad_enabled(), lambda t, v: t._C._set_grad_enabled(v)),
    "anomaly": (lambda t: t.is_anomaly_enabled(), lambda t, v: t.autograd.set_detect_anomaly(v)),
    **{
        f"cudnn.{name}": (
            lambda t, name=name: getattr(t.backends.cudnn, name),
            lambda t, v, name=name: setattr(t.backends.cudnn, name, v),
        )
        for name in ("benchmark", "deterministic", "enabled", "allow_tf32")
    },
    "matmul.allow_tf32": (
        lambda t: t.backends.cuda.matmul.allow_tf32,
        lambda t, v: setattr(t.backends.cuda.matmul, "allow_tf32", v),
    ),
}


def _torch(module: Any) -> Items:
    found = {name: plain(_read(get, module)) for name, (get, _) in _TORCH.items()}
    return {**found, **{f"print {name}": value for name, value in vars(module._tensor_str.PRINT_OPTS).items()}}


def _read(get: Callable[[Any], Any], module: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return get(module)
    except (AttributeError, RuntimeError):
        # not in this version, or not in this build
        return None


def _set_torch(module: Any, items: Items) -> None:
    shown = {item.partition(" ")[2]: value for item, value in items.items() if item.startswith("print ")}
    if shown:
        module.set_printoptions(**shown)
    for item, value in items.items():
        if item in _TORCH:
            _TORCH[item][1](module, value)


def _keras(module: Any) -> Items:
    config = module.config
    return {
        "floatx": config.floatx(),
        "epsilon": config.epsilon(),
        "image_data_format": config.image_data_format(),
        "dtype_policy": plain(getattr(config.dtype_policy(), "name", None)),
    }


def _set_keras(module: Any, items: Items) -> None:
    for item, value in items.items():
        getattr(module.config, f"set_{item}")(value)


def _autolog(module: Any) -> Items:
    found: Items = {}
    for flavor, settings in module.utils.autologging_utils.AUTOLOGGING_INTEGRATIONS.items():
        # A flavor is known by an empty entry before it was ever switched on.
        if settings:
            found[flavor] = {name: plain(value) for name, value in settings.items()}
    return found


def _set_autolog(module: Any, items: Items) -> None:
    # The one that stands for all comes first: a flavor of its own may say otherwise.
    for flavor in sorted(items, key=lambda name: (name != "mlflow", name)):
        switch = module.autolog if flavor == "mlflow" else getattr(module, flavor).autolog
        named = {} if items[flavor] is GONE else items[flavor]
        known = inspect.signature(switch).parameters
        switch(**({n: v for n, v in named.items() if n in known} if named else {"disable": True}))


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
    State("keras", "defaults of keras", _keras, _set_keras, "keras"),
    State("mlflow", "automatic logging of MLflow", _autolog, _set_autolog, "mlflow", ("",)),
)
