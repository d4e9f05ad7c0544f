"""Scoring a file in the browser: from the page of a model to the predictions, and what goes wrong on the way."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lab import Lab, Window
from tests.browser.test_axe import AXE, clean_in_both_themes

PAGE = ".jp-MlopsPage:not(.lm-mod-hidden)"
DIALOG = ".jp-Dialog"
ACCEPT = f"{DIALOG} .jp-Dialog-footer .jp-mod-accept"
FIT = """
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

X = pd.DataFrame({"tenure": [1.0, 2.0, 3.0]})
model = LinearRegression().fit(X, [2.0, 4.0, 6.0])
info = mlflow.sklearn.log_model(model, name="twice", signature=infer_signature(X, model.predict(X)))
"""


def test_a_file_is_scored(window: Window, lab: Lab, pictures: Path) -> None:
    run = lab.run(lab.write("fit.ipynb", (FIT, ["step:fit", "model:twice"])))
    assert lab.wait(run)["status"] == "succeeded"
    (lab.root / "data").mkdir()
    (lab.root / "data" / "new.csv").write_text("id,tenure\n007,10\n008,20\n", encoding="utf-8")
    (lab.root / "data" / "odd.csv").write_text("id,age\n1,10\n", encoding="utf-8")
    page = window.page
    window.open()
    window.panel()
    row = page.locator("[data-section=models] [role=option]")
    expect(row).to_contain_text("candidate v1")
    row.click()
    expect(page.locator(f"{PAGE} tr[data-version]")).to_have_count(1)

    # By the palette, for the model whose page is in front.
    window.palette("Score a File with Model")
    expect(page.locator(DIALOG)).to_contain_text('Score a file with "twice"')
    rows, output = page.locator(f"{DIALOG} input").all()
    expect(page.locator(f"{DIALOG} datalist option[value='data/']")).to_have_count(1)
    expect(page.locator(ACCEPT)).to_be_disabled()
    rows.fill("data/new.csv")
    expect(page.locator(f"{DIALOG} datalist option[value='data/odd.csv']")).to_have_count(1)
    expect(output).to_have_value("data/new-predictions.csv")
    if AXE.is_file():
        clean_in_both_themes(window, DIALOG)
    window.shot("score-form", pictures)
    page.locator(ACCEPT).click()
    done = page.locator(f"{PAGE} [data-scoring][data-state=succeeded]")
    expect(done).to_contain_text("2 rows")
    text = (lab.root / "data" / "new-predictions.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in text] == [["id", "tenure"], ["007", "10"], ["008", "20"]]
    assert [round(float(line.split(",")[2]), 6) for line in text[1:]] == [20, 40]

    # What is there is replaced only when that is said.
    page.locator(PAGE).get_by_role("button", name="Score a file").click()
    expect(page.locator(f"{DIALOG} input")).to_have_count(2)
    rows, _ = page.locator(f"{DIALOG} input").all()
    rows.fill("data/new.csv")
    page.locator(ACCEPT).click()
    expect(page.locator(DIALOG)).to_contain_text("already")
    page.get_by_label("Replace the file that is there").check()
    page.locator(ACCEPT).click()
    expect(done).to_have_count(2)

    # A file that does not fit says which column, and goes on being told after the page was loaded again.
    page.locator(PAGE).get_by_role("button", name="Score a file").click()
    expect(page.locator(f"{DIALOG} input")).to_have_count(2)
    rows, _ = page.locator(f"{DIALOG} input").all()
    rows.fill("data/odd.csv")
    page.locator(ACCEPT).click()
    failed = page.locator(f"{PAGE} [data-scoring][data-state=failed]")
    expect(failed).to_contain_text("tenure")
    page.reload()
    window.ready()
    window.command("mlops:open-model", {"model": "twice"})
    expect(failed).to_contain_text("tenure")
    if AXE.is_file():
        clean_in_both_themes(window, PAGE)
    window.shot("scorings", pictures)

    done.first.get_by_role("button", name="data/new-predictions.csv").click()
    expect(page.locator(".jp-CSVViewer:visible")).to_be_visible()

    # Nothing outside of what the file browser shows.
    window.command("mlops:score-model", {"model": "twice"})
    expect(page.locator(f"{DIALOG} input")).to_have_count(2)
    rows, output = page.locator(f"{DIALOG} input").all()
    rows.fill("../secret.csv")
    output.fill("out.csv")
    page.locator(ACCEPT).click()
    expect(page.locator(DIALOG)).to_contain_text("is not the path of a file")
    page.keyboard.press("Escape")

    # Chromium writes down what was refused, as it was meant to be.
    refused = [line for line in window.complaints if "/models/twice/scorings" in line]
    assert len(refused) == 2
    window.complaints = [line for line in window.complaints if line not in refused]
