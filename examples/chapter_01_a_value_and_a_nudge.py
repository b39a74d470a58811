"""Chapter 1: a value, its local derivatives, and a nudge.

After it you know what a node of a computation graph holds, and what a derivative says. Run the file; or open
it in an editor that shows `# %%` files as notebooks, and run it cell by cell.
"""

# %% [markdown]
# ## A Value is a number that stores how it was computed
# The smallest possible neuron has one weight w and one input x. With a target y its cost is C = (w x − y)².

# %%
from minigrad import Value, topological_order
from viz import graph

w = Value(1.5, label="w")
x = Value(2.0, label="x")
y = Value(1.0, label="y")

z = w * x
error = z - y
cost = error**2
z.label, error.label, cost.label = "z", "error", "C"

print("z     =", z.data)
print("error =", error.data)
print("C     =", cost.data)

# %% [markdown]
# ## Every edge has a local derivative
# `z` was computed as w × x. If w grows by a little, z grows by x times as much: ∂z/∂w = x. This number is
# known as soon as the node is made, whatever is computed from z later. Each node stores one such number for
# each operand.

# %%
print("\nnode    op  operand   local derivative")
for node in topological_order(cost):
    for operand, local_derivative in zip(node.operands, node.local_derivatives):
        name = operand.label or f"{operand.data:g}"
        if name != "2":  # the exponent: a constant that nobody changes
            print(f"{node.label:<7} {node.op!s:<3} {name:<9} {local_derivative:g}")

# %% [markdown]
# ## The chain rule multiplies them
# How much does C change with w? Multiply along the edges: C by error, error by z, z by w. `backward()` does
# this for all nodes, and stores the result in `grad`.

# %%
cost.backward()
by_hand = 2 * error.data * 1.0 * x.data
print("\n∂C/∂w = 2 · error · 1 · x = 2 · 2 · 1 · 2 =", by_hand)
print("w.grad =", w.grad, "  x.grad =", x.grad, "  y.grad =", y.grad)
graph(cost)  # a notebook shows the picture; in a script: graph(cost).save("graph.svg")

# %% [markdown]
# ## A derivative is a sensitivity: nudge it and see
# Add a little to w and compute C again. Divide the change of C by the nudge. The smaller the nudge, the
# nearer the quotient comes to w.grad. A nudge both ways comes nearer still.


# %%
def cost_at(weight: float) -> float:
    """C for another w, on plain floats."""
    return (weight * 2.0 - 1.0) ** 2


print("\n  nudge   one way   both ways")
for nudge in (0.1, 0.01, 0.001):
    one_way = (cost_at(1.5 + nudge) - cost_at(1.5)) / nudge
    both_ways = (cost_at(1.5 + nudge) - cost_at(1.5 - nudge)) / (2 * nudge)
    print(f"{nudge:>7}   {one_way:.4f}    {both_ways:.4f}")

# %% [markdown]
# ## Its sign is a direction
# The gradient is positive: more w, more cost. So it points uphill. To lower C, step the other way: w − ε
# ∂C/∂w.

# %%
for step in (+0.01, -0.01):
    print(f"\nw {step:+.2f} · ∂C/∂w: C = {cost_at(1.5 + step * w.grad):.4f}", end="")
print(f"   (C was {cost.data:.4f})")

# %% [markdown]
# ## A sensitivity belongs to a place
# tanh reacts to z near 0 and hardly at all at z = 5. Such a flat place is called saturated.

# %%
print("\n    z   tanh z   local derivative")
for number in (0.0, 1.0, 2.0, 5.0):
    a = Value(number).tanh()
    slope = a.local_derivatives[0]
    print(f"{number:>5} {a.data:>8.4f} {slope:>11.4f}{'   saturated' if slope < 0.001 else ''}")

# %% [markdown]
# ## To try
# 1. Set y to 3. What is w.grad now, and why? Say it before you run it.
# 2. Make C = |error| (`abs(error)`). Which numbers of the table change?
# 3. Find a w at which the nudge one way and both ways disagree for |error|.
