"""Chapter 12: from scalars to attention.

After it you know what the backward pass of attention is, and that it is (2) and (3) once more, with weights
that are themselves computed.
"""

# %% [markdown]
# ## One head of attention, number by number
# Each position has a query, a key and a value. It looks at itself and at those before: a score for each is
# qₜ · kₛ / √d, softmax makes weights pₜₛ of the scores, and the output oₜ = Σₛ pₜₛ vₛ is a mix of the values.

# %%
import numpy as np
from scalar_gpt import linear, softmax

import minigrad
from minigrad import Value

np.set_printoptions(precision=4, floatmode="fixed", suppress=True)
POSITIONS, SIZE = 4, 3
generator = np.random.default_rng(0)


def matrix(name: str, rows: int = SIZE) -> list[list[Value]]:
    """Numbers that are drawn, labelled with their name and place."""
    drawn = enumerate(generator.normal(size=(rows, SIZE)).tolist(), start=1)
    return [[Value(w, label=f"{name}_{j}{k}") for k, w in enumerate(row, start=1)] for j, row in drawn]


query, key, value, x = matrix("query"), matrix("key"), matrix("value"), matrix("x", POSITIONS)


def attention(x: list[list[Value]]) -> dict[str, list[list[Value]]]:
    """Queries, keys, values, weights and outputs, a row a position."""
    q, k, v = ([linear(x_t, w) for x_t in x] for w in (query, key, value))
    seen = [[(q_t, k_s) for k_s in k[: t + 1]] for t, q_t in enumerate(q)]
    scores = [[sum(a * b for a, b in zip(*pair)) / SIZE**0.5 for pair in row] for row in seen]
    p = [softmax(row) for row in scores]
    o = [[sum(p_s * v_s[j] for p_s, v_s in zip(row, v)) for j in range(SIZE)] for row in p]
    return {"q": q, "k": k, "v": v, "p": p, "o": o, "scores": scores}


head = attention(x)
cost = sum(o * o for row in head["o"] for o in row) / POSITIONS
cost.backward()


def rows(name: str, of: str = "data") -> np.ndarray:
    """What is asked of the nodes of a name, as a matrix; 0 where a position does not look."""
    width = max(map(len, head[name]))
    return np.array([[getattr(n, of) for n in row] + [0.0] * (width - len(row)) for row in head[name]])


print("who looks at whom, p: a row a position, which adds up to 1")
print(rows("p"))

# %% [markdown]
# ## Backward: a column of p
# Position s is read by itself and by all that come after. Each reader t sends back its own ∂C/∂oₜ, times the
# weight pₜₛ with which it read: a *column* of p, as with W in chapter 4. So ∂C/∂v = pᵀ ∂C/∂o is (2), and
# attention is a layer whose weights are computed for each input.

# %%
p, do = rows("p"), rows("o", "grad")
print("\n∂C/∂v₁ from the graph     ", rows("v", "grad")[0])
print("Σₜ pₜ₁ ∂C/∂oₜ             ", sum(p[t, 0] * do[t] for t in range(POSITIONS)))
print("pᵀ ∂C/∂o, all positions:   agree", np.allclose(p.T @ do, rows("v", "grad")))

# %% [markdown]
# ## Backward: through the weights
# (3) gives the gradient of a weight, ∂C/∂pₜₛ = ∂C/∂oₜ · vₛ. Softmax couples the weights of a position: a
# score gets pₜₛ times how much ∂C/∂pₜₛ is *above the weighted mean* of its row. So the scores' gradients in
# a row add up to 0: to look more at one position is to look less at others. Then (2) twice more, for q and k.

# %%
dp = do @ rows("v").T
ds = p * (dp - (p * dp).sum(axis=1, keepdims=True))
print("\nδ of the scores from the graph, and the sum of each row")
print(np.column_stack([rows("scores", "grad"), rows("scores", "grad").sum(axis=1)]))
print("p ⊙ (∂C/∂p − mean):        agree", np.allclose(ds, rows("scores", "grad")))
print("∂C/∂q = δ k / √d:          agree", np.allclose(ds @ rows("k") / SIZE**0.5, rows("q", "grad")))
print("∂C/∂k = δᵀ q / √d:         agree", np.allclose(ds.T @ rows("q") / SIZE**0.5, rows("k", "grad")))

# %% [markdown]
# ## The same, found
# `minigrad.compile` is not told any of this. It gets the graph of single numbers, and writes a program in
# which the lines above stand: the scores Qᵀ K, the mix V pᵀ, p ⊙ (∂C/∂p − mean), and (2) for each of the
# three. Positions are columns here, and there is a matrix for each example: `.mT` transposes each of them.

# %%
weights = [w for each in (query, key, value) for row in each for w in row]
program = minigrad.compile(cost, inputs=[number for row in x for number in row], parameters=weights)
print("\n" + program.source)

# %% [markdown]
# ## To try
# 1. Let every position look at all. Which row of ∂C/∂v changes most, and which line of the program is gone?
# 2. Multiply the queries by 20: what becomes of p, and of the δ of the scores? Which chapter had this?
# 3. Add a position. Which lines of the program change?
