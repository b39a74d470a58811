"""Chapter 4: δ, the four equations, and the bias unit.

After it you can point at δ in a scalar graph, and say why the four equations hold there.
"""

# %% [markdown]
# ## δ is the gradient that arrives at z
# The documents introduce δˡⱼ = ∂C/∂zˡⱼ. The engine has only nodes. But z is a node, so after
# a backward pass its `grad` *is* δ. Mind the difference between ∂C/∂a and δ = ∂C/∂z: the edge a → z lies
# between them.

# %%
import numpy as np

from nn import MLP, equations, trace
from viz import outer_products, recursion

np.set_printoptions(precision=4, floatmode="fixed")

WEIGHTS = [  # those of chapter 3; its biases are 0 here
    [[0.5, -1.0, 0.25, 1.0], [1.0, 0.5, -0.5, -1.0]],
    [[1.0, -2.0], [-1.5, 0.5]],
    [[2.0, -1.0]],
]
model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], initial=WEIGHTS)
x, y = [1.0, 0.5, -1.0, 2.0], -1.0
t = trace(model, x, y)
t.backward()

print("neuron    ∂C/∂a  ×  σ′(z)   =  δ = z.grad     a nudge of z says")
for l in (3, 2, 1):
    slopes, nudged = equations.slope(t, l), equations.numeric_delta(t, l)
    for j, (z, a) in enumerate(zip(t.z[l], t.a[l]), start=1):
        print(f"{l},{j}     {a.grad:9.5f}  × {slopes[j - 1]:.5f}  = {z.grad:8.4f} {nudged[j - 1]:17.4f}")

# %% [markdown]
# ## (2): why the transpose
# Neuron 1 of layer 1 feeds both neurons of layer 2, by w²₁₁ and w²₂₁. Each sends its δ back along its own
# edge, and the two are added up. These weights are *column* 1 of W². The products of all columns with δ² are
# (W²)ᵀ δ². There is no inverse in it.

# %%
w, delta = t.weights(2), t.delta(2)
print("\nW² =", str(w).replace("\n", "\n    "))
numbers = f"{w[0, 0]} · {delta[0]:.5f} + ({w[1, 0]}) · ({delta[1]:.5f})"
print("∂C/∂a¹₁ = w²₁₁ δ²₁ + w²₂₁ δ²₂")
print(f"        = {numbers} = {t.a[1][0].grad:.4f}")
print("(W²)ᵀ δ² =", w.T @ delta, "   W² δ² =", w @ delta, " which is wrong")
recursion(t, 1)  # a notebook shows the picture; in a script: recursion(t, 1).save("recursion.svg")

# %% [markdown]
# ## (3) and (4): a weight's gradient is δ times what came in
# ∂zⱼ/∂wⱼₖ = aₖ, so each weight gets δⱼ aₖ: every row's δ with every column's a, an outer product. For a bias,
# ∂z/∂b = 1, so it gets δ. Document 000 compares it with balls: share of misses × throws = misses.

# %%
print("\nδ² (a¹)ᵀ from the equation      w.grad from the graph")
outer = equations.weight_gradient(t.delta(2), t.activations(1))
for by_equation, by_graph in zip(outer, t.weight_gradients(2)):
    print(f"{by_equation[0]:9.4f} {by_equation[1]:9.4f} {by_graph[0]:21.4f} {by_graph[1]:9.4f}")
print("δ² =", t.delta(2), "  b².grad =", t.bias_gradients(2))
outer_products(t)

# %% [markdown]
# ## The recursion, from the end to the beginning
# Four lines of NumPy, with nothing from the graph but W, z and a.

# %%
delta = equations.output_delta(2 * (t.activations(3) - y), equations.slope(t, 3))  # (1)
print("\n(1) δ³ =", delta)
for l in (2, 1):
    delta = equations.hidden_delta(t.weights(l + 1), delta, equations.slope(t, l))  # (2)
    agrees = np.allclose(delta, t.delta(l), rtol=0, atol=1e-12)
    print(f"(2) δ{'¹²'[l - 1]} =", delta, "  agrees with the graph:", agrees)
print("all four equations agree to 1e-12:", equations.report(t).largest <= 1e-12)

# %% [markdown]
# ## The bias unit
# Document 000 has no b: it has a unit whose activation is always 1, with a weight like any other. Then (3)
# alone is enough, since δ · 1 = δ. Below, b¹ has become the weights of a fifth input that is 1.

# %%
with_b = [[*row, neuron.b.data] for row, neuron in zip(WEIGHTS[0], model.layers[0].neurons)]
unit = MLP(5, [2, 2, 1], activation="sigmoid", bias=[False, True, False], initial=[with_b, *WEIGHTS[1:]])
with_unit = trace(unit, [*x, 1.0], y)
with_unit.backward()
print("\n∂C/∂b¹ of the bias:            ", t.bias_gradients(1))
print("∂C/∂W¹ of the unit that is 1:  ", with_unit.weight_gradients(1)[:, 4])

# %% [markdown]
# ## To try
# 1. Cover the last column of the first table and compute it. Where would you notice a forgotten σ′?
# 2. W² is square here, so W² δ² has the right shape and the wrong numbers. Make layer 1 three neurons wide
#    instead.
# 3. Take `activation="identity"`. What is σ′ then, and what becomes of (2)?
