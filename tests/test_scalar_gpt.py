"""examples/scalar_gpt.py: its programs compute what the engine does, and both what PyTorch does.

Users of such programs swap their own class of a value for ours; that is tried with the one of the benchmarks.
"""

from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from conftest import load_example
from kept_outputs import OTHERS, kept_output, output_of
from test_chapters import same_but_for_rounding

from minigrad import Value, dot, topological_order

# As users of scalar GPTs write it: the class from above, and Adam as a loop over two lists of numbers.
THEIR_TRAINING = """
state_dict = gpt.parameters(Value, seed=42)
params = [p for mat in state_dict.values() for row in mat for p in row]
learning_rate, beta1, beta2, eps = 0.01, 0.85, 0.99, 1e-8
m, v = [0.0] * len(params), [0.0] * len(params)
history = []
for step in range(num_steps):
    tokens = gpt.tokens_of(docs[step % len(docs)])
    keys, values, losses = [], [], []
    n = len(tokens) - 1
    for pos_id in range(n):
        probs = gpt.softmax(gpt.logits(tokens[pos_id], pos_id, state_dict, keys, values))
        losses.append(-probs[tokens[pos_id + 1]].log())
    loss = (1 / n) * sum(losses)
    loss.backward()
    lr_t = learning_rate * (1 - step / num_steps)
    for i, p in enumerate(params):
        m[i] = beta1 * m[i] + (1 - beta1) * p.grad
        v[i] = beta2 * v[i] + (1 - beta2) * p.grad**2
        m_hat = m[i] / (1 - beta1 ** (step + 1))
        v_hat = v[i] / (1 - beta2 ** (step + 1))
        p.data -= lr_t * m_hat / (v_hat**0.5 + eps)
        p.grad = 0
    history.append(loss.data)
"""


@pytest.fixture(scope="module")
def gpt():
    return load_example("scalar_gpt")


@pytest.fixture
def w(gpt):
    """Weights five times as large as the first ones, so that attention is not even."""
    return gpt.parameters(lambda number: Value(5 * number), seed=3)


def by_engine(gpt, w, names):
    """The mean cost and the gradient of all parameters, a name at a time."""
    for parameter in gpt.flat(w):
        parameter.grad = 0.0
    mean = sum(gpt.cost(gpt.tokens_of(name), w) for name in names) / len(names)
    mean.backward()
    return mean.data, {parameter: parameter.grad for parameter in gpt.flat(w)}


def by_program(gpt, w, names):
    program = gpt.compiled(len(names[0]), w)
    mean, gradient = program.gradient(gpt.as_batch(names))
    return mean, dict(zip(program.parameters, gradient.tolist(), strict=True))


def by_torch(gpt, w, names):
    """The same model with matrices and a causal mask, and PyTorch's own backward pass."""
    torch = pytest.importorskip("torch", reason="PyTorch is optional and not installed")
    t = {
        name: torch.tensor([[p.data for p in row] for row in matrix], dtype=torch.float64, requires_grad=True)
        for name, matrix in w.items()
    }

    def norm(x):
        return torch.nn.functional.rms_norm(x, x.shape[-1:], eps=1e-5)

    def heads(x):
        return x.unflatten(-1, (gpt.HEADS, -1)).transpose(1, 2)

    tokens = torch.tensor([gpt.tokens_of(name) for name in names])
    before, following = tokens[:, :-1], tokens[:, 1:]
    x = norm(t["tokens"][before] + t["positions"][: before.shape[1]])
    normed = norm(x)
    q, k, v = (heads(normed @ t[name].T) for name in ("query", "key", "value"))
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + mixed.transpose(1, 2).flatten(2) @ t["mix"].T
    x = x + torch.relu(norm(x) @ t["up"].T) @ t["down"].T
    mean = torch.nn.functional.cross_entropy((x @ t["logits"].T).flatten(0, 1), following.flatten())
    mean.backward()
    gradient = np.concatenate([matrix.grad.numpy().ravel() for matrix in t.values()])
    return mean.item(), dict(zip(gpt.flat(w), gradient.tolist(), strict=True))


def assert_same(one, other):
    (mean, gradient), (other_mean, other_gradient) = one, other
    assert mean == pytest.approx(other_mean, rel=1e-12)
    differences = [abs(gradient[p] - other_gradient[p]) for p in gradient]
    assert len(differences) == 4192
    assert max(differences) <= 1e-12
    assert max(map(abs, gradient.values())) > 1e-2  # there is something to compare


@pytest.mark.parametrize("names", [["a"], ["bo", "al"], ["clara", "jules", "zelda", "clara"]], ids=len)
def test_a_program_has_the_cost_and_the_gradient_of_the_engine(gpt, w, names):
    assert_same(by_program(gpt, w, names), by_engine(gpt, w, names))


