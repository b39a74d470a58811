"""What in PyTorch is a layer's product, x Wᵀ + b, by whatever call it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nn.exchange.torch_modules import import_torch


def factors_of(function: Any, arguments: tuple[Any, ...], settings: dict[str, Any], own: set[int]) -> Any:
    """(x, W, b or None, the owner of W) of a call that computes x Wᵀ + b; None of any other call.

    That is `linear`, or a product of x, shape (N, n_in), and a matrix, or its transpose, that is among the
    network's own tensors, whose ids are given.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> x, w = torch.ones(5, 2), torch.ones(2, 3)
    >>> x, W, b, owner = factors_of(torch.matmul, (x, w), {}, {id(w)})
    >>> W.shape, b, owner is w
    (torch.Size([3, 2]), None, True)
    """
    if function is import_torch().nn.functional.linear:
        given = dict(zip(("input", "weight", "bias"), arguments)) | settings
        return given["input"], given["weight"], given.get("bias"), given["weight"]
    call = getattr(function, "__name__", "").strip("_"), len(arguments)
    if call not in {("addmm", 3), ("matmul", 2), ("mm", 2)} or settings:
        return None
    bias, x, matrix = (None, *arguments)[-3:]
    owner = matrix if id(matrix) in own else getattr(matrix, "_base", None)
    is_layer = id(owner) in own and x.dim() == matrix.dim() == 2
    return (x, matrix.t(), bias, owner) if is_layer and _is_bias(bias, own) else None


def added_bias(sent: Any, function: Any, arguments: tuple[Any, ...], own: set[int]) -> Any:
    """The vector of the network's own that a call adds to the product of x @ W; None if it does not.

    >>> added_bias(None, abs, (1.0,), set()) is None
    True
    """
    if sent is None or getattr(function, "__name__", "").strip("_") not in ("add", "radd"):
        return None
    others = [one for one in arguments if one is not sent]
    return others[0] if len(arguments) == 2 and len(others) == 1 and _is_bias(others[0], own) else None


def _is_bias(bias: Any, own: set[int]) -> bool:
    return bias is None or (id(bias) in own and bias.dim() == 1)


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
