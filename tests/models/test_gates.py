"""Gates: every rule's pass, fail and not applicable; what is written and not understood is refused by name."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.base.errors import UsageError
from jupyter_mlops.db.session import Database
from jupyter_mlops.models.facts import Column, Facts, Signature
from jupyter_mlops.models.formats import FileFormat
from jupyter_mlops.models.gates import Approval, Evidence, Trial, Twin, is_open
from jupyter_mlops.models.policy import read_rules, read_yaml, to_plain
from jupyter_mlops.models.rules import RULES
from jupyter_mlops.models.settings import ModelSettings
from jupyter_mlops.models.version import ModelVersion

SIGNED = Facts(signature=Signature((Column("x", "double"),), (), ()), size=2_000_000)
SKOPS = FileFormat("model.skops", "skops", 10, False)
PICKLE = FileFormat("model.pkl", "pickle", 10, True)
VERSION = ModelVersion("churn", 2, "file:///x", author="ada", tags={"mlops.run_id": "r" * 32, "mlops.job": "nightly@3"})
CHAMPION = ModelVersion("churn", 1, "file:///y", tags={"mlops.run_id": "c" * 32})
SEEN = Evidence(
    VERSION, {"auc": 0.9, "rmse": 2.0, "bad": math.nan}, CHAMPION, {"auc": 0.91, "rmse": 1.9}, SIGNED, [SKOPS],
    lambda: Trial(True, "", (1.0,) * 19 + (90.0,)), "abc123", False,
)  # fmt: skip

CASES: list[tuple[Any, Evidence, str, str]] = [
    ({"metric": {"name": "auc", "at_least": 0.9}}, SEEN, "pass", "auc is 0.9"),
    ({"metric": {"name": "auc", "at_least": 0.91}}, SEEN, "fail", "at least 0.91"),
    ({"metric": {"name": "rmse", "at_most": 2}}, SEEN, "pass", ""),
    ({"metric": {"name": "rmse", "at_most": 1.99, "at_least": 0}}, SEEN, "fail", "at least 0 and at most 1.99"),
    ({"metric": {"name": "bad", "at_least": 0}}, SEEN, "fail", "nan"),
    ({"metric": {"name": "none", "at_least": 0}}, SEEN, "fail", "no metric none"),
    ({"not_worse": {"metric": "auc", "by": 0.01}}, SEEN, "pass", "may be worse by 0.01"),
    ({"not_worse": {"metric": "auc", "by": 0.009}}, SEEN, "fail", ""),
    ({"not_worse": {"metric": "rmse", "by": 0.1, "higher_is_better": False}}, SEEN, "pass", ""),
    ({"not_worse": {"metric": "rmse", "higher_is_better": False}}, SEEN, "fail", ""),
    ({"not_worse": {"metric": "auc"}}, replace(SEEN, champion=None), "na", "no champion"),
    ({"not_worse": {"metric": "bad"}}, SEEN, "na", "champion has no metric"),
    ({"not_worse": {"metric": "auc"}}, replace(SEEN, metrics={}), "fail", "no metric auc"),
    ({"not_worse": {"metric": "auc"}}, replace(SEEN, metrics={"auc": math.nan}), "fail", ""),
    ("signature", SEEN, "pass", "takes 1 input"),
    ("signature", replace(SEEN, facts=Facts()), "fail", "no signature"),
    ("example_predicts", SEEN, "pass", ""),
    ("example_predicts", replace(SEEN, trial=lambda: Trial(False)), "fail", "no input example"),
    ("example_predicts", replace(SEEN, trial=lambda: Trial(True, "it does not load: no xgboost")), "fail", "xgboost"),
    ({"format": {"allow": ["skops", "onnx"]}}, SEEN, "pass", "skops"),
    ({"format": {"allow": ["onnx"]}}, SEEN, "fail", "model.skops (skops)"),
    ({"format": {"allow": ["onnx"]}}, replace(SEEN, formats=[]), "fail", "no file"),
    ("no_unknown_types", SEEN, "pass", "scanned: model.skops"),
    ("no_unknown_types", replace(SEEN, formats=[PICKLE]), "pass", "scanned"),
    ("no_unknown_types", replace(SEEN, formats=[]), "fail", "nothing was scanned"),
    ("no_unknown_types", replace(SEEN, formats=[replace(PICKLE, unknown=("os.system",))]), "fail", "os.system"),
    ("no_unknown_types", replace(SEEN, formats=[SKOPS, replace(PICKLE, is_scanned=False)]), "fail", "not scanned"),
    ("clean_commit", SEEN, "pass", "commit abc123"),
    ("clean_commit", replace(SEEN, is_dirty=True), "fail", "changes over commit abc123"),
    ("clean_commit", replace(SEEN, commit=None), "fail", "no git repository"),
    ("clean_commit", replace(SEEN, version=replace(VERSION, tags={})), "fail", "not come from a run of ours"),
    ("job_run", SEEN, "pass", "nightly@3"),
    ("job_run", replace(SEEN, version=CHAMPION), "fail", "run of a notebook"),
    ({"reproducible": {"metric": "auc"}}, SEEN, "fail", "run it once more"),
    ({"reproducible": {"metric": "auc"}}, replace(SEEN, twins=lambda: [Twin("t", {"auc": 0.9})]), "pass", ""),
    ({"reproducible": {"metric": "auc", "tolerance": 0.01}}, replace(SEEN, twins=lambda: [Twin("t", {"auc": 0.88})]), "fail", ""),
    ({"reproducible": {"metric": "auc"}}, replace(SEEN, twins=lambda: [Twin("t", {"auc": math.nan})]), "fail", ""),
    ({"latency": {"at_most_ms": 1}}, SEEN, "pass", "p95 of 20"),
    ({"latency": {"at_most_ms": 0.9}}, SEEN, "fail", ""),
    ({"latency": {"at_most_ms": 1}}, replace(SEEN, trial=lambda: Trial(False)), "fail", "no input example"),
    ({"size": {"at_most_mb": 2}}, SEEN, "pass", "2 MB"),
    ({"size": {"at_most_mb": 1.9}}, SEEN, "fail", ""),
    ("approval", SEEN, "fail", "0 of 1"),
    ("approval", replace(SEEN, approvals=[Approval("ada")]), "pass", "ada"),
    ("approval", replace(SEEN, approvals=[Approval("ada")], is_shared=True), "fail", "ada made it"),
    ("approval", replace(SEEN, approvals=[Approval("bob", "", True)], is_shared=True), "pass", "bob"),
    ("approval", replace(SEEN, approvals=[Approval("bob")], is_shared=True), "fail", "not verified: bob"),
    ({"approval": {"count": 2}}, replace(SEEN, approvals=[Approval("ada", "", True), Approval("bob", "", True)]), "pass", ""),
    ({"approval": {"count": 2}}, replace(SEEN, approvals=[Approval("ada", "", True), Approval("bob")]), "fail", "1 of 2"),
    ({"approval": {"count": 2}}, replace(SEEN, approvals=[Approval("ada"), Approval("bob")], accepts_unverified=True), "pass", ""),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "seen", "status", "words"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_rule(rule: Any, seen: Evidence, status: str, words: str) -> None:
    (found,) = read_rules([rule])
    gate = found.check(seen)
    assert (gate.rule, gate.status) == (found.word, status), gate
    assert words in gate.message
    json.dumps(gate.to_json(), allow_nan=False)
    assert is_open([gate]) == (status != "fail")
    assert read_rules(to_plain([found])) == [found]


def test_every_rule_has_passed_and_failed() -> None:
    for word in RULES:
        verdicts = {status for rule, _, status, _ in CASES if rule == word or word in rule}
        assert {"pass", "fail"} <= verdicts, word


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- metrik: {name: a}", "there is no rule 'metrik'"),
        ("- metric: {name: a, at_leats: 1}", "at_leats"),
        ("- metric: {name: a}", "at_least or at_most"),
        ("- metric: {name: a, at_least: many}", "at_least"),
        ("- metric: {name: a, at_least: .nan}", "at_least"),
        ("- metric", "`name` is missing"),
        ("- latency: {p95_ms: 50}", "`at_most_ms` is missing; `p95_ms` is not known"),
        ("- format: [skops, onnx]", "for example `- format: {allow: [skops, onnx, safetensors]}`"),
        ("- signature: {x: 1}", "x"),
        ("- signature: 3", "no mapping"),
        ("- {signature: {}, size: {at_most_mb: 1}}", "neither a word"),
        ("- size: {at_most_mb: -1}", "greater than 0"),
        ("- approval: {count: 0}", "count"),
        ("- format: {allow: []}", "allow"),
        ("metric: 1", "list of rules"),
        ("just words", "list of rules"),
        ("- [", "no YAML"),
        ("!!python/object/apply:os.system [true]", "no YAML"),
        ("- 3", "neither a word"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as told:
        read_yaml(text)
    assert told.value.code == "gates.invalid"
    assert words in str(told.value)


@pytest.mark.parametrize("word", RULES)
def test_what_a_hint_shows_is_taken_and_is_in_the_form(word: str) -> None:
    kind = RULES[word]
    line = f"- {word}: {kind.example}" if kind.example else f"- {word}"
    assert [rule.word for rule in read_yaml(line)] == [word]
    form = Path(__file__).parents[2] / "src/models/approve.tsx"
    assert f"\n{line}\n" in form.read_text(encoding="utf-8").replace("`", "\n")


def test_the_written_form() -> None:
    rules = read_yaml("gates:\n- signature\n- metric: {name: auc, at_least: 1}\n- approval:\n")
    assert to_plain(rules) == ["signature", {"metric": {"name": "auc", "at_least": 1.0}}, {"approval": {"count": 1}}]
    assert read_yaml("") == []


def test_settings_and_approvals_are_kept(tmp_path: Path) -> None:
    settings = ModelSettings(Database(tmp_path))
    assert settings.gates("churn") is None
    settings.set_gates("churn", ["signature"], "ada")
    settings.set_gates("churn", [{"size": {"at_most_mb": 1}}], "bob")
    assert settings.gates("churn") == [{"size": {"at_most_mb": 1}}]
    settings.set_gates("churn", [], "bob")
    assert settings.gates("churn") == []
    settings.set_gates("churn", None, "bob")
    assert settings.gates("churn") is None
    settings.approve("churn", 1, "ada")
    settings.approve("churn", 1, "bob", "fine")
    settings.approve("churn", 1, "ada", "still fine")
    assert settings.approvals("churn", 1) == [Approval("ada", "still fine"), Approval("bob", "fine")]
    assert settings.approvals("churn", 2) == []


def test_a_yes_to_a_version_that_was_deleted_is_none_to_another_of_its_number(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    settings = ModelSettings(Database(tmp_path), lambda: now)
    settings.approve("churn", 1, "ada")
    assert settings.approvals("churn", 1, now) == [Approval("ada")]
    made = now = now + timedelta(seconds=1)
    assert settings.approvals("churn", 1, made) == []
    settings.approve("churn", 1, "ada", "this one too")
    assert settings.approvals("churn", 1, made) == [Approval("ada", "this one too")]
