"""Chapter 9: hunting a wrong gradient.

After it you can find a mistake in a backward pass: by name, by edge, and step by step.
"""

# %% [markdown]
# ## A backward pass with a mistake in it
# This is how many people first write equation (2). The shapes fit, and nothing fails. Do you see it?

# %%
import minigrad
from minigrad import Value, check_gradients, operation, sigmoid
from nn import MLP, equations, trace


def my_backward(W: list, b: list, x: object, y: float) -> dict:
    """δ of every layer of 001's network, by a learner."""
    z, a = [], [x]
    for W_l, b_l in zip(W, b):
        z.append(W_l @ a[-1] + b_l)
        a.append(equations.sigmoid(z[-1]))
    delta3 = 2 * (z[2] - y)
    delta2 = (W[2].T @ delta3) * a[2] * (1 - a[2])
    delta1 = (W[1] @ delta2) * a[1] * (1 - a[1])
    return {"delta3": delta3, "delta2": delta2, "delta1": delta1}


# %% [markdown]
# ## By name
# `compare` tries common mistakes, and says which of them explains the numbers.

# %%
model = MLP(4, [2, 2, 1], activation="sigmoid", bias=[True, True, False], seed=1, initial="uniform")
t = trace(model, [0.5, -1.0, 2.0, 0.1], y=1.0)
print(equations.compare(t, my_backward))

# %% [markdown]
# ## A weight that is wrong, and where it comes from
# Comparing a weight's gradient with a nudge is the oldest test, and it works for anything. But it shows only
# *that* something is wrong. Take an operation of your own: a swish, x · σ(x), without the product rule.


# %%
@operation(value=lambda x: x * sigmoid(x), symbol="swish")
def swish(y: object, x: object) -> tuple:
    """y = x σ(x), with a wrong local derivative"""
    return (sigmoid(x),)


def cost_of(w: Value, b: Value) -> Value:
    """How far a neuron with that operation falls short of 1."""
    z = w * 3.0 + b
    a = swish(z)
    z.label, a.label = "z", "a"
    return 1.0 - a


w, b = Value(0.4, label="w"), Value(-0.5, label="b")
report = check_gradients(cost_of, [w, b])
for comparison in report.gradients:
    print(f"{comparison.what} = {comparison.derivative:.4f}, but a nudge says {comparison.right:.3f}")

# %% [markdown]
# ## By edge
# Each local derivative depends on one operation alone, so each can be checked by itself. The report names the
# first edge that is wrong, and the line that built it.

# %%
(edge,) = report.wrong_edges
liar = edge.what.partition("(")[0].strip("∂")
print(f"\nlocal derivative of {liar} = {edge.derivative:.4f}, but a nudge says {edge.right:.3f}\n")

# %% [markdown]
# ## Step by step
# Or watch the pass: write `debug` in place of `backward()`. Without `commands` you type them yourself. Break
# at the operation, look at the path by which the gradient came, take the step, and take it back.

# %%
minigrad.debug(cost_of(w, b), commands=["break op:swish", "continue", "way", "step", "rstep", "quit"])

# %% [markdown]
# ## Mend it
# (x σ)′ = σ + x σ (1 − σ). With this one line, every check passes.


# %%
def product_rule(y: object, x: object) -> tuple:
    """y′ = σ(x) + y (1 − σ(x))"""
    return (sigmoid(x) + y * (1.0 - sigmoid(x)),)


swish.local_derivatives = product_rule
print("\nmended: gradients agree with nudges:", bool(check_gradients(cost_of, [w, b])))

# %% [markdown]
# ## To try
# 1. Forget σ′ in `delta2` of `my_backward`. Flip the sign of `delta3`. Do both. What does `compare` say?
# 2. Why does W for Wᵀ fail loudly if layer 1 has three neurons? Why is silence worse?
# 3. Plant √0 upstream: its value is 0, and its slope is infinite. Find it with `minigrad.detect_anomaly()`.
