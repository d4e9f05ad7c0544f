"""The states of the process and of libraries that notebooks set, and how the setting code is spelled. Pure tables.

A pattern is the dotted name of what is called or assigned, from the module on: ``()`` stands for a call, ``[]`` for a
subscript, ``*`` for anything, ``%`` begins a magic. `artifacts/states.py` has the other half: how a state is read and
restored in a process. The two tables have the same names, which a test holds.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from jupyter_mlops.notebook.source import MagicCall


@dataclass(frozen=True)
class Group:
    """The settings of one state.

    Attributes
    ----------
    name
        the state's key.
    words
        what it is, in messages.
    patterns
        how the code that sets it is spelled.
    scopes
        context managers that restore it at the end of their block.
    is_carried
        whether a step can hand the state on at run time.
    users
        what a step must mention to see the state, for a state that changes only what is shown; without, every step
        counts.
    """

    name: str
    words: str
    patterns: str
    scopes: str = ""
    is_carried: bool = True
    users: str = ""


GROUPS = (
    Group(
        "os.environ",
        "environment variables",
        "os.environ[] os.environ os.environ.update() os.environ.setdefault() os.environ.pop() os.environ.popitem() "
        "os.environ.clear() os.environ.__setitem__() os.putenv() os.unsetenv() dotenv.load_dotenv() "
        "dotenv.main.load_dotenv() %env %set_env %dotenv",
        "unittest.mock.patch.dict()",
    ),
    Group(
        "sys.path",
        "the folders that modules are imported from",
        "sys.path[] sys.path sys.path.append() sys.path.insert() sys.path.extend() sys.path.remove() sys.path.pop() "
        "sys.path.clear() sys.path.reverse() sys.path.sort() site.addsitedir()",
    ),
    Group("cwd", "the working folder", "os.chdir() os.fchdir() %cd %pushd %popd", "contextlib.chdir()"),
    Group(
        "sys",
        "limits of the interpreter",
        "sys.setrecursionlimit() sys.setswitchinterval() sys.set_int_max_str_digits()",
    ),
    Group(
        "decimal",
        "the context of `decimal`",
        "decimal.setcontext() decimal.getcontext().*",
        "decimal.localcontext()",
    ),
    Group("locale", "the locale", "locale.setlocale()"),
    Group("timezone", "the time zone", "time.tzset()"),
    Group(
        "warnings",
        "the filters of warnings",
        "warnings.filterwarnings() warnings.simplefilter() warnings.resetwarnings() warnings.filters*",
        "warnings.catch_warnings()",
    ),
    Group(
        "logging",
        "levels and handlers of logging",
        "logging.basicConfig() logging.disable() logging.captureWarnings() logging.addLevelName() logging.config.* "
        "logging.getLogger().* logging.root.* logging.setLoggerClass() *.setLevel() *.addHandler() *.removeHandler() "
        "*.addFilter() *.removeFilter() *.logging.set_verbosity*() *.get_logger().* *.handlers.clear() "
        "*.logging.disable_*() *.logging.enable_*() *.set_loglevel()",
    ),
    Group(
        "numpy",
        "error handling and print options of numpy",
        "numpy.seterr() numpy.seterrcall() numpy.setbufsize() numpy.set_printoptions() numpy.set_string_function()",
        "numpy.errstate() numpy.printoptions()",
    ),
    Group(
        "pandas",
        "options of pandas",
        "pandas.set_option() pandas.reset_option() pandas.set_eng_float_format() pandas.options.* "
        "pandas.io.formats.format.set_eng_float_format()",
        "pandas.option_context()",
    ),
    Group(
        "polars",
        "options of polars",
        "polars.Config.* polars.enable_string_cache() polars.disable_string_cache()",
        "polars.Config() polars.StringCache()",
    ),
    Group(
        "matplotlib",
        "parameters and style of matplotlib",
        "matplotlib.rcParams* matplotlib.pyplot.rcParams* matplotlib.rc() matplotlib.pyplot.rc() "
        "matplotlib.rcdefaults() "
        "matplotlib.pyplot.rcdefaults() matplotlib.rc_file*() matplotlib.style.use() matplotlib.style.core.use() "
        "matplotlib.pyplot.style.use() matplotlib.pyplot.set_cmap() matplotlib.pyplot.xkcd() "
        "matplotlib.pyplot.viridis() "
        "matplotlib.pyplot.gray() matplotlib.pyplot.ion() matplotlib.pyplot.ioff() pylab.rcParams* "
        "seaborn.set() seaborn.set_theme() seaborn.set_style() seaborn.set_palette() seaborn.set_context() "
        "seaborn.set_color_codes() seaborn.reset_defaults() seaborn.reset_orig() scienceplots.*",
        "matplotlib.rc_context() matplotlib.pyplot.rc_context() matplotlib.style.context() "
        "matplotlib.pyplot.style.context() matplotlib.pyplot.xkcd() seaborn.axes_style() seaborn.plotting_context() "
        "seaborn.color_palette()",
        users="matplotlib seaborn pylab pandas.plotting *.plot plot() hist() boxplot() bar() scatter() savefig() "
        "show() "
        "plot_*",
    ),
    Group("sklearn", "the configuration of scikit-learn", "sklearn.set_config()", "sklearn.config_context()"),
    Group(
        "torch",
        "defaults of torch",
        "torch.set_default_dtype() torch.set_default_device() torch.set_default_tensor_type() torch.set_num_threads() "
        "torch.set_num_interop_threads() torch.set_printoptions() torch.set_float32_matmul_precision() "
        "torch.use_deterministic_algorithms() torch.set_grad_enabled() torch.set_flush_denormal() "
        "torch.set_deterministic_debug_mode() torch.set_warn_always() torch.backends.* "
        "torch.autograd.set_detect_anomaly() torch.autograd.set_grad_enabled() torch.cuda.set_device()",
        "torch.device() torch.no_grad() torch.enable_grad() torch.set_grad_enabled() torch.backends.*.flags()",
    ),
    Group(
        "keras",
        "defaults of keras",
        "*.backend.set_floatx() *.backend.set_epsilon() *.backend.set_image_data_format() keras.config.* "
        "keras.mixed_precision.* tensorflow.keras.config.* tensorflow.keras.mixed_precision.* "
        "*.mixed_precision.set_global_policy() *.mixed_precision.set_dtype_policy()",
    ),
    Group(
        "mlflow",
        "automatic logging, experiment and server of MLflow",
        "mlflow.autolog() mlflow.*.autolog() mlflow.set_experiment() mlflow.set_tracking_uri() "
        "mlflow.set_registry_uri()",
    ),
    Group("gc", "the garbage collector", "gc.enable() gc.disable() gc.set_threshold() gc.set_debug()"),
    Group("faulthandler", "`faulthandler`", "faulthandler.enable() faulthandler.disable()"),
    Group("signal", "handlers of signals", "signal.signal()"),
    Group("socket", "the time limit of sockets", "socket.setdefaulttimeout()"),
    Group("csv", "the largest field of csv files", "csv.field_size_limit()"),
    Group(
        "tools",
        "the way in which tools show and do things",
        # progress bars, plots, widgets, back ends: the call itself is all there is
        "plotly.offline.init_notebook_mode() plotly.io.templates.* plotly.io.renderers.* cufflinks.go_offline() "
        "cufflinks.set_config_file() bokeh.*.output_notebook() bokeh.output_notebook() altair.*.enable() "
        "altair.*.register() altair.data_transformers.* holoviews.extension() holoviews.opts.defaults() "
        "hvplot.extension() panel.extension() "
        "shap.initjs() sympy.init_printing() sympy.init_session() tqdm.*.pandas() tqdm.tqdm.pandas() "
        "pandarallel.pandarallel.initialize() swifter.* nest_asyncio.apply() IPython.display.set_matplotlib_formats() "
        "matplotlib_inline.* matplotlib.use() matplotlib.pyplot.switch_backend() ipywidgets.Widget.* "
        "pandas.plotting.register_matplotlib_converters() pandas.plotting.deregister_matplotlib_converters() "
        "*.register_dataframe_accessor() dask.config.set() dask.config.refresh() jax.config.update() "
        "jax.config.* xgboost.set_config() spacy.prefer_gpu() spacy.require_gpu() spacy.require_cpu() "
        "nltk.data.path.* csv.register_dialect() mimetypes.add_type() mimetypes.init() "
        "multiprocessing.set_start_method() torch.multiprocessing.set_start_method() "
        "torch.multiprocessing.set_sharing_strategy() asyncio.set_event_loop_policy() codecs.*register*() "
        "matplotlib.*.register() matplotlib.*.register_cmap() seaborn.*register*() pandas.*.register_*() "
        "gym.register() gymnasium.register() gym.*.register() gymnasium.*.register() *.add_constructor() "
        "*.add_representer() sqlite3.register_*() *.register_env() *.addfont() *.collections.abc.*.register() "
        "collections.abc.*.register() numbers.*.register() selectors.*.register() *.register_keras_serializable() "
        "shutil.register_*() copyreg.*() webbrowser.register() "
        "get_ipython().register_*() get_ipython().events.register() get_ipython().define_*() "
        "copyreg.pickle() "
        "threading.stack_size() tensorflow.config.set_*() tensorflow.config.run_functions_eagerly() "
        "tensorflow.config.*.set_*() tensorflow.config.*.enable_*() tensorflow.config.enable_*() "
        "tensorflow.compat.v1.disable_*() tensorflow.compat.v1.enable_*() "
        "tensorflow.compat.v1.logging.* tensorflow.debugging.* tensorflow.autograph.set_verbosity() "
        "tensorflow.data.experimental.enable_debug_mode() cv2.setNumThreads() cv2.setUseOptimized() "
        "numexpr.set_num_threads() absl.logging.* loguru.logger.remove() loguru.logger.add() loguru.logger.level() "
        "tensorflow.keras.utils.get_custom_objects()* keras.utils.get_custom_objects()* "
        "keras.saving.get_custom_objects()* "
        "tensorflow.keras.saving.get_custom_objects()* ssl.* genai.configure() google.generativeai.configure()",
        "dask.config.set() xgboost.config_context()",
        is_carried=False,
    ),
)
BY_NAME = {group.name: group for group in GROUPS}
CARRIED = frozenset(group.name for group in GROUPS if group.is_carried)
#: Installed libraries whose functions `set_…`, `enable_…` and `disable_…` configure and do nothing else.
LIBRARIES = frozenset(
    "numpy pandas polars torch torchvision torchaudio tensorflow keras jax sklearn xgboost lightgbm catboost "
    "transformers "
    "datasets optuna seaborn matplotlib plotly bokeh altair dask ray pyspark spacy nltk gensim geopandas cv2 PIL "
    "pytorch_lightning lightning mlflow statsmodels scipy networkx sympy shap ipywidgets IPython tqdm absl xarray "
    "folium "
    "holoviews hvplot panel numexpr numba cupy cudf openai sys os gc faulthandler logging warnings decimal locale "
    "socket "
    "diffusers accelerate evaluate sentence_transformers huggingface_hub missingno pandas_profiling ydata_profiling "
    "dotenv "
    "skimage imageio joblib sktime darts prophet pymc arviz umap hdbscan fastai timm onnxruntime tables "
    "h5py pyarrow".split()
)


_MAGICS = frozenset(word for group in GROUPS for word in group.patterns.split() if word.startswith("%"))


def _compiled(patterns: str) -> re.Pattern[str]:
    found = "|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in patterns.split())
    return re.compile(found or r"(?!)")


def magic(call: MagicCall) -> str | None:
    """Return how the patterns spell a magic that sets something; None for one that only shows, as `%env NAME` does."""
    words = call.line.split()
    is_setting = call.name != "env" or "=" in call.line or len(words) > 1
    return f"%{call.name}" if is_setting and f"%{call.name}" in _MAGICS else None


_SETTERS = tuple((group.name, _compiled(group.patterns)) for group in GROUPS)
_SCOPES = tuple((group.name, _compiled(group.scopes)) for group in GROUPS if group.scopes)
_USERS = {group.name: _compiled(group.users) for group in GROUPS if group.users}


@functools.lru_cache(maxsize=4096)
def group_of(path: str) -> str | None:
    """Return the name of the state that code spelled like `path` sets, or None.

    >>> group_of("os.environ[]"), group_of("mlflow.sklearn.autolog()"), group_of("json.dumps()")
    ('os.environ', 'mlflow', None)
    """
    return next((name for name, pattern in _SETTERS if pattern.fullmatch(path)), None)


@functools.lru_cache(maxsize=1024)
def restored_by(manager: str) -> frozenset[str]:
    """Return the names of the states that a context manager restores at the end of its block.

    >>> sorted(restored_by("warnings.catch_warnings()"))
    ['warnings']
    """
    return frozenset(name for name, pattern in _SCOPES if pattern.fullmatch(manager))


def is_always_seen(name: str) -> bool:
    """Return whether any step may see the state; other states change only pictures."""
    return name not in _USERS


@functools.lru_cache(maxsize=16384)
def shows(name: str, path: str) -> bool:
    """Return whether code that looks up `path` shows a state that changes only pictures.

    >>> shows("matplotlib", "matplotlib.pyplot.plot"), shows("matplotlib", "plot()"), shows("matplotlib", "json.dumps")
    (True, True, False)
    """
    return _USERS[name].match(path) is not None


def states_markdown() -> str:
    """Return the states as a Markdown table, as it stands in the user guide."""
    lines = ["| state | repeated | carried | set by, for example |", "|---|---|---|---|"]
    for group in GROUPS:
        spelled = sorted(group.patterns.split(), key=lambda word: "*" in word)[:3]
        examples = ", ".join(f"`{word.replace('[]', '[...]').replace('()', '(...)')}`" for word in spelled)
        lines.append(f"| {group.words} | yes | {'yes' if group.is_carried else 'no'} | {examples} |")
    lines.append("| anything else in a module | yes | no | `ssl._create_default_https_context = ...` |")
    return "\n".join(lines) + "\n"
