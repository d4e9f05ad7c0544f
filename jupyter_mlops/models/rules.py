"""The rules of gates, each a form of its own: what it takes, and what it says. `RULES` is the table of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jupyter_mlops.models.gates import Evidence, Gate, Verdict
from jupyter_mlops.models.version import JOB, RUN

Number = Annotated[float, Field(allow_inf_nan=False)]
PASS, FAIL, NA = Verdict.PASS, Verdict.FAIL, Verdict.NA


class Rule(BaseModel):
    """One rule with its thresholds; a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    word: ClassVar[str]
    example: ClassVar[str] = ""

    def check(self, seen: Evidence) -> Gate:
        """Say whether a version passes."""
        raise NotImplementedError

    def says(self, status: Verdict, message: str, value: Any = None, threshold: Any = None, **evidence: Any) -> Gate:
        """Return a gate of this rule, with the run that the version came from."""
        return Gate(self.word, status, message, value, threshold, evidence)


class Metric(Rule):
    """A metric of the version is at least, or at most, a number."""

    word = "metric"
    example = "{name: accuracy, at_least: 0.9}"
    name: str
    at_least: Number | None = None
    at_most: Number | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Metric:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say at_least or at_most")
        return self

    def check(self, seen: Evidence) -> Gate:
        """Compare."""
        value = seen.metrics.get(self.name)
        run = seen.version.run_id
        bound = {k: v for k, v in (("at_least", self.at_least), ("at_most", self.at_most)) if v is not None}
        if value is None:
            return self.says(FAIL, f"the run has no metric {self.name}", None, bound, run=run)
        low, high = self.at_least, self.at_most
        fits = not math.isnan(value) and (low is None or value >= low) and (high is None or value <= high)
        text = " and ".join(f"{word.replace('_', ' ')} {number:g}" for word, number in bound.items())
        return self.says(PASS if fits else FAIL, f"{self.name} is {value:g}; it must be {text}", value, bound, run=run)


class NotWorse(Rule):
    """A metric is not worse than the champion's by more than a number."""

    word = "not_worse"
    example = "{metric: accuracy, by: 0.01}"
    metric: str
    by: Annotated[Number, Field(ge=0)] = 0.0
    higher_is_better: bool = True

    def check(self, seen: Evidence) -> Gate:
        """Compare with the champion."""
        if seen.champion is None:
            return self.says(NA, "there is no champion to compare with", threshold=self.by)
        ours, theirs = seen.metrics.get(self.metric), seen.champion_metrics.get(self.metric)
        told = {"champion": seen.champion.number, "champion_value": theirs, "champion_run": seen.champion.run_id}
        if theirs is None:
            return self.says(NA, f"the champion has no metric {self.metric}", ours, self.by, **told)
        if ours is None:
            return self.says(FAIL, f"the run has no metric {self.metric}", None, self.by, **told)
        worse = theirs - ours if self.higher_is_better else ours - theirs
        # What two floating-point numbers lose in their difference is no loss of the model.
        fits = not math.isnan(worse) and worse <= self.by + 1e-12 * max(abs(ours), abs(theirs), 1.0)
        message = f"{self.metric} is {ours:g}, the champion's {theirs:g}; it may be worse by {self.by:g}"
        return self.says(PASS if fits else FAIL, message, ours, self.by, **told)


class HasSignature(Rule):
    """The model was logged with a signature."""

    word = "signature"

    def check(self, seen: Evidence) -> Gate:
        """Look."""
        found = seen.facts.signature
        if found is None or not found.inputs:
            return self.says(FAIL, "the model has no signature; log it with signature= or input_example=")
        return self.says(PASS, f"it takes {len(found.inputs)} input{'s'[: len(found.inputs) > 1]}", len(found.inputs))


class ExamplePredicts(Rule):
    """The model predicts its input example."""

    word = "example_predicts"

    def check(self, seen: Evidence) -> Gate:
        """Let it."""
        tried = seen.trial()
        if not tried.has_example:
            return self.says(FAIL, "the model has no input example; log it with input_example=")
        if tried.error:
            return self.says(FAIL, tried.error)
        return self.says(PASS, "it predicts its input example")


class Format(Rule):
    """Every part of the model is written in one of these formats."""

    word = "format"
    example = "{allow: [skops, onnx, safetensors]}"
    allow: Annotated[list[str], Field(min_length=1)]

    def check(self, seen: Evidence) -> Gate:
        """Look at every file."""
        if not seen.formats:
            return self.says(FAIL, "no file of the model was found", None, self.allow)
        other = [f"{part.file} ({part.name})" for part in seen.formats if part.name not in self.allow]
        names = sorted({part.name for part in seen.formats})
        if other:
            return self.says(FAIL, f"not allowed: {', '.join(other[:5])}", names, self.allow, files=other)
        return self.says(PASS, f"it is written as {', '.join(names)}", names, self.allow)


class NoUnknownTypes(Rule):
    """Everything that loading would make or call is known; what was not scanned is not clean."""

    word = "no_unknown_types"

    def check(self, seen: Evidence) -> Gate:
        """Look at what was found in every file."""
        if not seen.formats:
            return self.says(FAIL, "no file of the model was found: nothing was scanned")
        unknown = {part.file: list(part.unknown) for part in seen.formats if part.unknown}
        unseen = [part.file for part in seen.formats if not part.is_scanned and part.file not in unknown]
        if unknown or unseen:
            first = next(iter(unknown.items()), (unseen[0] if unseen else "", ["it was not scanned"]))
            message = f"{first[0]}: {', '.join(first[1][:5])}"
            return self.says(FAIL, message, len(unknown) + len(unseen), 0, unknown=unknown, not_scanned=unseen)
        scanned = ", ".join(f"{part.file} ({part.name})" for part in seen.formats[:5])
        return self.says(PASS, f"scanned: {scanned}", 0, 0)


