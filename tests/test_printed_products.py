"""Every product and sum that is printed comes out as printed: in pictures, pages, text, over random networks.

Read back from what a person sees: the factors as printed, multiplied, are the printed result to its last
decimal. Softmax couples its neurons, so that no σ′ of one neuron may stand beside its numbers.
"""

import math
import random
import re
from itertools import pairwise
from itertools import product as cartesian

import pytest
from picture_readback import as_number, having, read, texts

import viz
from minigrad import Value, backward_steps
from nn import MLP, Trace, cross_entropy, cross_entropy_on_logits, trace
from nn.debugging import table_lines
from nn.delta.delta_table import delta_table

KINDS = (
    "softmax on a label",
    "softmax on probabilities",
    "softmax, squared error",
    "sigmoid",
    "own",
    "identity",
)


def network(seed: int) -> Trace:
    """A network with weights over several magnitudes, its output in turn of each kind."""
    rng, kind = random.Random(seed), KINDS[seed % len(KINDS)]
    sizes = [rng.randint(1, 4), rng.randint(1, 4), rng.randint(2, 4)]
    last = {"sigmoid": "sigmoid", "own": lambda z: z * z.sigmoid(), "identity": "identity"}
    model = MLP(
        sizes[0],
        sizes[1:],
        rng.choice(["sigmoid", "tanh", "silu", "relu"]),
        last.get(kind, "softmax"),
        elementary=rng.random() < 0.4,
        seed=seed,
    )
    scale = 10.0 ** rng.uniform(-1.5, 1.0)
    for parameter in model.parameters():
        parameter.data = rng.gauss(0.0, scale)
    x = [rng.uniform(-2.0, 2.0) for _ in range(sizes[0])]
    shares = [rng.random() for _ in range(sizes[-1])]
    if kind == "softmax on a label":
        traced = trace(model, x, rng.randrange(sizes[-1]), cross_entropy)
    elif kind == "softmax on probabilities":
        traced = trace(model, x, [share / math.fsum(shares) for share in shares], cross_entropy)
    elif kind == "identity" and seed % 2:
        traced = trace(model, x, rng.randrange(sizes[-1]), cross_entropy_on_logits)
    else:
        traced = trace(model, x, shares)
    traced.backward()
    return traced


def is_rounded(value: float, printed: str) -> bool:
    """Whether a number, rounded to as many decimals as are printed, is the printed one."""
    mantissa, _, exponent = printed.partition("e")
    unit = 10.0 ** (int(exponent.replace("−", "-") or 0) - len(mantissa.partition(".")[2]))
    return abs(value - as_number(printed)) <= 0.5 * unit * (1 + 1e-6) + 1e-13 * abs(value)


def multiplies_out(factors: list[str], result: str) -> bool:
    value = math.prod(map(as_number, factors))
    return as_number(result) == value == 0 or is_rounded(value, result)


def is_number(text: str) -> bool:
    return re.fullmatch(r"[+−]?\d[\d.]*(e[+−]?\d+)?", text) is not None


def check(factors: list[str], result: str) -> None:
    assert multiplies_out(factors, result), f"{' × '.join(factors)} is not {result}"


SEEDS = range(36)


