"""Chapter 6: cross-entropy, or where σ′ goes.

After it you know why δ of the last layer is simply a − y for a classifier, although σ′ is not in it.
"""

# %% [markdown]
# ## Squared error on a sigmoid: a wrong neuron that hardly learns
# The output is a = σ(z), the target y = 1. Here z = −6, so a is nearly 0: as wrong as it can be. But σ is
# flat there, and δ = ∂C/∂a · σ′(z) is small because σ′ is.

# %%
import numpy as np

from minigrad import Value, jacobian, topological_order
from nn import MLP, cross_entropy, cross_entropy_on_logits, equations, softmax, trace

y = 1.0
print("    z      a     squared error: ∂C/∂a × σ′(z) = δ          cross-entropy: ∂C/∂a × σ′(z) = δ")
for number in (-6.0, -2.0, 0.0, 2.0):
    row = f"{number:5.0f} {Value(number).sigmoid().data:8.4f}"
    for kind in ("squared error", "cross-entropy"):
        z = Value(number, label="z")
        a = z.sigmoid()
        cost = (a - y) ** 2 if kind == "squared error" else -a.log()
        cost.backward()
        row += f"   {a.grad:13.5f} × {a.local_derivatives[0]:.7f} = {z.grad:7.4f}"
    print(row)

# %% [markdown]
# ## The cancellation, node by node
# For y = 1 the cross-entropy is C = −log a. Its derivative is −1/a; times σ′ = a (1 − a), that is a − 1. The
# factor σ′ is in the graph, where it meets its own inverse. So δᴸ = a − y does not lack σ′: it cancelled.
# The general case: (a − y) / (a (1 − a)) · a (1 − a).

# %%
z = Value(-6.0, label="z")
a = z.sigmoid()
log_a = a.log()
cost = -log_a
a.label, log_a.label, cost.label = "a", "log a", "C"
cost.backward()
print("\nnode     value        gradient that arrived")
for node in reversed(topological_order(cost)):
    print(f"{node.label:<6} {node.data:9.6f} {node.grad:17.6f}")
print(f"a - y = {a.data - 1:.6f}, and z.grad = {z.grad:.6f}")

# %% [markdown]
# ## Softmax: one layer whose neurons are coupled
# aⱼ = e^zⱼ / Σ e^zᵢ. Here every a depends on every z. So σ′ is a matrix J, and equation (1) reads δ = Jᵀ
# ∂C/∂a: the ⊙ of the documents holds only where σ acts on each neuron alone.

# %%
np.set_printoptions(precision=4, floatmode="fixed", suppress=True)
logits = [Value(2.0), Value(1.0), Value(-1.0)]
probabilities = softmax(logits)
cost = cross_entropy(probabilities, 1)  # the right class is the second
cost.backward()
J = np.array(jacobian(probabilities, logits))
gradient = np.array([p.grad for p in probabilities])
a = np.array([p.data for p in probabilities])
print("\nJ =", str(J).replace("\n", "\n    "))
print("∂C/∂a      =", gradient)
print("Jᵀ ∂C/∂a   =", J.T @ gradient)
print("softmax − y =", a - np.array([0.0, 1.0, 0.0]))
print("z.grad     =", np.array([z.grad for z in logits]))

# %% [markdown]
# ## In one piece, for any number
# On logits the loss is log Σ e^zⱼ − z of the right class: one node whose local derivatives *are* the softmax.
# Then δ = a − y in one step, and no logit is too large. Computed in pieces, e^1000 overflows.

# %%
model = MLP(3, [4, 3], activation="tanh", seed=0, initial="uniform")
t = trace(model, [0.5, -1.0, 2.0], 2, loss=cross_entropy_on_logits)
t.backward()
print("\nfused:    δ² =", t.delta(2))
model = MLP(3, [4, 3], activation="tanh", output_activation="softmax", seed=0, initial="uniform")
t = trace(model, [0.5, -1.0, 2.0], 2, loss=cross_entropy)
t.backward()
print("composed: δ² =", t.delta(2))
print("the four equations hold for it, to 1e-12:", equations.report(t).largest <= 1e-12)
huge = [Value(1000.0), Value(0.0)]
cross_entropy_on_logits(huge, 1).backward()
print("logits 1000 and 0:", [z.grad for z in huge])

# %% [markdown]
# ## To try
# 1. Take y = 0. What is the cross-entropy then, and what is δ at z = 6?
# 2. The column "∂C/∂a" grows without end as z falls. Why does δ not?
# 3. Use only the diagonal of J in Jᵀ ∂C/∂a. How wrong is δ? This is a common mistake.
