"""Chapter 11: from here to PyTorch.

After it you can read PyTorch code in the terms used here, and find δ in a PyTorch network. It also runs
without PyTorch, but then prints less.
"""

# %% [markdown]
# ## The same words
# PyTorch's engine does what `Value.backward` does, but a node holds an array instead of a number.

# %%
import importlib.util

import numpy as np

from minigrad import Operation, Value, grad, no_grad
from nn import MLP, SGD, equations, squared_error, to_torch, trace, trace_torch

WORDS = [
    ("Value(2.0)", "torch.tensor(2.0, requires_grad=True)", "a number | an array of any shape"),
    ("node.op, node.operands", "tensor.grad_fn, .next_functions", "where it came from"),
    ("node.local_derivatives", "what grad_fn saved for backward", "numbers | arrays, never a full Jacobian"),
    ("cost.backward()", "loss.backward()", "the same walk; PyTorch frees the graph after it"),
    ("leaf.grad adds up", "leaf.grad adds up", "so both need zero_grad()"),
    ("z.grad (is δ)", "z.retain_grad() first", "PyTorch drops the gradients of interior nodes"),
    ("grad(y, [x])", "torch.autograd.grad(y, [x])", "leaves .grad alone"),
    ("no_grad()", "torch.no_grad()", "record nothing"),
    ("detect_anomaly()", "torch.autograd.detect_anomaly()", "who made the first NaN?"),
    ("check_gradients(f, xs)", "torch.autograd.gradcheck(f, xs)", "against differences"),
    ("Operation", "torch.autograd.Function", "an operation of your own"),
    ("minigrad.compile(cost, …)", "torch.compile(model)", "a faster program from a recording"),
    (
        "MLP(4, [2, 2, 1])",
        "Sequential(Linear(4, 2), Sigmoid(), …)",
        "Linear keeps W as (n_out, n_in), as here",
    ),
]
for ours, theirs, remark in WORDS:
    print(f"{ours:<26} {theirs:<40} {remark}")

# %% [markdown]
# ## A training loop, line for line
# Read it in both languages: forward, zero, backward, step.

# %%
model = MLP(4, [2, 2, 1], activation="sigmoid", seed=0, initial="uniform")
optimizer = SGD(learning_rate=0.5)
x, y = [0.5, -1.0, 2.0, 0.1], 1.0
print()
for _ in range(3):
    cost = squared_error(model(x), y)  # loss = torch.nn.functional.mse_loss(model(x), y)
    model.zero_grad()  # optimizer.zero_grad()
    cost.backward()  # loss.backward()
    optimizer.step(model.parameters())  # optimizer.step()
    print(f"C = {cost.data:.4f}")

# %% [markdown]
# ## What is the same, and what is not
# For a derivative of a derivative, both need `create_graph=True`. Neither records a computation whose
# derivative is not needed.

# %%
v = Value(3.0)
(slope,) = grad(v**3, [v], create_graph=True)
(curvature,) = grad(slope, [v])
print(f"\nv³ at 3: slope {slope.data}, curvature {curvature.data}")
with no_grad():
    print("operands recorded under no_grad:", len((v * 2).operands))
double = Operation("double", lambda x: 2 * x, lambda y, x: (2.0,))
print("an operation of one's own is one row:", double(v).data, double(v).local_derivatives)

# %% [markdown]
# ## δ in a PyTorch network
# `trace_torch` runs a Sequential and keeps z, a and δ of each layer. The same report then says whether its
# gradients are those of the four equations. In float32 they are to seven digits; here both are float64.

# %%
t = trace(model, x, y)
t.backward()
print("\nδ of layer 1, node by node:", t.delta(1).round(4))
if importlib.util.find_spec("torch") is None:
    print("PyTorch is not installed here. To see its δ: pip install torch, and run this again.")
else:
    import torch

    theirs = trace_torch(to_torch(model), x, [y], torch.nn.MSELoss())
    print("δ of layer 1, PyTorch:     ", theirs.delta(1).round(4))
    agree = all(np.allclose(theirs.delta(l), t.delta(l), rtol=0, atol=1e-12) for l in (1, 2, 3))
    print(
        "every δ agrees to 1e-12:", agree, "  the four equations:", equations.report(theirs).largest <= 1e-12
    )

# %% [markdown]
# ## To try
# 1. Take a network of your own in PyTorch, and let `trace_torch` and `equations.report` look at it.
# 2. Forget `zero_grad()` in the loop. What is the gradient in the third round? Try it in both.
# 3. How many nodes has the graph of one example here, and how many of a batch in PyTorch? Why is one faster?
