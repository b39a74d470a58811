"""The smallest engine there is: forty lines, four slots. What a scalar GPT is often written with.

A node keeps its operands and one number for each; no rule is a thing of its own, nothing is checked, named,
copied or drawn, and a graph deeper than Python's stack fails. It is the pace to beat, not an oracle.
"""

import math


class Slotted:
    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other):
        other = other if isinstance(other, Slotted) else Slotted(other)
        return Slotted(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Slotted) else Slotted(other)
        return Slotted(self.data * other.data, (self, other), (other.data, self.data))

    # fmt: off
    def __pow__(self, p): return Slotted(self.data**p, (self,), (p * self.data ** (p - 1),))
    def log(self): return Slotted(math.log(self.data), (self,), (1 / self.data,))
    def exp(self): return Slotted(math.exp(self.data), (self,), (math.exp(self.data),))
    def relu(self): return Slotted(max(0, self.data), (self,), (float(self.data > 0),))
    def __neg__(self): return self * -1
    def __radd__(self, other): return self + other
    def __sub__(self, other): return self + (-other)
    def __rsub__(self, other): return other + (-self)
    def __rmul__(self, other): return self * other
    def __truediv__(self, other): return self * other**-1
    def __rtruediv__(self, other): return other * self**-1
    # fmt: on

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1
        for node in reversed(order):
            for child, local_grad in zip(node.children, node.local_grads):
                child.grad += local_grad * node.grad
