"""torch, where it is installed."""

from __future__ import annotations

import pytest

from tests.artifacts.conftest import Notebook

torch = pytest.importorskip("torch")

CASES = {
    "tensor": ("a = torch.arange(6.0).reshape(2, 3)", "r = a[1].tolist() == [3, 4, 5]"),
    "needs a gradient": ("a = torch.zeros(3, requires_grad=True)", "r = a.requires_grad and a.is_leaf"),
    "half": ("a = torch.ones(2, dtype=torch.bfloat16)", "r = a.dtype == torch.bfloat16"),
    "part of a tensor": ("a = torch.arange(10)[2:4]", "r = a.tolist() == [2, 3]"),
    "empty": ("a = torch.empty(0)", "r = a.shape == (0,)"),
    "views": ("x = torch.zeros(4); a = [x, x[1:]]", "a[0][1] = 9; r = a[1][0] == 9"),
    "tied weights": (
        "a = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)); a[1].weight = a[0].weight",
        "r = a[1].weight is a[0].weight",
    ),
    "optimizer": (
        "net = torch.nn.Linear(2, 2); a = [net, torch.optim.SGD(net.parameters(), lr=0.1)]",
        "r = a[1].param_groups[0]['params'][0] is a[0].weight",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_tensor(notebook: Notebook, case: str) -> None:
    made, used = CASES[case]
    notebook.step("a", "import torch\n" + made, outputs="a")
    space, manifest = notebook.step("b", "import torch\n" + used, inputs={"a": "a"})
    assert space["r"]
    assert manifest["changed"] == (["a"] if case == "views" else [])


def test_plain_tensors_are_no_pickles(notebook: Notebook) -> None:
    _, ref = notebook.hand_over(torch.ones(3, 2))
    assert (ref["serializer"], ref["type"], ref["summary"]) == ("torch", "torch.Tensor", "torch.float32 3 x 2")


def test_two_names_share_a_tensor(notebook: Notebook) -> None:
    _, manifest = notebook.step("a", "import torch\na = torch.zeros(3); b = {'part': a[1:]}", outputs="a b")
    assert manifest["aliases"] == [["out:a", "out:b"]]
    space, manifest = notebook.step("b", "a[1] = 5; r = b['part'][0] == 5", inputs={"a": "a", "b": "a"})
    assert space["r"]
    assert manifest["changed"] == ["a", "b"]
