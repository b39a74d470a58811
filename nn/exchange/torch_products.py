"""What in PyTorch is a layer's product, x Wᵀ + b, by whatever call it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nn.exchange.torch_modules import import_torch


def factors_of(function: Any, arguments: tuple[Any, ...], settings: dict[str, Any], own: set[int]) -> Any:
    """(x, W, b or None, the owner of W) of a call that computes x Wᵀ + b; None of any other call.

    That is `linear`, or a product of x, shape (N, n_in), and a matrix, or its transpose, that is among the
    network's own tensors, whose ids are given.

    >>> factors_of(abs, (1.0,), {}, set()) is None
    True
    """
    torch, name = import_torch(), getattr(function, "__name__", "")
    if function is torch.nn.functional.linear:
        given = dict(zip(("input", "weight", "bias"), arguments)) | settings
        return given["input"], given["weight"], given.get("bias"), given["weight"]
    products = {("addmm", 3), ("matmul", 2), ("mm", 2)}
    if (name.strip("_"), len(arguments)) not in products or settings:
        return None
    *bias, x, matrix = arguments
    owner = matrix if id(matrix) in own else matrix._base
    if id(owner) not in own or x.dim() != 2 or matrix.dim() != 2:
        return None
    return x, matrix.t(), bias[0] if bias else None, owner


def added_bias(sent: Any, function: Any, arguments: tuple[Any, ...], own: set[int]) -> Any:
    """The vector of the network's own that a call adds to the product of x @ W; None if it does not.

    >>> added_bias(None, abs, (1.0,), set()) is None
    True
    """
    if sent is None or getattr(function, "__name__", "").strip("_") not in ("add", "radd"):
        return None
    others = [one for one in arguments if one is not sent]
    is_bias = len(arguments) == 2 and len(others) == 1 and id(others[0]) in own and others[0].dim() == 1
    return others[0] if is_bias else None


def unknown_products(network: Any, layers: Sequence[Any] = ()) -> str:
    """What a message adds where matrices of the network's own multiply in a way that makes no layer.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> unknown_products(torch.nn.Bilinear(2, 2, 1))
    '; weight (of Bilinear) makes no layer: multiply by it with torch.nn.functional.linear(x, w, b)'
    """
    torch = import_torch()
    owners = {id(layer.owner) for layer in layers}
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Linear) or torch.nn.utils.parametrize.is_parametrized(module):
            continue
        for own, parameter in module.named_parameters(name, recurse=False):
            if parameter.dim() > 1 and id(parameter) not in owners and "parametrizations." not in own:
                kind = type(module).__name__
                remedy = "multiply by it with torch.nn.functional.linear(x, w, b)"
                return f"; {own} (of {kind}) makes no layer: {remedy}"
    return ""
