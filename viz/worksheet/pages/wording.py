"""The sentences of a worksheet, of words and formulas; HTML and LaTeX set them.

A word is text; a formula is a tuple.
"""

from __future__ import annotations

from nn.delta.formulas import Quantity
from nn.delta.notation import as_notation
from viz.worksheet.pages.content import Formula, Sheet

Sentence = tuple[str | Formula, ...]

_SIGMA: dict[str, tuple[tuple[str, ...], str]] = {
    "half": (("z",), " for z > 0, z/2 for z < 0; {s}′ is 1 or ½"),
    "sigmoid": (("1", "/", "(", "1", "+", "exp", "(", "−", "z", ")", ")"), "; {s}′ = {a} (1 − {a})"),
    "tanh": (("tanh", "(", "z", ")"), "; {s}′ = 1 − {a}²"),
    "relu": (("z",), " for z > 0, else 0; {s}′ is 1 or 0"),
    "identity": (("z",), "; {s}′ = 1"),
    "softmax": (
        ("exp", "(", "z", ")", "/", "S"),
        ", S the sum of exp(z) over the layer; with this cost {d} = {a} − y",
    ),
}


def rules_of(sheet: Sheet) -> list[Sentence]:
    """What σ is in each layer, how weights are numbered, and to how many decimals to give numbers."""
    exercise, n = sheet.exercise, as_notation(sheet.notation)
    *hidden, last = exercise.activations
    groups = [("Hidden layers: ", hidden[0]), ("Output layer: ", last)] if hidden else [("The layer: ", last)]
    if hidden and set(hidden) == {last}:
        groups = [("All layers: ", last)]
    elif len(set(hidden)) > 1:
        groups = [(f"Layer {n.number_of(l)}: ", name) for l, name in enumerate(exercise.activations, start=1)]
    sentences: list[Sentence] = []
    for where, name in groups:
        formula, more = _SIGMA[name]
        own = tuple(n.z if sign == "z" else sign for sign in formula)
        words = more.replace("z", n.z).format(s=n.activation, a=n.a, d=n.delta)
        sentences.append((where, (n.activation, "(", n.z, ")", "=", *own), words + "."))
    sentences.append(("Numbers above a letter number layers, and are no powers.",))
    if exercise.sizes[1] > 1:
        weight = Quantity("w", 1, 2, 1)
        sentences.append(((weight,), " leads to neuron 2 of its layer from neuron 1 of the layer before."))
    if exercise.decimals:
        sentences.append((f"Give numbers to {exercise.decimals} decimals, and work with more.",))
    return sentences


def footer_of(sheet: Sheet) -> str:
    """What the sheet is of, in words alone."""
    sizes = "-".join(map(str, sheet.exercise.sizes))
    return f"network {sizes}, sheet {sheet.exercise.name}; made and solved with minigrad"


def headings_of(sheet: Sheet) -> list[Sentence]:
    """What stands above the four parts of the work."""
    n = as_notation(sheet.notation)
    return [
        (f"1 Forward: {n.z}, {n.a} and {n.activation}′ of every neuron, layer by layer",),
        (f"2 Backward: {n.delta} of every neuron, from the last layer to the first",),
        ("3 Gradients",),
        ("4 One step of descent",),
    ]


def hints_of(sheet: Sheet) -> tuple[Sentence, Sentence]:
    """How to work backward, and how to find the gradients."""
    n = as_notation(sheet.notation)
    backward: Sentence = ("In the last layer ", sheet.last_error, ". ")
    if len(sheet.exercise.weights) > 1:
        backward += (
            "In earlier layers ",
            sheet.recursion,
            f": for each weight that leads out of the neuron, weight × {n.delta} at its end; add these up.",
        )
    gradients = (
        f"For a weight: the {n.delta} of the neuron it leads to times the {n.a} (or {n.x or n.a}) of the one "
        f"it comes from. For a bias: its {n.delta}."
    )
    return backward, (gradients,)
