"""Chapter 8: the matrix form, found in the scalar graph.

After it you have seen the four equations of the documents come out of a graph of single numbers, which does
not contain them.
"""

# %% [markdown]
# ## Record one example
# The cost of one example is a scalar graph: each node holds one number. It has no layers and no matrices.

# %%
import difflib

import numpy as np

import minigrad
from minigrad import Value, topological_order
from nn import MLP, trace_batch


def record(elementary: bool) -> tuple[MLP, Value, list[Value]]:
    """001's network, its cost for one example, and the leaves that differ from example to example."""
    model = MLP(4, [2, 2, 1], "sigmoid", bias=[True, True, False], seed=0, elementary=elementary)
    x = [Value(1.0, label=f"x{k}") for k in (1, 2, 3, 4)]
    y = Value(1.0, label="y")
    return model, (model(x) - y) ** 2, [*x, y]


model, cost, inputs = record(elementary=True)
nodes = topological_order(cost)
operations = sorted({str(node.op) for node in nodes if node.operands})
print(f"the graph has {len(nodes)} nodes and these operations: {' '.join(operations)}")

# %% [markdown]
# ## Compile it
# The compiler finds the sums of products, and puts those with the same inputs together, as matrices. Then it
# goes backward through its own program. Look for W.T: equation (2).

# %%
program = minigrad.compile(cost, inputs=inputs)
print()
print(program.source)

# %% [markdown]
# ## The equations by name
# The lines of the backward part in the notation of the documents. The 1/N of the mean is a factor of δ here,
# so that it occurs once.

# %%
for equation in program.equations():
    print(equation)

# %% [markdown]
# ## The same from every way of writing it
# Above, a neuron was made of + and ×. With one `dot` node a neuron, the graph is different, but the
# program is the same.

# %%
_, cost, inputs = record(elementary=False)
other = minigrad.compile(cost, inputs=inputs)
changed = list(difflib.ndiff(program.source.splitlines(), other.source.splitlines()))
print(
    "\nnodes with dot:",
    len(topological_order(cost)),
    "  lines that differ:",
    sum(c[0] in "+-" for c in changed),
)

# %% [markdown]
# ## And the same numbers
# A batch is an array with one row for each example. The scalar graph walks example after example; the program
# does them all at once. They agree except for rounding in the last bits.

# %%
rng = np.random.default_rng(0)
batch = np.column_stack([rng.normal(size=(50, 4)), rng.choice([-1.0, 1.0], size=50)])
value, gradient = program.gradient(batch)
scalar = trace_batch(model, batch[:, :4].tolist(), batch[:, 4].tolist())
scalar.backward()
by_graph = np.array([parameter.grad for parameter in program.parameters])
print(f"\nC, compiled: {value:.4f}   C, node by node: {scalar.cost.data:.4f}")
print("all", len(gradient), "gradients agree to 1e-12:", np.allclose(gradient, by_graph, rtol=0, atol=1e-12))

# %% [markdown]
# ## To try
# 1. Give the network three outputs and a cost that is a sum. Which lines change?
# 2. Use the same weight twice, as in chapter 10. What does the compiler make of it?
# 3. Read the lines from the last to the first of "backward". Where is the outer product of equation (3)?
