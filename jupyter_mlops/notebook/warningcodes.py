"""The codes of findings that refuse nothing: warnings and hints."""

from __future__ import annotations

from jupyter_mlops.notebook.finding import Code

WARNINGS: tuple[Code, ...] = (
    Code(
        "notebook.import_star",
        "warning",
        "`import *` of a module that is not found here, or whose names only running it would tell",
        "`step:a` `from not_there import *`<br>`step:b` `print(pi)`",
        "import the names that are used; every step below runs the line too, so that they have them",
        "nothing changes",
    ),
    Code(
        "notebook.dynamic_code",
        "warning",
        "`exec`, `eval`, `globals()` or a magic uses names that are not written in the code",
        "`step:a` `code = 'x' + '=1'`<br>`step:b` `exec(code)`",
        "write the names out. What `exec` may have bound comes from its step; what `eval` reads by a name that is put "
        "together at run time must be made in its own step",
        "nothing changes",
    ),
    Code(
        "notebook.definition_changed",
        "warning",
        "a step changes what a class or function keeps between two cells of another step that uses it, or before its "
        "name is defined again",
        "`step:a` `class C: n = 0⏎def more(): C.n += 1`<br>`step:b` `print(C.n)`<br>`step:c` `more()`<br>"
        "`step:b` `print(C.n)`",
        "move the cells of the other step together. An error where the line itself changes it (`C.n = 1`) and a cell "
        "below uses it",
        "nothing changes",
    ),
    Code(
        "notebook.cache",
        "hint",
        "two steps use a function under `functools.lru_cache`, which runs again in the second one",
        "`setup` `import functools⏎@functools.lru_cache⏎def f(x): return x * 2`<br>`step:a` `f(1)`<br>`step:b` `f(1)`",
        "keep its result in a variable, where it must be one object or the function cannot be repeated (it prints, "
        "draws random numbers, reads a file that changes)",
        "nothing changes",
    ),
    Code(
        "notebook.no_code",
        "warning",
        "there is no code to run",
        "`parameters` `n = 1`",
        "write a code cell, or take off the `skip` tags",
        "nothing changes",
    ),
    Code(
        "notebook.unused_parameter",
        "warning",
        "nothing reads a parameter",
        "`parameters` `n = 1`<br>`step:a` `x = 2`",
        "use it, or take it out",
        "nothing changes",
    ),
    Code(
        "notebook.name_clash",
        "warning",
        "two steps differ only in the case or form of their letters",
        "`step:load` `x = 1`<br>`step:Load` `y = 2`",
        "use one name, or two that differ by more than the case",
        "nothing changes",
    ),
    Code(
        "notebook.secret",
        "warning",
        "a text looks like a secret",
        "`step:a` `password = 'c0rrect-H0rse'`",
        "read it from the environment",
        "nothing changes",
    ),
    Code(
        "notebook.absolute_path",
        "warning",
        "a path that only this machine has",
        "`step:a` `rows = open('/home/ada/rows.csv').read()`",
        "use a path relative to the notebook, or a parameter",
        "nothing changes",
    ),
    Code(
        "notebook.execution_order",
        "warning",
        "the outputs in the notebook may not be those of a run",
        "a cell was executed before one that stands above it",
        "restart the kernel and run all cells, to see what a run will give",
        "nothing changes",
    ),
    Code(
        "notebook.no_kernelspec",
        "warning",
        "the notebook names no kernel",
        "a notebook that was never opened in Jupyter",
        "choose a kernel in JupyterLab and save: without one, `python3` is used",
        "nothing changes",
    ),
    Code(
        "notebook.ignore",
        "warning",
        "a comment or tag asks to ignore something that is no code, or cannot be ignored",
        "`step:a` `x = 1  # mlops: ignore[notebook.undefined]`",
        "write one of the codes of this table",
        never="it is about ignoring itself",
    ),
    Code(
        "notebook.unknown_tag",
        "hint",
        "a tag looks like a mistyped one of ours",
        "`Step:a` `x = 1`",
        "write the tag as [the table](tags.md) says; tags of other tools are left alone",
        "nothing changes: the tag stays without effect",
    ),
    Code(
        "notebook.unused_ignore",
        "hint",
        "what asks to ignore a finding matches none",
        "`step:a` `x = 1  # mlops: ignore[notebook.undefined_name]`",
        "take the comment, tag or option out",
        never="it is about ignoring itself",
    ),
    Code(
        "parameter.missing",
        "hint",
        "a parameter has no default",
        "`parameters` `n: int`<br>`step:a` `print(n)`",
        "give each run a value: `-p NAME=VALUE`",
        never="a run needs a value",
    ),
)
