"""The codes of findings that refuse a notebook, unless they are ignored."""

from __future__ import annotations

from jupyter_mlops.notebook.finding import Code

ERRORS: tuple[Code, ...] = (
    Code(
        "notebook.undefined_name",
        "error",
        "a step reads a name that no step above it defines",
        "`step:load` `rows = [1, 2]`<br>`step:fit` `print(row)`",
        "define the name above, or take off a `skip`",
        "the step runs; it fails with `NameError` when the name is not there",
    ),
    Code(
        "notebook.deleted_name",
        "error",
        "a step reads a name that a step above it deleted",
        "`step:a` `x = 1`<br>`step:b` `del x`<br>`step:c` `print(x)`",
        "take out the `del`, or define the name again",
        "the step runs without the name",
    ),
    Code(
        "notebook.interleaved",
        "error",
        "a step needs two values of one name, or changes one that was already taken",
        "`step:a` `x = [1]`<br>`step:b` `print(x)`<br>`step:a` `x.append(2)`",
        "split the step in two: a step starts with one value of each name and hands over its last one",
        "the step takes the last of the values, as far as the order of the steps allows it",
    ),
    Code(
        "notebook.cycle",
        "error",
        "steps need each other's results",
        "`step:a` `x = 1`<br>`step:b` `y = x`<br>`step:a` `z = y`",
        "split one of the steps, so that values flow in one direction",
        never="no order of these steps gives each of them what it needs",
    ),
    Code(
        "notebook.unknown_prev",
        "error",
        "a `prev:` names a step that is not there",
        "`step:a` `x = 1`<br>`step:b prev:A` `y = 2`",
        "write the name of a step of this notebook",
        never="there is no such step to wait for; take the tag off instead",
    ),
    Code(
        "notebook.later_prev",
        "error",
        "a `prev:` names a step that stands below",
        "`step:a prev:b` `x = 1`<br>`step:b` `y = 2`",
        "move the cells, or take off the tag",
        never="a step cannot wait for one that stands below it; take the tag off instead",
    ),
    Code(
        "notebook.tag",
        "error",
        "a tag has no sense, or tags disagree",
        "`step:a retry:often` `x = 1`",
        "write the tag as [the table](tags.md) says; a `%%mlops` line that disagrees with a tag is this finding too",
        "a tag without sense is left out; of tags that disagree the first counts",
    ),
    Code(
        "notebook.reference",
        "error",
        "Kale's tag `notebook:NAME` refers to another notebook",
        "`step:a` `x = 1`<br>`notebook:prepare` `# see prepare.ipynb`",
        "copy the cells of the other notebook into this one. A warning where the cell itself has code, which runs",
        "the cell is an ordinary one; the other notebook does not run",
    ),
    Code(
        "notebook.syntax",
        "error",
        "a cell is not valid Python",
        "`step:a` `x = = 1`<br>`step:b` `y = 2`",
        "mend the line, or tag the cell `skip`. In a notebook of one step a warning: the run fails at this cell, as "
        "Run All does",
        "the cell runs as it is; what it reads and makes is not known",
    ),
    Code(
        "notebook.parameter",
        "error",
        "a parameter is declared twice, or its default is not of its type",
        "`parameters` `n: int = 'many'`<br>`step:a` `print(n)`",
        "change the annotation or the default; declare each parameter once",
        "a name whose default does not fit is no parameter; of two declarations the last counts",
    ),
    Code(
        "notebook.reset",
        "error",
        "a step deletes all names, those that hand values over included",
        "`step:a` `x = 1`<br>`step:b` `%reset -f`",
        "take the line out: every step starts with a kernel of its own. In a notebook of one step it runs",
        "the line runs in its step, which then cannot hand anything over",
    ),
    Code(
        "notebook.process_state",
        "error",
        "a step sets something in a module, by a line that does more, and a later step uses it in its own process",
        "`step:a` `import json⏎def make(): return 1⏎json.mine = make()`<br>`step:b` `print(json.mine)`",
        "put the line in a cell tagged `setup`, so that every step runs it. A line that only sets is repeated in the "
        "steps below by itself. A warning where the later step may do without, and where something is set between two "
        "cells of another step",
        "the change holds in its own step only",
    ),
    Code(
        "notebook.random_state",
        "error",
        "two steps draw from a seeded random generator whose state its library does not tell (polars, cupy)",
        "`setup` `import polars as pl⏎pl.set_random_seed(1)⏎df = pl.DataFrame({'a': [1, 2, 3]})`<br>"
        "`step:a` `x = df.sample(1)`<br>`step:b` `y = df.sample(1)`",
        "seed in each of the two steps, or pass `seed=` to what draws. A warning in a notebook that uses pandas, whose "
        "methods have the same names",
        "the numbers begin anew in the later step",
    ),
    Code(
        "notebook.not_storable",
        "error",
        "a later step needs a value that lives in one process only",
        "`step:a` `log = open('log.txt', 'w')`<br>`step:b` `log.write('done')`",
        "make the value in the step that uses it; locks, and connections to a server or to a file, may also be made in "
        "set-up. A generator or file of set-up that two steps use is this finding too: it would begin anew",
        "handing the value over is tried; the step that made it fails when that is impossible",
    ),
    Code(
        "notebook.setup_writes",
        "error",
        "set-up, which runs at the start of every step, undoes or repeats what must happen once: it overwrites a file "
        "or removes it, while a step changes it and a later step uses it; it adds to a file; two steps use its "
        "database in memory",
        "`setup` `f = open('out.csv', 'w').close()`<br>`step:a` `open('out.csv', 'a').write('row')`<br>"
        "`step:b` `print(open('out.csv').read())`",
        "make the cell a step of its own. A warning where it may differ, and where only the files that the run leaves "
        "differ",
        "set-up runs in every step, and what steps above have written is lost",
    ),
    Code(
        "notebook.setup_reads_step",
        "error",
        "a set-up cell reads what a step makes",
        "`step:a` `x = 1`<br>`setup` `y = x + 1`<br>`step:b` `print(y)`",
        "take the tag off the cell, or move what it needs above the first step",
        "the cell runs at the start of every step below it, where the name is missing",
    ),
    Code(
        "notebook.history",
        "error",
        "a step reads the results of cells above by `_`, `In` or `Out`",
        "`step:a` `5 + 1`<br>`step:b` `x = _`",
        "give the result a name: `_`, `In` and `Out` begin anew in every step",
        "the step reads its own history",
    ),
    Code(
        "run.kernel_not_found",
        "error",
        "the kernel that the notebook names is not installed here",
        "a notebook that was written on another machine",
        "choose an installed kernel in the notebook and save it, or install that one",
        never="without its kernel no cell can run",
    ),
    Code(
        "engine.refused",
        "error",
        "a tag asks for what the engine of this machine cannot give",
        "`step:a limit:nvidia.com/gpu:1` `x = 1`",
        "remove the tag, or ask for less",
        never="the engine would have to leave the wish out without a word; remove the tag instead",
    ),
)