def test_the_model_is_pytorchs_with_matrices(gpt, w):
    assert_same(by_torch(gpt, w, ["clara", "jules", "zelda"]), by_engine(gpt, w, ["clara", "jules", "zelda"]))


def test_a_program_follows_weights_that_have_moved_far_from_the_recording(gpt, w):
    program = gpt.compiled(3, w)
    for parameter in gpt.flat(w):
        parameter.data *= -1.5
    mean = program.backward(gpt.as_batch(["ida", "max"]))
    found = mean, {parameter: parameter.grad for parameter in gpt.flat(w)}
    assert_same(found, by_engine(gpt, w, ["ida", "max"]))


def test_what_comes_later_does_not_change_what_is_said_of_a_character(gpt, w):
    said = []
    for name in ("anna", "andy"):
        keys, values = [], []
        tokens = gpt.tokens_of(name)[:3]
        said.append([z.data for z in [gpt.logits(t, p, w, keys, values) for p, t in enumerate(tokens)][1]])
    np.testing.assert_array_equal(said[0], said[1])


def test_names_are_small_letters_that_fit_and_stand_once(gpt):
    names = gpt.NAMES.read_text(encoding="utf-8").split()
    assert names == sorted(set(names))
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)
    assert max(map(len, names)) + 1 <= gpt.BLOCK
    for length in gpt.LENGTHS:
        assert sum(len(name) == length for name in names) > 100
    assert gpt.tokens_of("az") == [0, 1, 26, 0]


def test_a_made_up_name_ends_where_the_block_does(gpt):
    class Last:
        """Draws z for ever."""

        def choices(self, tokens, weights):
            assert sum(weights) == pytest.approx(1.0)
            return [tokens[-1]]

    assert gpt.sample(gpt.parameters(Value), Last()) == "z" * gpt.BLOCK


def test_the_example_prints_what_is_kept_beside_it(tmp_path):
    (example,) = OTHERS
    new, kept = output_of(example, tmp_path), kept_output(example).read_text(encoding="utf-8")
    assert "agree to 1e-12: True" in new
    assert same_but_for_rounding(new, kept), f"see tests/kept_outputs.py; it now prints\n{new}"


@pytest.fixture
def slotted(root, monkeypatch):
    """Forty lines of the kind that is swapped for ours."""
    monkeypatch.syspath_prepend(root)
    return importlib.import_module("tests.benchmarks.slotted").Slotted


def test_their_program_runs_the_same_with_our_values(gpt, slotted):
    histories = []
    for engine in (slotted, Value):
        found = {"Value": engine, "gpt": gpt, "num_steps": 16, "docs": ["ann", "ida", "eva"]}
        exec(THEIR_TRAINING, found)
        histories.append(found["history"])
    theirs, ours = histories
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert len(ours) == 16
    assert theirs[0] == pytest.approx(math.log(27), abs=0.3)
    assert theirs[-1] < 1.5  # it has learned: a slip in a derivative would have shown


def test_sums_of_products_as_single_nodes_make_a_sixth_of_the_graph(gpt, w, monkeypatch):
    written_out = gpt.cost(gpt.tokens_of("rebecca"), w)
    monkeypatch.setattr(gpt, "linear", lambda x, rows: [dot(row, x) for row in rows])
    with_dots = gpt.cost(gpt.tokens_of("rebecca"), w)
    assert with_dots.data == pytest.approx(written_out.data, rel=1e-12)
    ratio = len(topological_order(written_out)) / len(topological_order(with_dots))
    assert ratio == pytest.approx(6, abs=0.5)


def test_what_the_page_says_of_forty_lines_is_so(slotted):
    x = slotted(3.0)
    y = (x * 2.0) * 3.0
    y.backward()
    x.grad = 0
    y.backward()
    assert x.grad == 12.0  # for 6: the interior node still had the first pass's gradient
    chain = x
    for _ in range(3000):
        chain = chain + 1.0
    with pytest.raises(RecursionError):
        chain.backward()
    for number, function, error in ((0.0, "log", ValueError), (800.0, "exp", OverflowError)):
        with pytest.raises(error, match=r"^math|^expected"):  # the words differ between versions of Python
            getattr(slotted(number), function)()
        with pytest.raises(error, match=rf"^{function}\({number:g}\): .*value labelled 'p'"):
            getattr(Value(number, label="p"), function)()
    difference, quotient = slotted(3.0) - slotted(2.0), slotted(3.0) / slotted(2.0)
    assert [node.data for node in difference.children] == [3.0, -2.0]
    assert [node.data for node in quotient.children] == [3.0, 0.5]
    assert [node.data for node in (Value(3.0) - Value(2.0)).operands] == [3.0, 2.0]
    assert [node.data for node in (Value(3.0) / Value(2.0)).operands] == [3.0, 2.0]
