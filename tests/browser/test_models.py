"""Models and deployments in the browser, on a real model: register, gates, promote, deploy, try, canary, roll back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, Window
from tests.browser.test_axe import AXE, clean_in_both_themes

PAGE = ".jp-MlopsPage:not(.lm-mod-hidden)"
DIALOG = ".jp-Dialog"
ACCEPT = f"{DIALOG} .jp-Dialog-footer .jp-mod-accept"
EVIL = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>'
FIT = """
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

X = pd.DataFrame({"tenure": [1.0, 2.0, 3.0, 4.0, 40.0, 50.0], "region": [0, 1, 0, 1, 1, 0]})
y = [0, 0, 0, 0, 1, 1]
model = LogisticRegression(C=c).fit(X, y)
mlflow.log_metric("accuracy", 0.8 + c / 10)
mlflow.log_param("C", c)
signature = infer_signature(X, model.predict(X))
info = mlflow.sklearn.log_model(model, name="model", signature=signature, input_example=X.head(2))
"""


def runs(lab: Lab) -> list[str]:
    """Return two runs that logged a model each, the second the better one."""
    path = lab.write("churn.ipynb", ("c = 1.0", ["parameters"]), (FIT, ["step:fit"]))
    found = []
    for c in (1.0, 2.0):
        found.append(lab.run(path, c=c))
        assert lab.wait(found[-1])["status"] == "succeeded"
    return found


def rules() -> str:
    """Return all rules as the form of the gates shows them."""
    source = (Path(__file__).parents[2] / "src/models/approve.tsx").read_text(encoding="utf-8")
    found = re.search(r"ALL_RULES = `(.*?)`", source, re.DOTALL)
    assert found is not None
    return found[1]


def test_a_model_from_its_run_to_its_deployment_and_back(window: Window, lab: Lab, pictures: Path) -> None:
    first, second = runs(lab)
    page = window.page
    window.open()
    window.panel()
    # The first look waits for MLflow.
    expect(page.locator("[data-section=models]")).to_contain_text("No models yet")
    expect(page.locator("[data-section=deployments]")).to_contain_text("No deployments yet")

    # One click on the page of the run.
    for number, run in ((1, first), (2, second)):
        window.command("mlops:open-run", {"id": run})
        here = page.locator(f"{PAGE} .jp-MlopsLogged")
        expect(here).to_contain_text("step fit")
        here.get_by_role("button", name="Register").click()
        expect(here.get_by_role("button", name=f"churn v{number}")).to_be_visible()
    row = page.locator("[data-section=models] [role=option]")
    expect(row).to_have_attribute("data-name", "churn")
    row.click()
    versions = page.locator(f"{PAGE} tr[data-version]")
    expect(versions).to_have_count(2)

    # The gates are written, and everything that the form shows is taken.
    page.locator(PAGE).get_by_role("button", name="Edit…").click()
    page.locator(f"{DIALOG} textarea").fill(rules())
    page.locator(ACCEPT).click()
    expect(page.locator(DIALOG)).to_have_count(0)
    page.locator(PAGE).get_by_role("button", name="Edit…").click()
    page.locator(f"{DIALOG} textarea").fill("- metric: {name: accuracy, at_least: 0.95}\n- signature\n")
    page.locator(ACCEPT).click()
    expect(page.locator(f"{PAGE} .jp-MlopsGateSettings pre")).to_contain_text("0.95")

    # v1 fails one of them: refused without a reason.
    window.command("mlops:promote-model", {"model": "churn", "version": 1})
    expect(page.locator(f"{DIALOG} [data-gate=metric].jp-mod-fail")).to_be_visible()
    expect(page.locator(f"{DIALOG} [data-gate=signature].jp-mod-pass")).to_be_visible()
    expect(page.locator(ACCEPT)).to_be_disabled()
    window.shot("models-gates", pictures)
    page.locator(f"{DIALOG} textarea").fill("the first of its kind")
    page.locator(ACCEPT).click()
    expect(page.locator(f"{PAGE} .jp-MlopsMove")).to_contain_text(["champion none → v1"])
    expect(page.locator(f"{PAGE} .jp-MlopsMove")).to_contain_text(["the first of its kind"])
    expect(versions.nth(1).locator("[data-alias=champion]")).to_be_visible()

    # Deployed: the token is shown once.
    page.locator(f"{PAGE} .jp-MlopsHead").get_by_role("button", name="Deploy…").click()
    expect(page.locator(f"{DIALOG} select")).to_have_value("churn@champion")
    page.locator(ACCEPT).click()
    token = page.locator(".jp-MlopsToken code").inner_text()
    page.locator(ACCEPT).click()
    expect(page.locator("[data-deployment][data-status=ready]")).to_be_visible()
    assert token not in page.content()
    assert token not in str(lab.api("/deployments/churn"))

    # Tried from the form.
    page.get_by_role("button", name="Predict").click()
    expect(page.locator(".jp-MlopsTry-prediction")).to_have_text("0")
    expect(page.locator(".jp-MlopsTry-reply")).to_contain_text("by v1")
    page.locator("[data-column=tenure] input").fill("much")
    expect(page.get_by_role("button", name="Predict")).to_be_disabled()
    page.locator("[data-column=tenure] input").fill("60")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator(".jp-MlopsTry-prediction")).to_have_text("1")
    page.locator(PAGE).get_by_role("tab", name="Use it").click()
    expect(page.locator(f"{PAGE} [role=tabpanel]")).to_contain_text("$TOKEN")

    # A canary with the keyboard, then the promotion, which the deployment follows.
    slider = page.get_by_role("slider", name="Canary")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator(f"{PAGE} output")).to_have_text("10 %")
    page.locator(f"{PAGE} .jp-MlopsTraffic").get_by_role("button", name="Apply…").first.click()
    expect(page.locator(DIALOG)).to_contain_text('Give v2 10 % of the requests of "churn"?')
    page.locator(ACCEPT).click()
    expect(page.locator(f"{PAGE} .jp-MlopsTraffic")).to_contain_text("v1 90 % · v2 10 % canary")
    expect(page.locator(f"{PAGE} tr[data-version='2'][data-state=ready]")).to_be_visible()
    expect(page.locator("[data-section=deployments] .jp-MlopsTraffic-bar")).to_be_visible()
    for _ in range(30):
        lab.api("/deployments/churn/serve/invocations", "POST", {"dataframe_records": [{"tenure": 1.0, "region": 0}]})
    expect(page.locator(f"{PAGE} .jp-MlopsCharts .jp-MlopsChart")).to_be_visible()
    expect(page.locator(f"{PAGE} [data-requests]")).not_to_have_attribute("data-requests", "0")
    window.shot("deployment", pictures)
    if AXE.is_file():
        clean_in_both_themes(window, PAGE, "#jupyter-mlops\\:panel")

    window.command("mlops:promote-model", {"model": "churn", "version": 2})
    expect(page.locator(DIALOG)).to_contain_text('Served by "churn": v2 is loaded')
    expect(page.locator(ACCEPT)).to_be_enabled()
    page.locator(ACCEPT).click()
    expect(page.locator(f"{PAGE} tr[data-version='2']")).to_contain_text("live 100 %")

    # And back.
    window.command("mlops:open-model", {"model": "churn"})
    page.locator(f"{PAGE} .jp-MlopsHead").get_by_role("button", name="Roll back to v1…").click()
    expect(page.locator(DIALOG)).to_contain_text("from v2 back to v1")
    page.locator(ACCEPT).click()
    expect(page.locator(f"{PAGE} .jp-MlopsMove").first).to_contain_text("rolled back")
    window.shot("model", pictures)
    if AXE.is_file():
        clean_in_both_themes(window, PAGE)
    window.command("mlops:open-deployment", {"name": "churn"})
    expect(page.locator(f"{PAGE} tr[data-version='1']")).to_contain_text("live 100 %")

    # Nothing is done without a yes, whoever executes the command.
    window.command("mlops:delete-deployment", {"name": "churn"})
    expect(page.locator(DIALOG)).to_contain_text('Delete deployment "churn"?')
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_have_count(0)
    assert [each["name"] for each in lab.api("/deployments")["deployments"]] == ["churn"]
    window.command("mlops:delete-deployment", {"name": "churn"})
    page.locator(ACCEPT).click()
    expect(page.locator(PAGE)).to_contain_text('There is no deployment "churn" any more')
    expect(page.locator("[data-section=deployments]")).to_contain_text("No deployments yet")


# Those are MLflow's own, of its own store.
@pytest.mark.filterwarnings("ignore")
def test_what_others_wrote_into_mlflow_is_text_and_seen_at_the_next_look(window: Window, lab: Lab) -> None:
    import mlflow

    if "churn" not in [each["name"] for each in lab.api("/models")["models"]]:
        for run in runs(lab):
            lab.api("/models", "POST", {"run": run, "name": "churn"})
    page = window.page
    window.open()
    window.panel()
    window.command("mlops:open-model", {"model": "churn"})
    expect(page.locator(f"{PAGE} tr[data-version]").first).to_be_visible()

    client = mlflow.MlflowClient(str(lab.api("/status")["tracking_uri"] or tracking(lab)))
    client.update_registered_model("churn", description=EVIL)
    client.update_model_version("churn", "2", description=EVIL)
    client.set_model_version_tag("churn", "2", "note", EVIL)
    client.set_registered_model_alias("churn", "outsider", "2")
    chip = page.locator(f"{PAGE} tr[data-version='2'] [data-alias=outsider]")
    expect(chip).to_contain_text("outside")
    expect(page.locator(f"{PAGE} .jp-MlopsDescription").first).to_contain_text("<script>")
    for tab in ("About", "Metrics", "Signature", "Gates"):
        page.locator(PAGE).get_by_role("tab", name=tab).click()
    page.locator(PAGE).get_by_role("tab", name="About").click()
    expect(page.locator(f"{PAGE} [role=tabpanel]")).to_contain_text("<script>")
    assert page.evaluate("() => window.harmed") is None
    assert page.locator(f"{PAGE} img").count() == 0


def tracking(lab: Lab) -> str:
    """Return the tracking URI that a home has without settings."""
    return f"sqlite:///{lab.home / 'mlflow' / 'mlflow.db'}"
