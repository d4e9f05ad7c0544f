"""Calls that can be made again in another process, with the same result and without a trace. Pure tables."""

from __future__ import annotations

#: Functions and methods whose call can be made again without a trace.
REPEATABLE = frozenset(
    "get_ipython str int float bool list dict tuple set len range min max sorted round abs zip getattr format type "
    "join abspath dirname basename normpath realpath expanduser expandvars splitext relpath fspath getcwd cwd "
    "getenv get "
    "resolve absolute joinpath parent as_posix with_name with_suffix home Path PurePath "
    "format_map lower upper strip lstrip rstrip replace split rsplit title encode decode items keys values copy "
    "index count "
    "startswith endswith partition removeprefix removesuffix "
    "cpu_count gethostname getpid system machine node platform "
    "getLogger get_logger getLevelName StreamHandler NullHandler FileHandler Formatter "
    "cycler color_palette device is_available list_physical_devices list_logical_devices device_count "
    "getcontext Context get_option get_config is_built float32 float64 float16 bfloat16 "
    "get_custom_objects CustomBusinessDay compile_commands SSLContext create_default_context "
    "_create_unverified_context option_context".split()
)


#: Functions that make a value from constants, such as the colours of a map.
PLAIN_MAKERS = frozenset("array linspace arange zeros ones vstack hstack concatenate get_cmap".split())
