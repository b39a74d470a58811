"""Chapter 3: document 001's network, and ∂C/∂w²₂₂ by hand.

After it you can follow one example through the network, as single neurons and as matrices, and one weight's
gradient back along its path. Superscripts number layers, and are no powers.
"""

# %% [markdown]
# ## Four inputs, two hidden layers of two neurons, one output
# Weights have easy numbers here. `layers[l − 1].neurons[j − 1].w[k − 1]` is wˡⱼₖ: into layer l, *to* neuron
# j, *from* neuron k of the layer before. Mathematics counts from 1, Python's lists from 0.

# %%
import numpy as np

from nn import MLP, trace
from viz import network

np.set_printoptions(precision=4, floatmode="fixed")

WEIGHTS = [
    [[0.5, -1.0, 0.25, 1.0], [1.0, 0.5, -0.5, -1.0]],  # W¹, shape (2, 4)
    [[1.0, -2.0], [-1.5, 0.5]],  # W², shape (2, 2)
    [[2.0, -1.0]],  # W³, shape (1, 2)
]
BIASES = [[0.1, -0.2], [0.3, 0.4]]  # the output has none

model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], initial=WEIGHTS)
for layer, numbers in zip(model.layers, BIASES):
    for neuron, number in zip(layer.neurons, numbers):
        neuron.b.data = number

# %% [markdown]
# ## Forward: zˡ = Wˡ aˡ⁻¹ + bˡ, aˡ = σ(zˡ)
# A trace stores one forward pass. The last layer is linear: s = z³₁, with σ′ = 1.

# %%
x, y = [1.0, 0.5, -1.0, 2.0], -1.0
t = trace(model, x, y)
for l in (1, 2, 3):
    for j, (z, a) in enumerate(zip(t.pre_activations(l), t.activations(l)), start=1):
        print(f"neuron {l},{j}   z = {z:7.4f}   a = {a:7.4f}")
print(f"C = (s − y)^2 = ({t.output.data:.4f} + 1)^2 = {t.cost.data:.4f}")

# %% [markdown]
# ## One neuron is one row
# z¹₁ is the first row of W¹ times x, plus b¹₁. Both neurons together are the matrix product.

# %%
w = model.layers[0].neurons[0].w
print(
    "\nz¹₁ =",
    " + ".join(f"({w_k.data}) · ({x_k})" for w_k, x_k in zip(w, x)),
    "+ 0.1 =",
    f"{t.z[1][0].data:.4f}",
)
print("z¹  = W¹ x + b¹ =", (t.weights(1) @ np.array(x) + t.biases(1)))
print("shapes: W¹", t.weights(1).shape, " x", np.shape(x), " b¹", t.biases(1).shape)

# %% [markdown]
# ## Backward along one path: w²₂₂ → z²₂ → a²₂ → s → C
# Document 001 asks for this one gradient. The path has four edges. Their local derivatives, from the end: 2
# (s − y), then w³₁₂, then σ′(z²₂) = a²₂ (1 − a²₂), then a¹₂. The document writes z⁽³⁾₂ and a⁽³⁾₂ for our z²₂
# and a²₂, since it numbers the input 1; its weight keeps the number.

# %%
s, a22, a12 = t.output.data, t.a[2][1].data, t.a[1][1].data
to_output = 2 * (s - y)
to_a22 = to_output * WEIGHTS[2][0][1]
slope = a22 * (1 - a22)
by_hand = to_a22 * slope * a12
print(f"\n∂C/∂s   = 2 · ({s:.5f} + 1) = {to_output:.4f}")
print(f"∂C/∂a²₂ = {to_output:.5f} · (-1) = {to_a22:.4f}     which the document leaves undone")
print(f"σ′(z²₂) = {a22:.5f} · (1 - {a22:.5f}) = {slope:.4f}")
print(f"∂C/∂w²₂₂ = ∂C/∂a²₂ · σ′(z²₂) · a¹₂ = {to_a22:.5f} · {slope:.5f} · {a12:.5f} = {by_hand:.4f}")

# %% [markdown]
# ## The engine, and a nudge, say the same
# The graph has no paths and no layers. The engine goes backward edge by edge.

# %%
t.backward()
weight = model.layers[1].neurons[1].w[1]
before = weight.data
costs = []
for nudged in (before + 1e-4, before - 1e-4):
    weight.data = nudged
    costs.append(trace(model, x, y).cost.data)
weight.data = before
print(f"\nby hand {by_hand:.4f}   engine {weight.grad:.4f}   nudge {(costs[0] - costs[1]) / 2e-4:.4f}")
network(t)  # a notebook shows the picture; in a script: network(t).save("network.svg")

# %% [markdown]
# ## To try
# 1. Do ∂C/∂w²₂₁ by hand. Only one factor changes. Which?
# 2. How many paths lead from w¹₁₁ to C? Write ∂C/∂w¹₁₁ as a sum over them, and check with the engine.
# 3. Set x₃ to 0. Which gradients of W¹ are 0 now, and why?
