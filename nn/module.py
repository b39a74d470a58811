"""Module: anything that has parameters."""

from __future__ import annotations

from minigrad import Value


class Module:
    """The base of neurons, layers and networks: a subclass says what its parameters are."""

    def parameters(self) -> list[Value]:
        """The Values that training changes, in a fixed order."""
        return []

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0: leaves accumulate over backward passes."""
        for parameter in self.parameters():
            parameter.grad = 0.0
