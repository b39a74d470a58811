"""What to say of a mistake, true for the activation and the loss of its layer."""

from __future__ import annotations

from nn.activations import SOFTMAX, activation_name
from nn.delta.comparison.mistakes.variants import Mark, sentence_of
from nn.delta.comparison.naming import KINDS, kind_and_layer, named
from nn.delta.comparison.passes import Pass
from nn.delta.comparison.words.verdicts import Mistake
from nn.delta.notation import AnyNotation
from nn.loss_rows import Loss
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_on_logits,
    cross_entropy,
    cross_entropy_on_logits,
    half_squared_error,
    squared_error,
)

SLOPES: dict[object, str] = {  # σ′ in letters
    "sigmoid": "a (1 − a)",
    "tanh": "1 − a²",
    "relu": "1 where z > 0, else 0",
    "identity": "1",
    "leaky_relu": "1 where z > 0, else 0.01",
    "elu": "1 where z > 0, else a + 1",
    "softplus": "the sigmoid of z",
}
STARTS: dict[object, str] = {  # ∂C/∂aᴸ in letters
    squared_error: "2 (a − y)",
    half_squared_error: "a − y",
    binary_cross_entropy: "(a − y) / (a (1 − a))",
    cross_entropy: "−y / a",
    binary_cross_entropy_on_logits: "σ(z) − y",
    cross_entropy_on_logits: "softmax(z) − y",
}
LOGARITHMS: dict[object, str] = {
    binary_cross_entropy: "sigmoid",
    cross_entropy: SOFTMAX,
}  # and the σ with which δ is a − y
JACOBIAN = "it goes through the Jacobian, δⱼ = aⱼ (∂C/∂aⱼ − Σᵢ aᵢ ∂C/∂aᵢ)"


def mistake_of(mark: Mark, name: str, right: Pass, notation: AnyNotation = "002") -> Mistake:
    """A mark in a quantity as a mistake with its sentence.

    >>> from nn import MLP, trace
    >>> from nn.delta.comparison.passes import pass_of
    >>> right = pass_of(trace(MLP(1, [1], output_activation="tanh", seed=0), [0.3], y=1.0))
    >>> mistake_of(Mark("no slope"), "delta1", right).sentence
    'σ′ is missing in {q}: that is ∂C/∂a; multiply by σ′(z) = 1 − a²'
    """
    kind, l = kind_and_layer(name)
    is_quantity = kind in KINDS  # and neither "", the whole pass, nor "ε = 0.5"
    fields = _fields(kind, l if is_quantity and l else right.depth, right)
    fields |= {"q": "{q}", "detail": mark.detail, "t": mark.detail, "step": ""}
    if mark.detail.startswith("−"):
        fields["step"] = ": is that a step −ε ∂C/∂w, and not the gradient?"
    shown = named(name, notation) if is_quantity else name or "z"
    return Mistake(mark.kind, shown, mark.detail, sentence_of(mark.kind, kind).format(**fields))


def _fields(kind: str, l: int, right: Pass) -> dict[str, str]:
    """What sentences say of layer l in braces."""
    is_last, sigma = l == right.depth, right.sigmas[l]
    letters = SLOPES.get(sigma, "σ′(z)") if isinstance(sigma, str) else "σ′(z)"
    loss = right.loss if isinstance(right.loss, Loss) else None  # others may not be hashed
    cancels = is_last and sigma == LOGARITHMS.get(loss, "")
    of_loss = kind == "C" or (is_last and kind == "delta")
    through = "multiply by σ′(z)" + ("" if letters == "σ′(z)" else f" = {letters}")
    if right.couples(l):
        through = JACOBIAN if sigma == SOFTMAX else "multiply by Jᵀ"
    if cancels:
        through = "with this loss it becomes δ = a − y"
    sign = "the minus stands in the update alone"
    if kind == "C":
        sign = "−log a, with the minus" if loss in LOGARITHMS else "the loss has no such minus"
    elif of_loss:
        order = "2 (a − y), not 2 (y − a)" if right.loss is squared_error else "a − y, not y − a"
        sign = f"δᴸ has {order}; the update has the minus"
    return {
        "up": str(l + 1),
        "down": str(l - 1),
        "slope": letters,
        "sigma": activation_name(sigma),
        "start": STARTS.get(loss, "the derivative of the loss"),
        "through": through,
        "cancels": ": with this loss δ = a − y, and nothing more" if cancels else "",
        "given_a": f" ({letters} is σ′(z) already)" if sigma in ("sigmoid", "tanh") else "",
        "sign": sign,
        "factor_of": "this loss does not have" if of_loss else "does not belong there",
    }
