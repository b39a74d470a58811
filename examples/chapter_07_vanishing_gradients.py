"""Chapter 7: vanishing gradients, seen.

After it you can say where in a deep network the gradient vanishes, and by which factor of equation (2).
"""

# %% [markdown]
# ## Equation (2) multiplies once for each layer
# δˡ = (Wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ). For the sigmoid σ′ is never more than ¼. Eight layers back, that alone is ¼⁸ =
# 0.000015. Below: ‖δˡ‖ in networks of eight layers of six neurons, from the last hidden layer back to the
# first.

# %%
import numpy as np

import viz
from nn import MLP, equations, fit, trace, trace_batch

LAYERS, WIDTH = 8, 6
X, Y = [0.5, -1.0, 1.5, -0.5], 2.0


def deep(activation: str, initial: str | list = "glorot") -> MLP:
    """A network of eight hidden layers and a linear output."""
    return MLP(4, [WIDTH] * LAYERS + [1], activation=activation, seed=0, initial=initial)


def norms(model: MLP) -> list[float]:
    """‖δˡ‖ for l = L − 1, …, 1."""
    t = trace(model, X, Y)
    t.backward()
    return [float(np.linalg.norm(t.delta(l))) for l in range(LAYERS, 0, -1)]


print("‖δ‖ of layer      8        7        6        5        4        3        2        1")
print("activation")
for activation in ("sigmoid", "tanh", "relu"):
    initial = "he" if activation == "relu" else "glorot"
    print(f"{activation:<10}", "".join(f"{norm:9.1e}" for norm in norms(deep(activation, initial))))

viz.history(fit(deep("sigmoid"), [X], [Y], epochs=30))  # ‖δ‖ of every layer over training, in a notebook

# %% [markdown]
# ## Which factor was it?
# For the sigmoid, here are the two factors: the slope σ′ (its mean in each layer), and the change in the
# length of δ by Wᵀ alone. The slopes are all near ¼, in every layer.

# %%
t = trace(deep("sigmoid"), X, Y)
t.backward()
print("\nlayer   mean σ′   ‖Wᵀ δ‖ / ‖δ of the next layer‖   ‖δ‖ / ‖δ of the next layer‖")
for l in (8, 7, 6, 2, 1):
    after = np.linalg.norm(t.delta(l + 1))
    through_weights = np.linalg.norm(t.activation_gradients(l)) / after
    in_all = np.linalg.norm(t.delta(l)) / after
    print(f"{l:>5} {equations.slope(t, l).mean():9.4f} {through_weights:18.4f} {in_all:30.4f}")

# %% [markdown]
# ## Larger weights do not save it
# They help a little, as long as z stays where σ is steep. Then the neurons saturate, and the slopes fall
# faster than the weights grew. With no slope at all (identity) the gradient explodes instead: each layer
# multiplies it.

# %%
print("\nhidden weights   sigmoid: slopes < 0.01   ‖δ¹‖ / ‖δ⁸‖      identity: ‖δ¹‖ / ‖δ⁸‖")
for scale in (1, 4, 16):
    row = f"{scale:>8} times"
    for activation in ("sigmoid", "identity"):
        model = deep(activation)
        for parameter in [p for layer in model.layers[:-1] for p in layer.parameters()]:
            parameter.data *= scale
        t = trace(model, X, Y)
        t.backward()
        slopes = np.concatenate([equations.slope(t, l) for l in range(1, LAYERS + 1)])
        row += f"{(slopes < 0.01).mean():22.0%}" if activation == "sigmoid" else " " * 9
        row += f"{np.linalg.norm(t.delta(1)) / np.linalg.norm(t.delta(8)):17.0e}"
    print(row)

# %% [markdown]
# ## A dead neuron
# relu′ = 0 for z < 0. If z is below 0 for every example, then δ is 0 for every example, and so is each of the
# neuron's gradients: it never learns again. One large step of training can do this to a bias.

# %%
model = MLP(4, [6, 1], activation="relu", seed=0)
model.layers[0].neurons[2].b.data = -50.0
batch = trace_batch(model, np.random.default_rng(0).normal(size=(100, 4)).tolist(), [Y] * 100)
batch.backward()
dead = [j for j in range(1, 7) if not batch.delta(1)[j - 1].any()]
print("\nneurons of layer 1 whose δ is 0 for all 100 examples:", dead)

# %% [markdown]
# ## To try
# 1. How many layers can a sigmoid network have until ‖δ¹‖ is less than a millionth of the last δ?
# 2. Use `initial="uniform"` for tanh. Better or worse than Glorot's, and why?
# 3. Give the dead neuron `leaky_relu` (all layers: `activation="leaky_relu"`). Does it come back to life?
