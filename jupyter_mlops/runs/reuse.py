"""Results of earlier runs used again, for steps tagged ``cache:enabled``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlops.pipeline import graph
from jupyter_mlops.pipeline.spec import Pipeline, Step
from jupyter_mlops.runs import outcome
from jupyter_mlops.runs.claim import Claim
from jupyter_mlops.runs.result import manifests
from jupyter_mlops.runs.run import Run
from jupyter_mlops.runs.store import RunStore


def reuse(store: RunStore, claim: Claim, run: Run, pipeline: Pipeline, step: Step) -> bool:
    """Give a step the result of an earlier run, if there is one for it; return whether there was."""
    key = reuse_key(run, pipeline, step)
    manifest = store.result_for(key) if key is not None else None
    if key is None or manifest is None:
        return False
    left = outcome.read(manifest.parent)
    claim.reuse(run.id, step.name, key, manifest, left.metrics if left is not None else {})
    return True


def reuse_key(run: Run, pipeline: Pipeline, step: Step) -> str | None:
    """Return the key under which the result of a step is found again; None when it may not be reused."""
    if not step.options.cache or run.no_cache:
        return None
    above = graph.ancestors({other.name: other.after for other in pipeline.steps}, step.name)
    return cache_key(step, run.parameters, manifests(run), [s.name for s in pipeline.steps if s.name in above])


def cache_key(
    step: Step,
    parameters: Mapping[str, Any],
    manifests: Mapping[str, Mapping[str, Any]],
    above: Sequence[str] = (),
) -> str | None:
    """Return what decides a step's result: its fingerprint, its parameters' values, its inputs' contents, and what the
    steps `above` changed in their processes.

    None when one of them is not known, so that nothing is reused by mistake.
    """
    if not step.fingerprint or any(name not in parameters for name in step.parameters):
        return None
    inputs: dict[str, str] = {}
    for name, source in step.inputs.items():
        ref = manifests.get(source, {}).get("outputs", {}).get(name)
        if not isinstance(ref, Mapping) or not ref.get("digest"):
            return None
        inputs[name] = f"{ref['digest']}#{ref.get('key')}"
    parts: list[Any] = [step.fingerprint, {name: parameters[name] for name in step.parameters}, inputs]
    states = [found for name in above if (found := manifests.get(name, {}).get("states"))]
    states += [kept for name in above if (kept := _kept(manifests.get(name, {})))]
    parts += [states] if states else []
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _kept(manifest: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the digests of what definitions kept at a step's end, of those that steps below are given."""
    return {name: manifest["definitions"][name][1] for name in manifest.get("kept", {})}
