"""torch tensors, by torch's own file in its form that holds no code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from jupyter_mlops.artifacts.classes import is_a


def is_tensor(value: object) -> bool:
    """Tell whether `value` is a tensor, of any subclass."""
    torch = sys.modules.get("torch")
    return torch is not None and is_a(value, torch.Tensor)


def writer(value: Any) -> Callable[[BinaryIO], None] | None:
    """Return how to write a plain tensor: no subclass, no graph behind it, no attributes of the user's.

    A view into larger memory is pickled instead, because torch would write all of that memory.
    """
    torch = sys.modules.get("torch")
    if torch is None or type(value) is not torch.Tensor or not is_dense(value):
        return None
    whole = value.untyped_storage().nbytes() == value.numel() * value.element_size()
    if not (whole and value.is_leaf and value.grad is None and not vars(value)):
        return None
    save = torch.save
    return lambda file: save(value, file)


def gradient(tensor: Any) -> Any:
    """Return the gradient, or None; torch warns when a tensor that never keeps one is asked."""
    return tensor.grad if tensor.is_leaf or tensor.retains_grad else None


def is_dense(tensor: Any) -> bool:
    """Tell whether the tensor is ordinary memory with shape and strides."""
    import torch

    return tensor.layout == torch.strided and not tensor.is_quantized and tensor.device.type in ("cpu", "cuda")


def reduce(value: Any, storages: dict[int, object]) -> tuple[Any, ...] | None:
    """Return how to rebuild a plain tensor over its storage, or None for torch's own way.

    Torch's way in a pickle gives every tensor a storage of its own. `storages` has one array for each storage of
    this pickle, so tensors over the same storage go on sharing it.
    """
    import torch

    is_plain = type(value) is torch.Tensor and is_dense(value) and value.device.type == "cpu"
    if not (is_plain and value.is_leaf and value.grad is None and not vars(value)):
        return None
    storage = value.untyped_storage()
    if not storage.nbytes():
        return None
    content = storages.get(storage.data_ptr())
    if content is None:
        flat = torch.empty(0, dtype=torch.uint8).set_(storage, 0, (storage.nbytes(),), (1,))
        content = storages[storage.data_ptr()] = flat.numpy()
    dtype = str(value.dtype).removeprefix("torch.")
    shape, stride = tuple(value.shape), tuple(value.stride())
    return rebuild, (content, dtype, shape, stride, value.storage_offset(), value.requires_grad)


def rebuild(
    content: Any, dtype: str, shape: tuple[int, ...], stride: tuple[int, ...], offset: int, requires_grad: bool
) -> Any:
    """Return a tensor over the memory of the numpy array `content`."""
    import torch

    storage = torch.from_numpy(content).untyped_storage()
    tensor = torch.empty(0, dtype=getattr(torch, dtype)).set_(storage, offset, shape, stride)
    return tensor.requires_grad_(requires_grad)


def read(file: BinaryIO) -> object:
    """Read tensors only; whatever else might be in the file is refused by torch."""
    import torch

    value: object = torch.load(file, weights_only=True)
    return value


def summary(value: Any) -> str:
    """Return ``torch.float32 3 x 4``."""
    return " ".join([str(value.dtype), " x ".join(f"{n:,}" for n in value.shape)]).strip()
