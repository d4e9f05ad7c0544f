"""The vocabulary of cell tags: one table, from which the parser, the `%%mlops` form and the documentation come.

role
    what a cell is for: part of a step, parameters, set-up, metrics or left out.
option
    what a tag asks of the whole step.
foreign tag
    a tag that is not ours; ignored, never an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from jupyter_mlops.notebook.tagvalues import CHECKS


class Role(StrEnum):
    """What a cell is for."""

    STEP = "step"
    PARAMETERS = "parameters"
    SETUP = "setup"
    METRICS = "metrics"
    SKIP = "skip"


@dataclass(frozen=True)
class Word:
    """A row of the vocabulary: the tag's first word, the form it is written in, and what it means."""

    word: str
    form: str
    meaning: str
    role: Role | None = None
    option: str | None = None
    origin: str = "jupyter-mlops"


VOCABULARY: tuple[Word, ...] = (
    Word("step", "step:NAME", "this cell belongs to step NAME", Role.STEP, origin="Kale"),
    Word("block", "block:NAME", "the old form of `step:NAME`", Role.STEP, origin="Kale"),
    Word(
        "prev",
        "prev:NAME",
        "run after step NAME, beyond what data flow says; repeatable",
        None,
        "prev",
        "Kale",
    ),
    Word(
        "parameters",
        "parameters",
        "names with defaults, overridable per run",
        Role.PARAMETERS,
        origin="papermill",
    ),
    Word(
        "pipeline-parameters",
        "pipeline-parameters",
        "the same as `parameters`",
        Role.PARAMETERS,
        origin="Kale",
    ),
    Word("imports", "imports", "run at the start of every step below it", Role.SETUP, origin="Kale"),
    Word("functions", "functions", "run at the start of every step below it", Role.SETUP, origin="Kale"),
    Word("setup", "setup", "run at the start of every step below it", Role.SETUP),
    Word(
        "pipeline-metrics",
        "pipeline-metrics",
        "`print(name)` or bare names: logged as metrics of the run",
        Role.METRICS,
        origin="Kale",
    ),
    Word("skip", "skip", "left out of the pipeline", Role.SKIP, origin="Kale"),
    Word("skip-execution", "skip-execution", "left out of the pipeline", Role.SKIP, origin="nbclient"),
    Word("retry", "retry:N", "run the step again up to N times when it fails", None, "retry"),
    Word("timeout", "timeout:30m", "stop the step after this time (`90s`, `30m`, `2h`, `1d`)", None, "timeout"),
    Word(
        "cache",
        "cache:enabled",
        "reuse an earlier result of the step while nothing it depends on has changed; `cache:disabled` says never",
        None,
        "cache",
        "Kale",
    ),
    Word(
        "limit",
        "limit:RESOURCE:AMOUNT",
        "`limit:cpu:2`, `limit:memory:4Gi`, `limit:nvidia.com/gpu:1`; an engine that cannot honour it refuses",
        None,
        "limit",
        "Kale",
    ),
    Word("engine", "engine:NAME", "where the step runs; an engine that is not there refuses", None, "engine"),
    Word(
        "image",
        "image:REF",
        "container image, for engines that use one; the others refuse",
        None,
        "image",
        "Kale",
    ),
    Word(
        "secret",
        "secret:NAME:KEY:ENV",
        "a secret in the environment; engines without secrets refuse",
        None,
        "secret",
        "Kale",
    ),
    Word(
        "model",
        "model:NAME",
        "register the model that the step logs as a version of NAME; a step that logs none fails",
        None,
        "model",
    ),
    Word("label", "label:KEY:VALUE", "a label on the step", None, "label", "Kale"),
    Word(
        "raises-exception",
        "raises-exception",
        "an error in this cell is expected",
        None,
        "raises",
        "nbclient",
    ),
    Word(
        "ignore",
        "ignore:CODE",
        "[findings](findings.md) of this cell with this code do not stop a run; repeatable",
        None,
        "ignore",
    ),
)
_BY_WORD = {row.word: row for row in VOCABULARY}


@dataclass(frozen=True)
class CellTags:
    """What the tags of one cell say. `options` are (option, value) pairs as written; `problems` are sentences.

    `ignores` are the codes of findings that the cell asks to ignore.
    """

    role: Role | None = None
    step: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    raises: bool = False
    problems: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()


def parse_tags(tags: object) -> CellTags:
    """Read the value of a cell's ``metadata.tags``.

    Anything malformed becomes a sentence in `problems`; a foreign tag is ignored.

    >>> read = parse_tags(["step:train", "prev:load", "retry:2", "my-own"])
    >>> read.role, read.step, read.options
    (<Role.STEP: 'step'>, 'train', (('prev', 'load'), ('retry', '2')))
    """
    if tags is None:
        return CellTags()
    if not isinstance(tags, list):
        return CellTags(problems=(f"`metadata.tags` is {type(tags).__name__}, not a list of strings",))
    roles: list[tuple[Role, str]] = []
    options: list[tuple[str, str]] = []
    problems: list[str] = []
    ignores: list[str] = []
    raises = False
    for tag in tags:
        if not isinstance(tag, str):
            problems.append(f"a tag is {type(tag).__name__}, not a string")
            continue
        word, colon, value = tag.partition(":")
        row = _BY_WORD.get(word.strip())
        if row is None or (bool(colon) != (":" in row.form)):
            continue
        value = value.strip()
        if colon and not value and row.role is Role.STEP:
            continue  # Kale's extension writes `block:` and `step:` on cells without a step
        if colon and not value:
            problems.append(f"tag `{tag}` has no value; write `{row.form}`")
        elif row.option == "raises":
            raises = True
        elif row.option == "ignore":
            ignores.append(value)
        elif row.option is not None:
            problem = _problem(row, value)
            problems.append(problem) if problem else options.append((row.option, value))
        elif row.role is not None:
            roles.append((row.role, value))
    role, step = _one_role(list(dict.fromkeys(roles)), problems)
    return CellTags(role, step, tuple(dict.fromkeys(options)), raises, tuple(problems), tuple(dict.fromkeys(ignores)))


def _problem(row: Word, value: str) -> str | None:
    check = CHECKS.get(row.option or "")
    try:
        if check is not None:
            check(value)
    except ValueError as error:
        return f"tag `{row.word}:{value}`: {error}"
    return None


def _one_role(roles: list[tuple[Role, str]], problems: list[str]) -> tuple[Role | None, str | None]:
    if any(role is Role.SKIP for role, _ in roles):
        return Role.SKIP, None
    steps = [name for role, name in roles if role is Role.STEP]
    others = list(dict.fromkeys(role for role, _ in roles if role is not Role.STEP))
    if len(steps) > 1:
        problems.append("the cell is tagged for several steps: " + ", ".join(f"`{name}`" for name in steps))
    if others == [Role.METRICS] and steps:
        return Role.METRICS, steps[0]
    if len(others) + bool(steps) > 1:
        named = [f"`{role.value}`" for role in others] + [f"`step:{name}`" for name in steps[:1]]
        problems.append("the cell's tags disagree about what it is: " + " and ".join(named))
    if steps:
        return Role.STEP, steps[0]
    return (others[0], None) if others else (None, None)


def vocabulary_markdown(rows: Sequence[Word] = VOCABULARY) -> str:
    """Return the vocabulary as a Markdown table, as it stands in the user guide."""
    lines = ["| tag | meaning | also known from |", "|---|---|---|"]
    lines += [
        f"| `{row.form}` | {row.meaning} | {'' if row.origin == 'jupyter-mlops' else row.origin} |" for row in rows
    ]
    return "\n".join(lines) + "\n"
