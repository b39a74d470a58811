"""Chapter 2: why `+=`, and in which order.

After it you know why gradients are added up, why the backward pass walks in reverse topological order, and
why walking edges is cheap where walking paths is not.
"""

# %% [markdown]
# ## A value that is used twice gets two contributions
# In C = x · x + x the value x is used three times. There are three edges into it, and each brings a
# contribution: the upstream gradient (what has arrived at the node) times the local derivative (of the edge).

# %%
from minigrad import Value, count_paths, edges
from nn import MLP

x = Value(3.0, label="x")
square = x * x
cost = square + x
square.label, cost.label = "x·x", "C"
cost.backward()

print("from   to     upstream × local = contribution   running sum")
sums = {cost: 1.0}
for node, operand, local_derivative in edges(cost):
    contribution = node.grad * local_derivative
    sums[operand] = sums.get(operand, 0.0) + contribution
    product = f"{node.grad:>8g} × {local_derivative:<5g} = {contribution:>12g}"
    print(f"{node.label:<6} {operand.label:<6} {product} {sums[operand]:>13g}")
print("x.grad =", x.grad, "  and by the rules of school, (x² + x)′ = 2x + 1 =", 2 * x.data + 1)

# %% [markdown]
# ## With `=` for `+=` the last edge wins
# This is the most common bug in a first engine. It occurs only where a value is shared, and raises no error.

# %%
overwritten = {cost: 1.0}
for node, operand, local_derivative in edges(cost):
    overwritten[operand] = overwritten[node] * local_derivative
print("\nwith = instead of +=: x.grad =", overwritten[x], "  wrong")

# %% [markdown]
# ## A node must wait for all its consumers
# Here a is used by b and by C. If a passes its gradient on before b has added to it, then x gets too little.
# Reverse topological order is the order in which that cannot happen: every node after all that consume it.


# %%
def gradients(order: list[Value]) -> dict[Value, float]:
    """Walk back from the first node of the order, each node once, with no check whether it is ready."""
    found = dict.fromkeys(order, 0.0)
    found[order[0]] = 1.0
    for node in order:
        for operand, local_derivative in zip(node.operands, node.local_derivatives):
            found[operand] += found[node] * local_derivative
    return found


x = Value(2.0, label="x")
a = x * x
b = a * a
cost = b + a  # x⁴ + x²: the derivative at 2 is 4 · 8 + 2 · 2 = 36
waits_for = {name: sum(o is node for _, o, _ in edges(cost)) for name, node in (("b", b), ("a", a), ("x", x))}
print("\neach waits for so many contributions:", waits_for)
print("C, b, a, x (a waits for b):     ∂C/∂x =", gradients([cost, b, a, x])[x])
print("C, a, b, x (a did not wait):    ∂C/∂x =", gradients([cost, a, b, x])[x])

# %% [markdown]
# ## A second pass adds to the leaves
# `backward()` starts every node of the graph at 0, except the leaves. They keep their gradients, so that many
# examples can add to one weight. `zero_grad()` of a network clears them between updates.

# %%
cost.backward()
print("\nafter one pass:   x.grad =", x.grad, "  a.grad =", a.grad)
cost.backward()
print("after a second:   x.grad =", x.grad, "  a.grad =", a.grad)

# %% [markdown]
# ## Edges against paths
# ∂C/∂x is a sum over all paths from x to C, each the product of its local derivatives. Backpropagation visits
# each edge once, because at every node it adds up before it goes on. In x ← x + x the paths double each time.

# %%
x = node = Value(1.0)
for _ in range(20):
    node = node + node
print(f"\nx + x, twenty times over:  {len(list(edges(node))):>5} edges {count_paths(node, x):>9} paths")

inputs = [Value(number) for number in (1.0, 2.0, 3.0, 4.0)]
output = MLP(4, [8, 8, 8, 8, 1], activation="tanh", seed=0)(inputs)
paths = count_paths(output, inputs[0])
print(f"a network 4-8-8-8-8-1:     {len(list(edges(output))):>5} edges {paths:>9} paths from x₁ alone")

# %% [markdown]
# ## To try
# 1. Draw the graph of (x + 1) · (x + 2). How many edges lead into x? Check with `edges`.
# 2. Repeat `node = node + node` sixty times. How long would a computer take that follows 2⁶⁰ paths?
# 3. In the order C, a, b, x the gradient of a itself comes out as 9, which is right. Why is that of x wrong
#    then?
