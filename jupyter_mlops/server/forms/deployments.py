"""Forms of deployments: what is wanted, what is served, how it does, trying it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from jupyter_mlops.server.forms.common import Answer, Body, JsonObject, Moment
from jupyter_mlops.server.forms.models import Number, Signature

DeploymentName = Annotated[str, Field(min_length=1, max_length=63)]
# MODEL@ALIAS or MODEL/VERSION.
ModelRef = Annotated[str, Field(min_length=1, max_length=600)]
Percent = Annotated[int, Field(ge=0, le=100)]
DeploymentStatus = Literal["starting", "ready", "degraded", "failed", "stopped"]


class LimitsBody(Body):
    """The most that a request may take: bytes of body, seconds, requests at a time."""

    body_bytes: Annotated[int, Field(ge=1_000, le=1_000_000_000)] = 16_000_000
    time_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 256


class LogBody(Body):
    """The request log: the share of requests in it (0 is none), and columns that are never written."""

    sample: Annotated[float, Field(ge=0, le=1)] = 0.1
    exclude: Annotated[list[Annotated[str, Field(max_length=1024)]], Field(max_length=1000)] = []


class DeployBody(Body):
    """A deployment to make. `python` is the interpreter of another environment, for a model that ours does not fit.

    `workers` are processes per version; `port` 0 is a free one. The model may read what is `readable` beside its own
    files, and open connections only with `network`.
    """

    name: DeploymentName
    model: ModelRef
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    python: Annotated[str, Field(max_length=4096)] | None = None
    readable: Annotated[list[Annotated[str, Field(max_length=4096)]], Field(max_length=100)] = []
    network: bool = False
    limits: LimitsBody = LimitsBody()
    log: LogBody = LogBody()


class UpdateBody(Body):
    """What to change. `model`: serve another one from now on. `canary`: give a version `percent` of the requests.

    `shadow`: let a version answer too, compare, return nothing of it; 0 ends it. `percent` 0 ends a canary, 100 makes
    it live.
    """

    model: ModelRef | None = None
    canary: Number | None = None
    percent: Percent | None = None
    shadow: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    log: LogBody | None = None


class ServedVersion(Answer):
    """A version that is loaded, or was to be. Times in milliseconds, over the last five minutes.

    `state` ``rejected`` says in `message` why it is not served; `agreement` is the share of a shadow's answers that
    were the same.
    """

    version: int
    role: Literal["live", "canary", "shadow", "previous", "none"]
    percent: int
    state: Literal["starting", "ready", "failed", "rejected", "gone"]
    message: str
    pids: list[int]
    restarts: int
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    agreement: float | None
    sandbox: str
    since: Moment | None


class Load(Answer):
    """What a deployment answers at this moment, all versions together, those in the shadow left out.

    `per_s` over the last half minute, the others over the last five minutes.
    """

    per_s: float
    requests: int
    errors: int
    p95_ms: float | None


class Rejected(Answer):
    """A version that is not served, and why. `reason` is ``check``, ``errors``, ``crash`` or ``environment``."""

    version: int
    reason: str
    message: str


class Deployment(Answer):
    """A deployment in a list; `load` is None while it does not answer.

    `rejected` is the newest version that was given up and could still be wanted: newer than the live one.
    """

    name: str
    model: str
    alias: str | None
    status: DeploymentStatus
    message: str
    hint: str
    live: int | None
    canary: int | None
    percent: int
    shadow: int | None
    url: str
    created_at: Moment
    author: str | None
    load: Load | None
    rejected: Rejected | None


class Deployments(Answer):
    """All deployments, by name."""

    deployments: list[Deployment]


class DeploymentEvent(Answer):
    """Something that happened to a deployment."""

    seq: int
    kind: str
    at: Moment
    message: str
    data: JsonObject


class Snippets(Answer):
    """How others ask it; ``$TOKEN`` stands for the token."""

    curl: str
    python: str


class DeploymentDetail(Deployment):
    """A deployment with its versions; `example` is a ready body for ``/invocations``.

    `proxy` is the path below the Jupyter server's base URL where it answers those who are signed in there.
    """

    versions: list[ServedVersion]
    previous: int | None
    events: list[DeploymentEvent]
    signature: Signature | None
    example: Any = None
    snippets: Snippets
    proxy: str
    limits: LimitsBody
    log: LogBody


class Deployed(Answer):
    """A deployment that was made; `token` is shown this once and kept nowhere."""

    deployment: DeploymentDetail
    token: str


class Token(Answer):
    """A new token; those before it no longer open. It is shown this once and kept nowhere."""

    token: str


class StatsQuery(Body):
    """How far back to look, in seconds."""

    last_s: Annotated[int, Field(ge=10, le=86_400)] = 900


class Bucket(Answer):
    """What one version answered within `width_s` seconds from `at` on. Times in milliseconds."""

    at: Moment
    version: int
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class Stats(Answer):
    """Requests, errors and latency by version; a bucket that `now` lies in is not full yet."""

    now: Moment
    width_s: float
    buckets: list[Bucket]


class ServingLogQuery(Body):
    """The version whose output is asked for; None is the deployment's own log. The last `lines` of it."""

    version: Number | None = None
    lines: Annotated[int, Field(ge=1, le=10_000)] = 500


class DeploymentLog(Answer):
    """The end of a log."""

    text: str
    is_cut: bool
