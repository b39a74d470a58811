"""The loss of a batch in PyTorch: its targets, its cost, and whether its own derivative is to be believed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

CALLER = "trace_torch"
NUDGE = 1e-6  # of outputs, in float64: its square is lost in the last digits of a cost
BELIEVED = 1e-3  # of a derivative: what a loss may be off that computes in float32 on its way


def targets_of(torch: Any, y: Any, output: Any, is_batch: bool) -> Any:
    """y as N targets: classes stay integers, other numbers have the precision and the shape of the output.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> targets_of(torch, [0.5, 1.0], torch.ones(2, 1), is_batch=True).shape
    torch.Size([2, 1])
    """
    try:
        targets = torch.as_tensor(y, device=output.device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{CALLER}: y must be an array of numbers, a target a row: {error}") from error
    targets = targets if is_batch else targets.unsqueeze(0)
    if targets.dim() == 0 or len(targets) != len(output):
        raise ValueError(f"{CALLER}: {len(output)} examples need as many targets, not {targets.numel()}")
    if not targets.is_floating_point():
        return targets
    if isinstance(y, torch.Tensor) and targets.dim() == 1 and output.dim() == 2 and len(targets) > 1:
        warnings.warn(
            f"{CALLER}: targets of shape ({len(y)},) are taken as ({len(y)}, 1), one an example; PyTorch's "
            "own losses take every one of them with every output: write y.unsqueeze(1) there",
            stacklevel=3,
        )
    return _shaped(targets.to(output.dtype), output)


def _shaped(targets: Any, output: Any) -> Any:
    """(N,) as (N, 1), or back, where PyTorch would take every target with every output."""
    return targets.reshape(output.shape) if targets.numel() == output.numel() else targets


def mean_cost(torch: Any, loss: Callable[[Any, Any], Any], output: Any, targets: Any) -> Any:
    """The loss of the batch, as a tensor; a loss that adds up over the examples, divided by their number.

    >>> import pytest
    >>> torch = pytest.importorskip("torch", reason="PyTorch is optional")
    >>> outputs = torch.ones(2, 1, requires_grad=True)
    >>> loss = torch.nn.MSELoss(reduction="sum")
    >>> mean_cost(torch, loss, outputs, torch.zeros(2, 1)).item()
    1.0
    """
    as_given = (
        [targets] if targets.is_floating_point() else [targets, _shaped(targets.to(output.dtype), output)]
    )
    problems: list[Exception] = []
    for candidate in as_given:  # integers may be classes, or numbers that someone wrote without a point
        try:
            return _tried_cost(torch, loss, output, candidate)
        except (RuntimeError, TypeError, IndexError, AttributeError, UserWarning, ValueError) as error:
            if str(error).startswith(CALLER):
                raise
            problems.append(error)
    classes = targets.is_floating_point() and bool((targets == targets.round()).all())
    remedy = ", which are whole numbers: y.long()" if classes else ""
    raise ValueError(
        f"{CALLER}: the loss fails on outputs of shape {tuple(output.shape)}, {output.dtype}, and targets of "
        f"shape {tuple(targets.shape)}, {targets.dtype}: {problems[0]}; give targets of the outputs' shape, "
        f"or a class an example{remedy}, and the loss's own tensors the precision of the network"
    ) from problems[0]


def _tried_cost(torch: Any, loss: Callable[[Any, Any], Any], output: Any, targets: Any) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Using a target size")
        total = loss(output, targets)
    if not isinstance(total, torch.Tensor) or total.numel() != 1:
        what = tuple(total.shape) if isinstance(total, torch.Tensor) else type(total).__name__
        raise ValueError(
            f"{CALLER}: a cost is one number, and the loss gives {what}; use reduction='mean', or take its "
            "mean"
        )
    if not total.requires_grad:
        raise ValueError(f"{CALLER}: the cost does not depend on the outputs: no gradient comes back from it")
    (sent,) = torch.autograd.grad(total, output, retain_graph=True, allow_unused=True)
    if sent is not None:
        _check_derivative(torch, loss, output, targets, sent)
    total = total.reshape(())
    return total / len(output) if _adds_up(torch, loss, output, targets, total) else total


def _adds_up(torch: Any, loss: Callable[[Any, Any], Any], output: Any, targets: Any, total: Any) -> bool:
    """Whether the loss of a batch is the sum of the losses of its examples, and not their mean."""
    reduction = getattr(loss, "reduction", None)
    if reduction is not None or len(output) == 1:
        return bool(reduction == "sum")
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            alone = [float(loss(output[n : n + 1], targets[n : n + 1])) for n in range(len(output))]
    except (RuntimeError, TypeError, ValueError, IndexError):
        return False
    whole, added = float(total.detach()), sum(alone)
    off = 64 * torch.finfo(total.dtype).eps * sum(abs(one) for one in alone)
    return bool(abs(whole - added) <= off < abs(whole - added / len(output)))


def _check_derivative(
    torch: Any, loss: Callable[[Any, Any], Any], output: Any, targets: Any, sent: Any
) -> None:
    """Warn if ∂C/∂aᴸ as the loss sends it back differs from differences of the loss: (1) begins with it.

    The outputs are nudged together, along what is sent and along a fixed pattern, either way; at a kink any
    slope between the two sides is right. A loss that fails in float64, is random, or is given numbers of less
    than 32 bits is not judged.
    """
    if torch.finfo(output.dtype).bits < 32:
        return
    a, y = output.detach().double(), targets.double() if targets.is_floating_point() else targets
    pattern = torch.cos(torch.arange(a.numel(), dtype=a.dtype, device=a.device)).reshape(a.shape)
    nudge = NUDGE * max(1.0, float(a.abs().max()))
    for direction in (sent.detach().double(), pattern):
        way = direction / direction.abs().max().clamp(min=1e-300)
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                below, at, again, above = (float(loss(a + k * way, y)) for k in (-nudge, 0.0, 0.0, nudge))
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
            return
        slopes, told = ((at - below) / nudge, (above - at) / nudge), float((sent * way).sum())
        noise = BELIEVED * float((sent * way).abs().sum()) + 1e-7 * (1.0 + abs(at))
        is_known = at == again and all(map(math.isfinite, slopes))
        if is_known and not min(slopes) - noise <= told <= max(slopes) + noise:
            warnings.warn(
                f"{CALLER}: the loss sends back a slope of {told:.6g}, it grows by {sum(slopes) / 2:.6g} if "
                "its outputs are nudged: its backward is wrong, or it detaches something. Equation (1) "
                "begins with it: give report(t, cost_gradient=…) the right ∂C/∂a, an example a column",
                stacklevel=5,
            )
            return
