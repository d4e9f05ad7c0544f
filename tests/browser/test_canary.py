"""In the browser: a model that fails its gates is refused, and a canary that fails rolls back by itself."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, Window
from tests.pace import PATIENCE_S

PAGE = ".jp-MlopsPage:not(.lm-mod-hidden)"
DIALOG = ".jp-Dialog"
ACCEPT = f"{DIALOG} .jp-Dialog-footer .jp-mod-accept"
FIT = """
import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

class Tenure(mlflow.pyfunc.PythonModel):
    def __init__(self, longest):
        self.longest = longest

    def predict(self, context, model_input, params=None):
        if (model_input["tenure"] > self.longest).any():
            raise ValueError(f"{model_input['tenure'].max():g} is longer than what this model knows")
        return model_input["tenure"] * 2

mlflow.log_metric("accuracy", accuracy)
signature = ModelSignature(Schema([ColSpec("double", "tenure")]), Schema([ColSpec("double")]))
example = pd.DataFrame({"tenure": [1.0]})
mlflow.pyfunc.log_model(name="m", python_model=Tenure(longest), signature=signature, input_example=example)
"""


# What changes something, and is asked for by whoever can execute a command: an output of a notebook too (S8).
CHANGES = (
    "register-model", "promote-model", "rollback-model", "approve-model", "edit-gates", "score-model", "deploy-model",
    "route-deployment", "shadow-deployment", "update-deployment", "rollback-deployment", "stop-deployment",
    "delete-deployment", "new-token",
)  # fmt: skip


def versions(lab: Lab, name: str, *given: dict[str, Any]) -> None:
    """Let a notebook register versions of a model."""
    path = lab.write(
        f"{name}.ipynb", ("accuracy = 0.9\nlongest = 100.0", ["parameters"]), (FIT, ["step:fit", f"model:{name}"])
    )
    for parameters in given:
        assert lab.wait(lab.run(path, **parameters))["status"] == "succeeded"


def state(lab: Lab) -> tuple[Any, ...]:
    """Return what nobody may change unasked."""
    model, deployment = lab.api("/models/tenure"), lab.api("/deployments/tenure")
    served = [deployment[field] for field in ("status", "live", "canary", "shadow", "url")]
    return model["aliases"], len(model["versions"]), lab.api("/models/tenure/history")["moves"], served


def ask(url: str, token: str, tenure: float) -> int:
    """Ask like a client that has nothing to do with the lab; return the status."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
    body = json.dumps({"dataframe_records": [{"tenure": tenure}]})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    try:
        connection.request("POST", "/invocations", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@pytest.mark.timeout(600)
def test_a_model_that_fails_a_gate_is_refused(window: Window, lab: Lab, pictures: Path) -> None:
    versions(lab, "gated", {"accuracy": 0.9}, {"accuracy": 0.7})
    lab.api("/models/gated/gates", "POST", {"yaml": "- metric: {name: accuracy, at_least: 0.8}\n- signature\n"})
    lab.api("/models/gated/promote", "POST", {"version": 1})
    page = window.page
    window.open()
    window.panel()
    window.command("mlops:open-model", {"model": "gated"})
    expect(page.locator(f"{PAGE} tr[data-version='1'] [data-alias=champion]")).to_be_visible()

    window.command("mlops:promote-model", {"model": "gated", "version": 2})
    failed = page.locator(f"{DIALOG} [data-gate=metric].jp-mod-fail")
    expect(failed).to_contain_text("accuracy is 0.7; it must be at least 0.8")
    expect(page.locator(f"{DIALOG} [data-gate=signature].jp-mod-pass")).to_be_visible()
    expect(page.locator(ACCEPT)).to_be_disabled()
    window.shot("gate-refuses", pictures)
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0)

    # Nobody can go around the dialog either.
    with pytest.raises(urllib.error.HTTPError, match="409"):
        lab.api("/models/gated/promote", "POST", {"version": 2})
    assert {"alias": "champion", "version": 1, "is_outside": False} in lab.api("/models/gated")["aliases"]


@pytest.mark.timeout(600)
def test_a_canary_that_fails_rolls_back_by_itself(window: Window, lab: Lab, pictures: Path) -> None:
    versions(lab, "tenure", {"longest": 100.0}, {"longest": 30.0})
    lab.api("/models/tenure/promote", "POST", {"version": 1})
    made = lab.api("/deployments", "POST", {"name": "tenure", "model": "tenure@champion"})
    url, token = made["deployment"]["url"], made["token"]
    page = window.page
    window.open()
    window.panel()
    window.command("mlops:open-deployment", {"name": "tenure"})
    expect(page.locator("[data-deployment][data-status=ready]")).to_be_visible()

    # Half of the requests, chosen with the slider's button; both versions answer what both know.
    page.locator(f"{PAGE} .jp-MlopsTraffic").get_by_role("button", name="50 %").click()
    page.locator(f"{PAGE} .jp-MlopsTraffic").get_by_role("button", name="Apply…").first.click()
    page.locator(ACCEPT).click()
    expect(page.locator(f"{PAGE} tr[data-version='2'][data-state=ready]")).to_be_visible()
    assert {ask(url, token, 5.0) for _ in range(20)} == {200}

    # What only the live version knows: some fail, then the canary is over, and none does any more.
    end = time.monotonic() + PATIENCE_S
    while lab.api("/deployments/tenure")["canary"] is not None:
        assert time.monotonic() < end, "the canary never rolled back"
        ask(url, token, 50.0)
    assert {ask(url, token, 50.0) for _ in range(40)} == {200}

    rejected = page.locator(f"{PAGE} tr[data-version='2'][data-state=rejected]")
    expect(rejected).to_be_visible()
    expect(page.locator(f"{PAGE} tr[data-version='1']")).to_contain_text("live 100 %")
    expect(page.locator(f"{PAGE} .jp-MlopsServed-message")).to_contain_text("fail")
    page.locator(PAGE).get_by_role("tab", name="Events").click()
    expect(page.locator(f"{PAGE} [role=tabpanel]")).to_contain_text("version 2")
    window.shot("canary-rolled-back", pictures)

    # Nothing is done without a yes, whatever stands in the arguments.
    before = state(lab)
    run = lab.api("/runs")["runs"][0]["id"]
    for command in CHANGES:
        args = {
            "model": "tenure",
            "name": "tenure",
            "version": 2,
            "run": run,
            "percent": 100,
            "yes": True,
            "confirmed": True,
        }
        window.command(f"mlops:{command}", args)
        expect(page.locator(DIALOG), command).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(DIALOG), command).to_have_count(0)
    assert state(lab) == before
    lab.api("/deployments/tenure", "DELETE")