@pytest.mark.parametrize("seed", SEEDS)
def test_on_the_edges_and_rows_of_a_graph(seed: int) -> None:
    root, found = network(seed).cost, 0
    words = texts(read(viz.graph(root, detail="operations").svg))
    for product, result in pairwise(words):
        if " × " in product and result.startswith("= ") and is_number(product.split(" × ")[0]):
            check(product.split(" × "), result.removeprefix("= "))
            found += 1
    for product, name, result in zip(words, words[1:], words[2:], strict=False):
        if (
            " × " in product
            and all(map(is_number, product.split(" × ")))
            and (name == "grad" or name[0] == "δ")
        ):
            check(product.split(" × "), result)  # of a single contribution, which is the gradient
            found += 1
    assert found > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_recursion(seed: int) -> None:
    traced = network(seed)
    for layer in (1, 2):
        picture = read(viz.recursion(traced, layer).svg)
        coupled = traced.activation(layer) == "softmax"
        columns = [[texts(cell)[0] for cell in having(picture, name)] for name in ("error", "slope", "delta")]
        assert len(columns[2]) == len(traced.z[layer])
        for error, slope, delta in zip(*columns, strict=not coupled):
            assert (slope == "Jᵀ") == coupled
            if not coupled:
                check([error, slope.removeprefix("× ")], delta)
        senders = [texts(sender)[1] for sender in having(picture, "sender")]
        cells = [texts(cell) for cell in having(picture, "sent")]
        for number, (factors, part) in enumerate(cells):  # column after column
            sender = senders[number % len(senders)]
            factor, _, other = factors.partition(" × ")
            assert other in ("", sender.removeprefix("+"))
            check([factor, sender], part)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_outer_products(seed: int) -> None:
    traced = network(seed)
    panels = [g for g in read(viz.outer_products(traced).svg).findall("g") if g.get("transform")]
    for panel in panels:
        tops, sides = ([texts(m)[1] for m in having(panel, name)] for name in ("margin-a", "margin-delta"))
        cells = [texts(cell)[0] for cell in having(panel, "cell")]
        for (delta, a), product in zip(cartesian(sides, tops), cells, strict=True):
            check([delta, a], product)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_table_of_the_terminal(seed: int) -> None:
    traced = network(seed)
    rows = [line.split() for line in str(viz.table(traced)).splitlines()[1:] if line]
    assert len(rows) == len(traced.z[1]) + len(traced.z[2])
    for _, _, _, slope, error, _, delta in rows:
        if slope != "couples":
            check([slope, error], delta)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_the_debuggers_table(seed: int) -> None:
    journal = backward_steps(network(seed).cost, from_zero=True)
    journal.finish()
    for line in list(table_lines(delta_table(journal), journal))[1:]:
        *_, error, slope, delta = line.split()
        if slope not in ("Jᵀ", "–"):
            check([error, slope], delta)


def log_sum_exp(*numbers: float) -> float:
    return math.log(math.fsum(map(math.exp, numbers)))


@pytest.mark.parametrize("seed", SEEDS)
def test_in_explanations(seed: int) -> None:
    traced = network(seed)
    for layer in (1, 2):
        for z in traced.z[layer]:
            text = viz.explain(z, traced.cost, with_paths=True).text
            for *factors, product in re.findall(r"(\S+) × (\S+) = (\S+)", text):
                check(factors, product)
            _, numbers, result, *_ = text.splitlines()
            written = (
                numbers.strip().removeprefix("= ").replace("·", "*").replace("−", "-").replace("^", "**")
            )
            value = eval(written, {"exp": math.exp, "log": math.log, "logsumexp": log_sum_exp})
            assert is_rounded(value, result.strip().removeprefix("= ")), (numbers, result)


def test_of_softmax_the_gradients_that_are_0_are_0_and_not_unknown() -> None:
    """With a label the cost is of one output alone: ∂C/∂a of the others is 0, after a backward pass."""
    for target in (1, [0.0, 1.0]):
        traced = trace(MLP(2, [3, 2], "sigmoid", "softmax", seed=0), [1.0, 2.0], target, cross_entropy)
        assert not traced.has_gradients
        with pytest.raises(ValueError, match="no backward pass"):
            viz.recursion(traced, 2)
        traced.backward()
        assert traced.activation_gradients(2)[0] == 0.0
        assert traced.activation_gradients(2)[1] == pytest.approx(-1.0 / traced.a[2][1].data, rel=1e-12)
        picture = read(viz.recursion(traced, 2).svg)
        assert texts(having(picture, "sender")[0])[1] == "0"
        assert " 0  δ₁⁽²⁾" in str(viz.table(traced))


def test_outputs_that_the_cost_leaves_out_have_gradients_of_0() -> None:
    traced = trace(MLP(2, [2, 3], "tanh", seed=1), [0.5, -1.0])
    (traced.output[1] ** 2).backward()
    assert traced.delta(2).tolist() == [0.0, 2 * traced.output[1].data, 0.0]
    assert "?" not in str(viz.table(traced))
    assert texts(having(read(viz.network(traced).svg), "delta")[-1])[-1] == "0"


def test_a_gradient_of_0_is_printed_without_a_colour_of_either_sign() -> None:
    x = Value(2.0, label="x")
    (x * 0.0).backward()
    from rich.console import Console

    console = Console(force_terminal=True, color_system="truecolor", width=80)
    with console.capture() as capture:
        console.print(viz.tree(x * 1.0))
    assert "\x1b[38" not in capture.get()
