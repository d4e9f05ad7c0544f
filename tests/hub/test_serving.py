"""A model that is served on a Hub: reached through the Hub's proxy by its owner, refused to everybody else."""

from __future__ import annotations

from tests.hub.hub import API, User, fetch, wait_for

FIT = """
import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

X = pd.DataFrame({"age": [20.0, 40.0, 60.0]})
fitted = LinearRegression().fit(X, X["age"])
mlflow.sklearn.log_model(fitted, name="m", signature=infer_signature(X, fitted.predict(X)), input_example=X.head(1))
"""
ROWS = {"dataframe_records": [{"age": 41.0}]}


def test_a_model_is_served_through_the_hub_to_its_owner_alone(ada: User, bob: User) -> None:
    run = ada.wait(ada.run(ada.write("ages.ipynb", (FIT, ["step:fit", "model:ages"]))), 240)
    assert run["status"] == "succeeded", run["error"]
    wait_for("the version", lambda: [row for row in ada.api("/models")["models"] if row["name"] == "ages"])
    made = ada.api("/deployments", "POST", {"name": "ages", "model": "ages/1"})
    wait_for("the deployment", lambda: ada.api("/deployments/ages")["status"] == "ready", 120)

    path = f"{API}/deployments/ages/serve/invocations"
    answer = ada.fetch(path, "POST", ROWS)
    assert (answer.status, [round(value) for value in answer.json["predictions"]]) == (200, [41])

    # The token of the deployment opens its port, not the Hub; the other user's token opens neither.
    served = made["deployment"]["url"] + "/invocations"
    assert fetch(served, "POST", ROWS, {"Authorization": f"Bearer {made['token']}"}).status == 200
    assert fetch(served, "POST", ROWS, {"Authorization": f"Bearer {bob.token}"}).status == 401
    assert fetch(f"{ada.url}/{path}", "POST", ROWS, {"Authorization": f"Bearer {made['token']}"}).status in (401, 403)
    assert bob.fetch(path, "POST", ROWS, whose=ada).status in (401, 403)
    assert bob.fetch(path, "POST", ROWS).status == 404
    assert bob.api("/deployments")["deployments"] == []

    # It outlives the server of its owner.
    ada.hub.stop_server(ada.name)
    assert fetch(served, "POST", ROWS, {"Authorization": f"Bearer {made['token']}"}).status == 200
    again = ada.hub.user(ada.name)
    assert again.fetch(path, "POST", ROWS).status == 200
    again.api("/deployments/ages", "DELETE")
