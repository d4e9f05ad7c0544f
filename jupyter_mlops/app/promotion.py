"""Promotion as a verb: check the notebook and the parameters, find what belongs to it, freeze."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_mlops.app.given import resolve_all, with_defaults
from jupyter_mlops.app.notebooks import sound
from jupyter_mlops.app.origin import origin_of
from jupyter_mlops.base.errors import MlopsError, NotFoundError, UsageError
from jupyter_mlops.base.ids import JobName
from jupyter_mlops.jobs.job import JobVersion
from jupyter_mlops.jobs.promote import Draft, modules_of
from jupyter_mlops.jobs.promote import promote as freeze
from jupyter_mlops.jobs.store import JobStore
from jupyter_mlops.notebook.document import read
from jupyter_mlops.notebook.ignoring import ignorable
from jupyter_mlops.pipeline.concealed import is_secret
from jupyter_mlops.pipeline.spec import Pipeline
from jupyter_mlops.runs.listing import Summary


def promote(
    store: JobStore,
    notebook: Path,
    job: JobName,
    values: Mapping[str, Any],
    texts: Mapping[str, str],
    note: str,
    ignore: Collection[str] = (),
) -> JobVersion:
    """Freeze `notebook` as the next version of `job`; raise before anything is written when something is
    wrong.
    """
    compiled = sound(read(notebook), ignorable(ignore))
    spec = compiled.pipeline
    open_names = {p.name for p in spec.parameters if p.required} - values.keys() - texts.keys()
    asked = replace(spec, parameters=tuple(p for p in spec.parameters if p.name not in open_names))
    resolved = resolve_all(asked, values, texts)
    _refuse_secrets(resolved, compiled.defaults)
    frozen = with_defaults(spec, resolved)
    document = compiled.document
    origin = origin_of(document.path)
    ignored = tuple(finding.to_record() for finding in compiled.ignored)
    draft = Draft(document, frozen, modules_of(document), origin.commit, origin.dirty, note, compiled.ignore, ignored)
    return freeze(store, job, draft)


def _refuse_secrets(values: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if is_secret(name, value) and (name not in own or own[name] != value):
            raise UsageError(
                "job.secret",
                f"the value of `{name}` would be written into the job, and it is named like a secret",
                "leave it out and give it to each run, or let the notebook read it where secrets are kept",
            )


def frozen(version: JobVersion) -> Pipeline | None:
    """Return the pipeline of a version, with the defaults that it froze; None when its folder is damaged."""
    try:
        return Pipeline.from_json(json.loads((version.folder / "pipeline.json").read_bytes()))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, UsageError):
        return None


def source_of(version: JobVersion) -> Path:
    """Return the frozen notebook of a version; raise `NotFoundError` (``job.damaged``) when it is gone."""
    path = version.folder / "source.ipynb"
    if not path.is_file():
        raise NotFoundError(
            "job.damaged",
            f"the notebook of {version.label} is gone",
            "promote the notebook again to make a new version",
        )
    return path


def same_as_before(store: JobStore, made: JobVersion) -> list[str]:
    """Say that a version is what the one before it is: the same steps, code, parameters and modules.

    Outputs, Markdown and the note do not count: no run of the two differs by them.
    """
    earlier = [each for each in store.versions(made.name) if each.number < made.number]
    if not earlier or not _is_same(earlier[-1], made):
        return []
    return [
        f"version {made.number} is the same as version {earlier[-1].number}: "
        "code, parameters and modules did not change"
    ]


def _is_same(old: JobVersion, new: JobVersion) -> bool:
    from jupyter_mlops.app.comparison import compare_versions

    if old.parameters.keys() != new.parameters.keys() or old.modules != new.modules or old.ignore != new.ignore:
        return False
    try:
        modules = all(
            (old.folder / "modules" / m).read_bytes() == (new.folder / "modules" / m).read_bytes() for m in new.modules
        )
    except OSError:
        return False
    found = compare_versions([old, new])
    steps = all(step.change == "same" for step in found.steps)
    # Options and edges are tags, which the code of the steps does not show.
    return modules and found.has_sources and steps and frozen(old) == frozen(new)


def entries(
    store: JobStore, latest: Callable[[str], Summary | None], note: Callable[[str], None]
) -> Iterator[tuple[JobVersion, int, Summary | None]]:
    """Yield the newest version of every job, how many versions it has, and its latest run."""
    for name, count in store.counts().items():
        try:
            yield store.get(name), count, latest(name)
        except NotFoundError:
            continue  # deleted meanwhile
        except MlopsError as error:
            note(str(error))