class CleanCommit(Rule):
    """The notebook was run from a git commit without changes."""

    word = "clean_commit"

    def check(self, seen: Evidence) -> Gate:
        """Look at what the run wrote down."""
        if seen.version.tags.get(RUN) is None:
            return self.says(FAIL, "the version did not come from a run of ours, so its commit is not known")
        if not seen.commit:
            return self.says(FAIL, "the notebook is in no git repository", run=seen.version.run_id)
        if seen.is_dirty:
            return self.says(FAIL, f"the notebook had changes over commit {seen.commit[:8]}", seen.commit)
        return self.says(PASS, f"run from commit {seen.commit[:8]}", seen.commit, run=seen.version.run_id)


class JobRun(Rule):
    """The version came from the run of a job, not of a notebook."""

    word = "job_run"

    def check(self, seen: Evidence) -> Gate:
        """Look."""
        job = seen.version.tags.get(JOB)
        if not job:
            return self.says(FAIL, "it came from the run of a notebook; promote the notebook and run the job")
        return self.says(PASS, f"it came from a run of {job}", job, run=seen.version.run_id)


class Reproducible(Rule):
    """Another run of the same with the same inputs gave the same metric."""

    word = "reproducible"
    example = "{metric: accuracy, tolerance: 0.001}"
    metric: str
    tolerance: Annotated[Number, Field(ge=0)] = 0.0

    def check(self, seen: Evidence) -> Gate:
        """Compare with the twins."""
        ours = seen.metrics.get(self.metric)
        if ours is None:
            return self.says(FAIL, f"the run has no metric {self.metric}", None, self.tolerance)
        others = {t.run_id: t.metrics[self.metric] for t in seen.twins() if self.metric in t.metrics}
        if not others:
            return self.says(
                FAIL, "no other run had the same notebook and parameters; run it once more", ours, self.tolerance
            )
        far = {run: value for run, value in others.items() if not abs(value - ours) <= self.tolerance}
        gave = f"{min(others.values()):g} to {max(others.values()):g}"
        message = f"{self.metric} is {ours:g}; {len(others)} other runs gave {gave}"
        return self.says(FAIL if far else PASS, message, ours, self.tolerance, runs=others)


class Latency(Rule):
    """Predicting the input example takes at most so many milliseconds, the slowest of twenty but one."""

    word = "latency"
    example = "{at_most_ms: 50}"
    at_most_ms: Annotated[Number, Field(gt=0)]

    def check(self, seen: Evidence) -> Gate:
        """Let it predict."""
        tried = seen.trial()
        if not tried.has_example:
            return self.says(FAIL, "the model has no input example to measure with", None, self.at_most_ms)
        if tried.error or not tried.latencies_ms:
            return self.says(FAIL, tried.error or "nothing was measured", None, self.at_most_ms)
        ordered = sorted(tried.latencies_ms)
        value = round(ordered[max(0, math.ceil(0.95 * len(ordered)) - 1)], 3)
        message = f"p95 of {len(ordered)} predictions of the example is {value:g} ms; at most {self.at_most_ms:g}"
        return self.says(PASS if value <= self.at_most_ms else FAIL, message, value, self.at_most_ms)


class Size(Rule):
    """All files together have at most so many megabytes."""

    word = "size"
    example = "{at_most_mb: 100}"
    at_most_mb: Annotated[Number, Field(gt=0)]

    def check(self, seen: Evidence) -> Gate:
        """Add up."""
        value = round(seen.facts.size / 1e6, 3)
        message = f"it has {value:g} MB; at most {self.at_most_mb:g}"
        return self.says(PASS if value <= self.at_most_mb else FAIL, message, value, self.at_most_mb)


class ApprovedBy(Rule):
    """As many people approved it as the rule says; where a hub tells people apart, another one than its author.

    From a shell anybody can approve under any name. So where a name matters (more than one person, or a hub), only
    approvals count whose author a Jupyter server authenticated.
    """

    word = "approval"
    count: Annotated[int, Field(ge=1)] = 1

    def check(self, seen: Evidence) -> Gate:
        """Count."""
        author = seen.version.author
        needs_names = (self.count > 1 or seen.is_shared) and not seen.accepts_unverified
        people = {a.author for a in seen.approvals if a.is_verified or not needs_names}
        unverified = {a.author for a in seen.approvals} - people
        others = people - {author} if seen.is_shared else people
        told = {"approved_by": sorted(people), "not_verified": sorted(unverified), "author": author}
        if len(others) >= self.count:
            return self.says(PASS, f"approved by {', '.join(sorted(others))}", len(others), self.count, **told)
        own = f"; {author} made it, and cannot approve it" if seen.is_shared and author in people | unverified else ""
        if unverified:
            own += f"; not verified: {', '.join(sorted(unverified))} (approve in a Jupyter server with log-in)"
        message = f"approved by {len(others)} of {self.count}{own}: `models approve`"
        return self.says(FAIL, message, len(others), self.count, **told)


RULES: Mapping[str, type[Rule]] = {
    rule.word: rule
    for rule in (
        Metric, NotWorse, HasSignature, ExamplePredicts, Format, NoUnknownTypes, CleanCommit, JobRun, Reproducible,
        Latency, Size, ApprovedBy,
    )
}  # fmt: skip
