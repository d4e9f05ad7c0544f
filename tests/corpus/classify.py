"""Compiles the corpus, tagged and as it is, and shows what is refused: ``python -m tests.corpus.classify``.

Prints, per code, how many notebooks have an error, and how the refusals are classed in `classed.json`; writes every
error with its line of source to the file that ``--json`` names, and the same to read to ``--report``.

true
    Run All stops there too, or the pipeline would certainly give something else.
cautious
    It might give something else; a warning would do, or more reading.
false
    It would give what Run All gives.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jupyter_mlops.base.errors import MlopsError
from jupyter_mlops.notebook.document import parse
from jupyter_mlops.pipeline.compile import compile_notebook
from tests.corpus.clones import HERE, VARIABLE, Entry, folder, notebooks
from tests.corpus.tagger import tagged, text

CLASSED = HERE / "classed.json"
UNCLASSED = "unclassed"


@dataclass(frozen=True)
class Refusal:
    """One finding of the corpus; `form` is ``tagged`` or ``whole``, `name` what the finding is about."""

    notebook: str
    form: str
    code: str
    severity: str
    name: str
    cell: int | None
    line: int | None
    source: str
    message: str
    hint: str

    @property
    def key(self) -> str:
        """Under which the refusal is classed: neither its wording nor its place matters."""
        return f"{self.notebook} {self.code} {self.name}".rstrip()


def _line(notebook: dict[str, Any], cell: int | None, line: int | None) -> str:
    if cell is None:
        return ""
    lines = text(notebook["cells"][cell]).split("\n")
    number = (line or 1) - 1
    return lines[number].strip()[:200] if 0 <= number < len(lines) else ""


def _name(subject: str, message: str) -> str:
    match = re.search(r"`([^`]+)`", message)
    return subject or (match[1] if match else "")


def findings(entry: Entry, path: Path) -> Iterator[Refusal]:
    """Yield every finding of a notebook, tagged and as it is."""
    whole = json.loads(path.read_bytes().decode("utf-8-sig"))
    for form, notebook in (("tagged", tagged(whole)), ("whole", whole)):
        try:
            raw = json.dumps(notebook).encode() if form == "tagged" else path.read_bytes()
            found = compile_notebook(parse(raw, path)).findings
        except MlopsError as error:
            yield Refusal(entry.key, form, error.code, "error", "", None, None, "", error.message, error.hint)
            continue
        for finding in found:
            source = _line(notebook, finding.cell, finding.line)
            name = _name(finding.subject, finding.message)
            yield Refusal(
                entry.key,
                form,
                finding.code,
                finding.severity,
                name,
                finding.cell,
                finding.line,
                source,
                finding.message,
                finding.hint,
            )


def classes() -> dict[str, dict[str, str]]:
    """Return the committed table: key of a refusal -> its class and the reason."""
    return dict(json.loads(CLASSED.read_text(encoding="utf-8"))) if CLASSED.exists() else {}


def classed(refusal: Refusal, table: dict[str, dict[str, str]]) -> str:
    """Return ``true``, ``cautious``, ``false`` or ``unclassed``."""
    return table.get(refusal.key, {}).get("class", UNCLASSED)


def worst(refusals: list[Refusal], table: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return each refused notebook with the gravest class among its errors."""
    order = (UNCLASSED, "false", "cautious", "true")
    told: dict[str, set[str]] = defaultdict(set)
    for refusal in refusals:
        if refusal.severity == "error":
            told[refusal.notebook].add(classed(refusal, table))
    return {notebook: next(name for name in order if name in found) for notebook, found in told.items()}


def summary(refusals: list[Refusal], count: int, table: dict[str, dict[str, str]]) -> str:
    """Return the figures as text."""
    errors = [refusal for refusal in refusals if refusal.severity == "error"]
    graves = worst(refusals, table)
    share = Counter(graves.values())
    lines = [
        f"{count} notebooks, compiled as they are and tagged at their headings",
        f"refused: {len(graves)} ({100 * len(graves) / count:.1f} %), as they are: "
        f"{len({r.notebook for r in errors if r.form == 'whole'})}",
        "gravest class: " + ", ".join(f"{name} {n} ({100 * n / count:.1f} %)" for name, n in share.most_common()),
        "",
        "| code | notebooks | errors | " + " | ".join(("false", "cautious", "true", UNCLASSED)) + " |",
        "|---|---|---|---|---|---|---|",
    ]
    by_code: dict[str, list[Refusal]] = defaultdict(list)
    for refusal in errors:
        by_code[refusal.code].append(refusal)
    for code, found in sorted(by_code.items(), key=lambda pair: -len({r.notebook for r in pair[1]})):
        kinds = Counter(classed(refusal, table) for refusal in {r.key: r for r in found}.values())
        numbers = " | ".join(str(kinds[name]) for name in ("false", "cautious", "true", UNCLASSED))
        lines.append(f"| {code} | {len({r.notebook for r in found})} | {sum(kinds.values())} | {numbers} |")
    warnings: dict[str, set[str]] = defaultdict(set)
    for refusal in refusals:
        if refusal.severity != "error":
            warnings[refusal.code].add(refusal.notebook)
    lines += ["", "notebooks with a warning, by code: "]
    ordered = sorted(warnings.items(), key=lambda p: -len(p[1]))
    lines[-1] += ", ".join(f"{code} {len(found)}" for code, found in ordered)
    return "\n".join(lines)


def report(refusals: list[Refusal], head: str, table: dict[str, dict[str, str]]) -> str:
    """Return the figures and every error, grouped by code, to read."""
    lines = [head, ""]
    seen: set[str] = set()
    for code in sorted({r.code for r in refusals if r.severity == "error"}):
        lines.append(f"\n## {code}")
        for r in refusals:
            if r.code != code or r.severity != "error" or r.key in seen:
                continue
            seen.add(r.key)
            forms = [o.form for o in refusals if o.key == r.key and o.severity == "error"]
            how = "both" if "whole" in forms and "tagged" in forms else forms[0]
            row = table.get(r.key, {})
            lines.append(f"- {r.notebook} [{how}] cell {r.cell} line {r.line}: `{r.source}`\n  {r.message}")
            if row:
                lines.append(f"  **{row['class']}**: {row['reason']}")
    return "\n".join(lines) + "\n"


def main() -> int:
    options = argparse.ArgumentParser(description="compile the corpus and show what is refused")
    options.add_argument("--json", type=Path, help="write every finding here")
    options.add_argument("--report", type=Path, help="write the figures and every error here, to read")
    options.add_argument("--only", default="", help="only notebooks whose name holds this")
    given = options.parse_args()
    corpus = folder()
    if corpus is None:
        print(f"{VARIABLE} names no folder of clones", file=sys.stderr)
        return 1
    refusals: list[Refusal] = []
    count, began = 0, time.process_time()
    for entry, path in notebooks(corpus):
        if given.only not in entry.key:
            continue
        count += 1
        refusals += findings(entry, path)
    table = classes()
    head = summary(refusals, count, table)
    print(head)
    print(f"\n{time.process_time() - began:.1f} s of processor time")
    if given.json:
        given.json.write_text(json.dumps([asdict(refusal) for refusal in refusals], indent=1, ensure_ascii=False))
    if given.report:
        given.report.write_text(report(refusals, head, table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
