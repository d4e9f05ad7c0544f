"""What is known to change an object in place: tables of methods and functions.

Static reading needs them to see that a step changes what it was handed. What they miss is caught at run time by
comparing fingerprints, so they need not be complete.
"""

from __future__ import annotations

MUTATORS = frozenset(
    # built-in containers, deques, counters
    "append extend insert remove pop clear sort reverse add discard update setdefault popitem difference_update "
    "intersection_update symmetric_difference_update appendleft extendleft popleft rotate move_to_end subtract "
    # numpy, pandas, scipy
    "fill resize put itemset setflags partition byteswap setfield insert set_index_ setdiag sum_duplicates "
    # estimators, torch, keras
    "fit partial_fit fit_transform fit_predict fit_resample set_params load_state_dict add_module register_buffer "
    "zero_grad train_on_batch add_ mul_ zero_ copy_ fill_ requires_grad_ "
    # files, random generators, iterators
    "write writelines writerow writerows send shuffle __setitem__ __delitem__ __setattr__ __iadd__".split()
)
MUTATING_FUNCTIONS = frozenset(
    [
        "setattr",
        "delattr",
        "at",
        "next",
        "heappush",
        "heappop",
        "heapify",
        "heapreplace",
        "heappushpop",
        "insort",
        "insort_left",
        "insort_right",
        "shuffle",
        "fill_diagonal",
        "copyto",
        "put",
        "place",
        "putmask",
        "setitem",
        "delitem",
    ]
)
OUT_PLACES = {
    **dict.fromkeys(
        "add subtract multiply divide true_divide floor_divide power mod remainder maximum minimum fmax fmin matmul "
        "dot logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor arctan2 hypot greater less".split(),
        2,
    ),
    **dict.fromkeys(
        "negative absolute exp exp2 expm1 log log2 log10 log1p sqrt square cbrt reciprocal sin cos tan sinh cosh tanh "
        "arcsin arccos arctan floor ceil rint sign isnan isfinite logical_not invert".split(),
        1,
    ),
    "clip": 3,
}
"""Functions of numpy -> the position of the argument that they write their result to."""
VALUE_METHODS = frozenset(
    {
        *("get", "setdefault", "values", "items", "keys", "pop", "__getitem__", "view", "reshape", "ravel", "squeeze"),
        *("transpose", "swapaxes", "groupby", "rolling", "expanding", "resample", "ewm", "numpy", "to_numpy", "detach"),
    }
)
FILE_WRITERS = frozenset(
    [
        "savefig",
        "save",
        "savez",
        "savez_compressed",
        "savetxt",
        "dump",
        "write_text",
        "write_bytes",
        "makedirs",
        "mkdir",
        "remove",
        "unlink",
        "rename",
        "replace",
        "copy",
        "copyfile",
        "move",
        "rmtree",
        "to_csv",
        "to_parquet",
        "to_json",
        "to_excel",
        "to_pickle",
        "to_feather",
        "to_hdf",
        "to_sql",
        "to_html",
        "to_stata",
        "write_csv",
        "write_parquet",
        "write_ipc",
        "write_json",
        "tofile",
        "imsave",
        "imwrite",
        "touch",
        "to_markdown",
        "to_orc",
        "to_xml",
        "write_image",
        "write_html",
        "save_model",
        "copytree",
        "symlink",
        "save_npz",
        "connect",
        "urlretrieve",
        "extractall",
        "unpack_archive",
    ]
)
FIGURE_MAKERS = frozenset({"subplots", "figure", "gca", "gcf", "axes", "subplot", "add_subplot", "subplot_mosaic"})
TEXT_READERS = frozenset(
    "evaluate sql sqldf execute dmatrix dmatrices from_formula ols wls gls glm gee logit probit poisson mixedlm "
    "quantreg timeit repeat".split()
)
"""Functions whose first argument is a text (SQL, a formula, an expression) that may name the caller's variables."""
CONSUMING_METHODS = frozenset(
    [
        "apply",
        "applymap",
        "map",
        "transform",
        "agg",
        "aggregate",
        "filter",
        "sort",
        "sort_values",
        "sort_index",
        "assign",
        "pipe",
        "groupby",
        "reduce",
        "rename",
        "where",
        "mask",
        "map_elements",
        "map_rows",
    ]
)
UNSTORABLE_CALLS = frozenset(
    {
        "open",
        "io.open",
        "gzip.open",
        "bz2.open",
        "lzma.open",
        "socket.socket",
        "threading.Lock",
        "threading.RLock",
        "threading.Thread",
        "threading.Event",
        "threading.Condition",
        "threading.Semaphore",
        "multiprocessing.Lock",
        "multiprocessing.Pool",
        "multiprocessing.Queue",
        "sqlite3.connect",
        "psycopg2.connect",
        "psycopg.connect",
        "duckdb.connect",
        "tempfile.TemporaryFile",
        "tempfile.NamedTemporaryFile",
        "subprocess.Popen",
        "h5py.File",
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.ProcessPoolExecutor",
    }
)


def is_mutator(method: str) -> bool:
    """Whether a method of this name is known to change the object it is called on."""
    return method in MUTATORS
