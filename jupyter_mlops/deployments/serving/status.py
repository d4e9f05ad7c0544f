"""How a front does, in words for the manager and for people: versions, numbers, logs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jupyter_mlops
from jupyter_mlops.deployments.serving.stats import WIDTH_S, Bucket, Stats, percentiles, width_s
from jupyter_mlops.deployments.serving.templates import Templates
from jupyter_mlops.deployments.serving.version import Version
from jupyter_mlops.deployments.serving.versions import Versions

RECENT_S = 300
RATE_S = 30
_LOG_BYTES = 1 << 20


class Status:
    """What is asked about a front.

    Parameters
    ----------
    facts
        Returns what only the front itself knows: ``in_flight``, ``port``, ``refused``, ``log``, ``shadow``.
    """

    def __init__(
        self, folder: Path, versions: Versions, templates: Templates, facts: Callable[[], dict[str, Any]]
    ) -> None:
        self._folder, self._versions, self._templates, self._facts = folder, versions, templates, facts
        self.started = datetime.now(UTC)

    def name(self) -> str:
        """Return the deployment's name."""
        return self._versions.plan.name

    def names(self) -> tuple[str, str]:
        """Return what the Open Inference Protocol may call the model."""
        return self._versions.plan.name, self._versions.plan.model

    def live(self) -> Version | None:
        """Return the version that is live."""
        return self.version(self._versions.roles.live or "")

    def version(self, number: str) -> Version | None:
        """Return a version that is up, or None."""
        return self._versions.up.get(number)

    def numbers(self) -> list[str]:
        """Return the versions that are ready."""
        return sorted((number for number, item in self._versions.up.items() if item.is_ready), key=_by_number)

    def mlflow(self) -> str:
        """Return the release of MLflow that loads the live version."""
        live = self.live()
        return str(self._templates.facts.get(live.plan.python if live else "", {}).get("mlflow", ""))

    def ours(self) -> str:
        """Return our own release."""
        return jupyter_mlops.__version__

    def facts(self) -> dict[str, Any]:
        """Return what only the front itself knows."""
        return self._facts()

    def each(self) -> dict[str, Stats]:
        """Return the counts of the versions that are up."""
        return {number: version.stats for number, version in self._versions.up.items()}

    def health(self) -> dict[str, Any]:
        """Return what a client with a token may know."""
        roles = self._versions.roles
        return {
            "name": self.name(),
            "live": roles.live,
            "canary": {"version": roles.canary.version, "percent": roles.canary.percent} if roles.canary else None,
            "shadow": roles.shadow,
        }

    def status(self) -> dict[str, Any]:
        """Return all there is; what the manager asks for."""
        versions, facts = self._versions, self._facts()
        rejected = {
            number: {"reason": item.reason, "message": item.message, "at": item.at}
            for number, item in versions.rejected.items()
        }
        return {
            "revision": versions.plan.revision,
            "pid": os.getpid(),
            "started_at": self.started.isoformat(timespec="milliseconds"),
            "url": f"http://{versions.plan.host}:{facts['port']}",
            **self.health(),
            "before": versions.roles.before,
            "versions": {number: self._version(version) for number, version in sorted(versions.up.items())},
            "rejected": rejected,
            "load": self._load(),
            "templates": self._templates.pids(),
            "mlflow": self.mlflow(),
            **facts,
        }

    def _load(self) -> dict[str, Any]:
        """Return what is answered at this moment, by whichever version; what a shadow says nobody hears."""
        heard = [stats for number, stats in self.each().items() if number != self._versions.roles.shadow]
        recent = [bucket for stats in heard for bucket in stats.last(RECENT_S)]
        now = time.time()
        first = int(now - RATE_S) // WIDTH_S
        width_s = min(now - first * WIDTH_S, (datetime.now(UTC) - self.started).total_seconds())
        return {
            "per_s": round(sum(each.requests for each in recent if each.slot >= first) / max(width_s, WIDTH_S), 3),
            "requests": sum(each.requests for each in recent),
            "errors": sum(each.errors for each in recent),
            "p95_ms": percentiles((each.steps for each in recent), (0.95,))[0],
        }

    def _version(self, version: Version) -> dict[str, Any]:
        recent = version.stats.last(RECENT_S)
        p50, p95, p99 = percentiles(bucket.steps for bucket in recent)
        shadow = self._facts().get("shadows", {}).get(version.number)
        return {
            "state": version.state,
            "error": version.error,
            "pids": version.pids,
            "restarts": version.restarts,
            "requests": version.stats.requests,
            "errors": version.stats.errors,
            "p50_ms": p50,
            "p95_ms": p95,
            "p99_ms": p99,
            "agreement": shadow["agreement"] if shadow else None,
            "sandbox": version.sandbox,
            "since": datetime.fromtimestamp(version.since, UTC).isoformat(timespec="milliseconds"),
        }

    def stats(self, last_s: float) -> dict[str, Any]:
        """Return the buckets of the last seconds, by version; those of versions that left are among them."""
        width, merged = width_s(last_s), dict[tuple[int, str], Bucket]()
        for number, stats in [*self._versions.gone, *self.each().items()]:
            for bucket in stats.last(last_s):
                merged.setdefault((bucket.slot, number), Bucket(bucket.slot)).add(bucket)
        buckets = []
        for (slot, number), bucket in sorted(merged.items()):
            p50, p95, p99 = percentiles([bucket.steps])
            buckets.append(
                {
                    "at": datetime.fromtimestamp(slot * width, UTC).isoformat(), "version": number,
                    "requests": bucket.requests, "errors": bucket.errors,
                    "p50_ms": p50, "p95_ms": p95, "p99_ms": p99,
                }
            )  # fmt: skip
        return {"width_s": width, "buckets": buckets}

    def logs(self, number: str | None, lines: int) -> dict[str, Any]:
        """Return the end of a version's log, or of the front's own."""
        live = self.version(number) if number else None
        file = live.log if live else self._folder / "logs" / ("front.log" if number is None else "none")
        if number and number.isdigit():
            file = self._folder / "logs" / f"version-{number}.log"
        try:
            with file.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - _LOG_BYTES))
                text = log.read().decode(errors="replace")
        except OSError:
            return {"text": "", "is_cut": False}
        kept = text.splitlines()[-lines:]
        return {
            "text": "".join(line + "\n" for line in kept),
            "is_cut": size > _LOG_BYTES or len(text.splitlines()) > lines,
        }


def _by_number(number: str) -> tuple[int, str]:
    return len(number), number
