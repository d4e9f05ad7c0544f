"""torch tensors, by torch's own file in its form that holds no code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, BinaryIO


def is_tensor(value: object) -> bool:
    """Tell whether `value` is a tensor, of any subclass."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write a plain tensor: no subclass, no graph behind it, no attributes of the user's.

    A view into larger memory is pickled instead, because torch would write all of that memory.
    """
    torch = sys.modules.get("torch")
    if torch is None or type(value) is not torch.Tensor or not _is_dense(value):
        return None
    whole = value.untyped_storage().nbytes() == value.numel() * value.element_size()
    if not (whole and value.is_leaf and value.grad is None and not vars(value)):
        return None
    save = torch.save
    return lambda file: save(value, file)


def _is_dense(tensor: Any) -> bool:
    import torch

    return tensor.layout == torch.strided and not tensor.is_quantized and tensor.device.type in ("cpu", "cuda")


def read(file: BinaryIO) -> object:
    """Read tensors only; whatever else might be in the file is refused by torch."""
    import torch

    value: object = torch.load(file, weights_only=True)
    return value


def summary(value: Any) -> str:
    """Return ``torch.float32 3 x 4``."""
    return f"{value.dtype} " + " x ".join(f"{n:,}" for n in value.shape)
