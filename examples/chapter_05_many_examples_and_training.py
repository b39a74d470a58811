"""Chapter 5: many examples, their average, training, and what the hidden neurons learn.

After it you know what a batch's gradient is made of, what the learning rate ε does, and that a network makes
features of its own.
"""

# %% [markdown]
# ## The cost is an average, and so is its gradient
# C = 1/N Σ Cₙ. Every example has its own δ and its own gradient; the batch's gradient is their mean. The 1/N
# occurs once, in that mean. Here are the hundred irises of `delta_recursion.py`, and what each adds to
# ∂C/∂w²₂₂.

# %%
import csv

import numpy as np
from delta_recursion import DATA, read_flowers

import viz
from nn import MLP, accuracy, cross_entropy_on_logits, fit, predict, trace_batch

flowers = read_flowers()
inputs, targets = [f.scores for f in flowers], [f.target for f in flowers]


def new_network() -> MLP:
    """Document 001's network, its weights drawn from −1 … 1."""
    bias = [True, True, False]
    return MLP(4, [2, 2, 1], activation="sigmoid", bias=bias, seed=0, initial="uniform")


batch = trace_batch(new_network(), inputs, targets)
batch.backward()
shares = batch.ledger(2, neuron=2, source=2).contributions
for n in (0, 1, 50, 51):
    print(f"flower {flowers[n].number:>3}, a {flowers[n].species:<11} its own ∂Cₙ/∂w²₂₂ = {shares[n]:7.4f}")
print(f"the mean of all hundred:              ∂C/∂w²₂₂  = {np.mean(shares):7.4f}")
print(f"in the graph of the mean cost:        w.grad    = {batch.weight_gradients(2)[1, 1]:7.4f}")

# %% [markdown]
# ## The influence of ε
# w ← w − ε ∂C/∂w. The gradient says which way is downhill *here*. A small step wastes time; a large one
# crosses the valley, and may end on a plateau where every σ′ is nearly 0.

# %%
print("\n   ε     C before   after 10   after 200   right of 100")
for rate in (0.02, 0.1, 0.5, 2.0):
    model = new_network()
    history = fit(model, inputs, targets, learning_rate=rate, epochs=200, patience=None)
    start, tenth, last = history.cost[0], history.cost[9], history.cost[-1]
    right = 100 * accuracy(predict(model, inputs), targets)
    print(f"{rate:>5}   {start:8.3f} {tenth:10.3f} {last:11.3f} {right:10.0f}")

# %% [markdown]
# ## When to stop
# "Until the cost is minimised" cannot be checked. So training stops after a number of epochs, or when the
# cost has not fallen for a while (patience), or when ‖∇C‖ is small. The history says which it was.

# %%
model = new_network()
history = fit(model, inputs, targets, learning_rate=0.5, epochs=1000, patience=30, gradient_tolerance=0.02)
print("\nstopped in epoch", history.epochs, "because:", history.stopped)
viz.history(history)  # in a notebook, a picture of cost and gradients; in a script add .save("history.svg")

# %% [markdown]
# ## What the hidden neurons learned
# Nobody told layer 1 what to look for. Its weights started at random. Read the rows.

# %%
weights = np.array([[w.data for w in neuron.w] for neuron in model.layers[0].neurons])
trained = trace_batch(model, inputs, targets)
means = trained.activations(1)[:, :50].mean(axis=1), trained.activations(1)[:, 50:].mean(axis=1)
print("\nneuron   sepal length, width   petal length, width   a for versicolor, virginica")
for j, row in enumerate(weights):
    print(f"1,{j + 1} {row[0]:13.1f} {row[1]:9.1f} {row[2]:13.1f} {row[3]:9.1f}", end="")
    print(f" {means[0][j]:13.2f} {means[1][j]:12.2f}")

# %% [markdown]
# ## The same on pictures
# Handwritten digits of 8 × 8 pixels, ten classes: 150 to train with, 50 others to test with. Below are
# the weights of four hidden neurons, pixel by pixel: + where ink excites the neuron, - where it inhibits it.

# %%
with DATA.with_name("digits.csv").open() as file:
    rows = np.array([[float(entry) for entry in row] for row in csv.reader(file)])
pixels, digits = rows[:, :64] / 16, rows[:, 64].astype(int)
small = np.random.default_rng(0).normal(0.0, 0.05, (8, 64))  # small, so that what was learned stands out
reader = MLP(64, [8, 10], activation="tanh", seed=0, initial=[small, "glorot"])
fit(reader, pixels[:150], digits[:150], loss=cross_entropy_on_logits, learning_rate=0.5, epochs=40)
print(f"\nof the 50 others {50 * accuracy(predict(reader, pixels[150:]), digits[150:]):.0f} are read right\n")
for y in range(8):
    four = [neuron.w[8 * y : 8 * y + 8] for neuron in reader.layers[0].neurons[:4]]
    print(*("".join("-·+"[1 + (w > 0.15) - (w < -0.15)] for w in row) for row in four), sep="     ")

# %% [markdown]
# ## To try
# 1. Use the raw measurements (`f.measurements`). How far does ε = 0.5 get now? Why does scaling help?
# 2. Train on one flower at a time (`batch_size=1, seed=0`) with ε = 0.05. Compare cost and path.
# 3. Give the hidden layers `activation="identity"`. What can the network no longer learn?
