"""PyTorch itself, its numbers as arrays, and whether a network is one that can be watched."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def import_torch() -> Any:
    """The module `torch`. Raises ImportError, with the command to install it.

    >>> import_torch.__name__
    'import_torch'
    """
    try:
        return importlib.import_module("torch")
    except ImportError:
        raise ImportError("this needs PyTorch, which minigrad does not install: pip install torch") from None


def as_array(tensor: Any) -> Array:
    """The numbers of a tensor as float64, of the same shape.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> as_array(torch.ones(2))
    array([1., 1.])
    """
    return np.array(tensor.detach().cpu().tolist(), dtype=np.float64).reshape(tuple(tensor.shape))


def checked_network(network: Any, caller: str) -> Any:
    """The network, if it can be watched. Raises TypeError for what is no module, ValueError with the remedy.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> checked_network(torch.nn.Linear(2, 1), "trace_torch")
    Linear(in_features=2, out_features=1, bias=True)
    """
    torch = import_torch()
    if not isinstance(network, torch.nn.Module):
        raise TypeError(f"{caller}: give a torch.nn.Module, not {type(network).__name__}")
    kind = type(network).__name__
    if kind == "OptimizedModule":
        raise ValueError(f"{caller}: torch.compile hides the layers; give the module that it was made of")
    if kind in ("DataParallel", "DistributedDataParallel", "FullyShardedDataParallel"):
        raise ValueError(f"{caller}: {kind} spreads the network over devices; give its .module")
    for name, module in network.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise ValueError(
                f"{caller}: {_called(name, module)} is compiled by torch.jit, which hides its layers"
            )
    tensors = [*network.named_parameters(), *network.named_buffers()]
    for name, tensor in tensors:
        if torch.nn.parameter.is_lazy(tensor):
            raise ValueError(f"{caller}: {name} has no shape yet; call the network once on an input")
        if tensor.device.type == "meta":
            raise ValueError(f"{caller}: {name} is on the device meta, and has no numbers; load the weights")
        if tensor.is_complex():
            raise ValueError(f"{caller}: {name} is complex; the equations here are of real numbers")
        if tensor.is_inference():
            raise ValueError(
                f"{caller}: {name} was made in inference mode, where no gradient is; make the network outside"
            )
        if getattr(tensor, "_post_accumulate_grad_hooks", None):
            raise ValueError(
                f"{caller}: {name} has a hook that runs when .grad is written, which happens in no trace; "
                "remove it with its handle's remove()"
            )
    devices = sorted({str(tensor.device) for _, tensor in tensors})
    if len(devices) > 1:
        raise ValueError(
            f"{caller}: the network is on several devices, {' and '.join(devices)}; move it to one of them "
            "with network.to(device)"
        )
    return network


def dtype_and_device(network: Any) -> tuple[Any, Any]:
    """Those of its first parameter of floating numbers; those of PyTorch's default without one.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> dtype_and_device(torch.nn.Linear(2, 1).double())
    (torch.float64, device(type='cpu'))
    """
    torch = import_torch()
    for parameter in network.parameters():
        if parameter.is_floating_point():
            return parameter.dtype, parameter.device
    return torch.get_default_dtype(), torch.device("cpu")


def _called(name: str, module: Any) -> str:
    return f"{name or 'the network'} ({type(module).__name__})"
