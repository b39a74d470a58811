"""Chapter 10: the same principle elsewhere: shared weights, a recurrent net, a convolution.

After it you know why nothing new is needed for other architectures: a weight used in several places gets the
sum of what each place sends back.
"""

# %% [markdown]
# ## A recurrent neuron
# hₜ = tanh(w xₜ + u hₜ₋₁). The same w and u at every time step. `backward()` needs no notion of time: u has
# an edge from each step, and += adds up their contributions. That is "backpropagation through time".

# %%
import numpy as np

from minigrad import Value, check_gradients, edges, total

np.set_printoptions(precision=4, floatmode="fixed", suppress=True)
SERIES, TARGET = [0.5, -1.0, 2.0, 0.3], 0.2


def recurrent(w: Value, u: Value) -> tuple[Value, list[Value]]:
    """(h − y)² after the last step, and z of every step."""
    h, steps = Value(0.0, label="h0"), []
    for t, x in enumerate(SERIES, start=1):
        z = w * x + u * h
        z.label = f"z{t}"
        h = z.tanh()
        h.label = f"h{t}"
        steps.append(z)
    return (h - TARGET) ** 2, steps


w, u = Value(0.8, label="w"), Value(0.5, label="u")
cost, steps = recurrent(w, u)
cost.backward()
print("δ at each time step, from the last to the first: the recursion, layer for layer")
print(*(f"δ of z{t} = {steps[t - 1].grad:.5f}" for t in (4, 3, 2, 1)), sep="   ")

# %% [markdown]
# ## One weight, four contributions
# Equation (3) for each step: δₜ times what came in, xₜ. Their sum is the gradient.

# %%
print("\none weight, used at each step:")
for z, x in zip(steps, SERIES):
    print(f"  w from {z.label}: {z.grad:8.5f} × {x:4.1f} = {z.grad * x:8.4f}")
print(f"  sum = {sum(z.grad * x for z, x in zip(steps, SERIES)):.4f}   w.grad = {w.grad:.4f}")

# %% [markdown]
# ## A convolution
# One filter of three weights slides over eight inputs: zᵢ = Σₖ fₖ xᵢ₊ₖ. Each weight is used at six places.
# Its gradient is Σᵢ δᵢ xᵢ₊ₖ: again a sum of δ · a, and again a convolution, of x with δ.

# %%
x = [1.0, 2.0, 0.0, -1.0, 3.0, 1.0, -2.0, 0.5]
f = [Value(0.5, label="f1"), Value(-1.0, label="f2"), Value(0.25, label="f3")]
z = [total([f[k] * x[i + k] for k in range(3)]) for i in range(6)]
cost = total([(z_i.relu() - 1.0) ** 2 for z_i in z])
cost.backward()
delta = np.array([z_i.grad for z_i in z])
print("\nδ                       =", delta)
print("x convolved with δ      =", np.correlate(x, delta, mode="valid"))
print("the filter's gradients  =", np.array([f_k.grad for f_k in f]))
print("edges that lead to f1:", sum(operand is f[0] for _, operand, _ in edges(cost)))

# %% [markdown]
# ## Tied weights
# An autoencoder that uses Wᵀ to decode what W encoded: both uses add to the same weight.

# %%
W = [[Value(0.4, label="W11"), Value(-0.3, label="W12")]]
data = [1.0, 2.0]
code = (W[0][0] * data[0] + W[0][1] * data[1]).tanh()
decoded = [W[0][0] * code, W[0][1] * code]
cost = total([(d - t) ** 2 for d, t in zip(decoded, data)])
cost.backward()
by_decoder = 2 * (decoded[0].data - data[0]) * code.data
by_encoder = code.grad * (1 - code.data**2) * data[0]
print(f"\nW11: {by_decoder:.4f} as decoder + {by_encoder:.4f} as encoder = {W[0][0].grad:.4f}")

# %% [markdown]
# ## A skip connection
# y = x + g(x): on the way back the gradient takes two paths, and one of them multiplies by 1. That is why
# residual networks can be deep (chapter 7 shows what happens without).

# %%
for skip in (False, True):
    a = start = Value(0.5)
    for _ in range(20):
        a = a + (a * 0.3).tanh() if skip else (a * 0.3).tanh()
    a.backward()
    print(f"20 layers, {'with' if skip else 'without'} skip: gradient of the first = {start.grad:.1e}")
print("\nevery gradient agrees with a nudge:", bool(check_gradients(lambda w, u: recurrent(w, u)[0], [w, u])))

# %% [markdown]
# ## To try
# 1. Unroll the recurrent neuron for 30 steps with u = 0.5, then u = 2. Which δ vanishes, which explodes?
# 2. Write the convolution with two filters and a sum over them. Do the gradients of one depend on the other?
# 3. Compile one of these with `minigrad.compile`, and read what it found.
