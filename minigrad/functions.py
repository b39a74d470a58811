"""The functions of a Value as methods: `x.tanh()` is `tanh(x)`.

NumPy calls them by these names, which are its own, for the entries of an array of Values: `np.tanh(array)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from minigrad import rules
from minigrad.operations import Operation

if TYPE_CHECKING:
    from minigrad.value import Value


class Functions:
    """What a Value can do beside arithmetic, each a row of the table."""

    __slots__ = ()

    if TYPE_CHECKING:

        def record_operation(self, operation: Operation, operands: Sequence[Any]) -> Value:
            """The node of an operation applied to these operands; Value has it."""

    def exp(self) -> Value:
        """eˣ"""
        return self.record_operation(rules.exp, (self,))

    def expm1(self) -> Value:
        """eˣ − 1, exact near 0"""
        return self.record_operation(rules.expm1, (self,))

    def log(self) -> Value:
        """The natural logarithm."""
        return self.record_operation(rules.log, (self,))

    def log1p(self) -> Value:
        """log (1 + x), exact near 0"""
        return self.record_operation(rules.log1p, (self,))

    def sqrt(self) -> Value:
        """√x"""
        return self.record_operation(rules.sqrt, (self,))

    def sin(self) -> Value:
        """sin x"""
        return self.record_operation(rules.sin, (self,))

    def cos(self) -> Value:
        """cos x"""
        return self.record_operation(rules.cos, (self,))

    def tan(self) -> Value:
        """tan x"""
        return self.record_operation(rules.tan, (self,))

    def arcsin(self) -> Value:
        """sin⁻¹ x"""
        return self.record_operation(rules.asin, (self,))

    def arccos(self) -> Value:
        """cos⁻¹ x"""
        return self.record_operation(rules.acos, (self,))

    def arctan(self) -> Value:
        """tan⁻¹ x"""
        return self.record_operation(rules.atan, (self,))

    def sinh(self) -> Value:
        """sinh x"""
        return self.record_operation(rules.sinh, (self,))

    def cosh(self) -> Value:
        """cosh x"""
        return self.record_operation(rules.cosh, (self,))

    def tanh(self) -> Value:
        """tanh x"""
        return self.record_operation(rules.tanh, (self,))

    def sigmoid(self) -> Value:
        """σ(x) = 1 / (1 + e⁻ˣ)"""
        return self.record_operation(rules.sigmoid, (self,))

    def softplus(self) -> Value:
        """log (1 + eˣ)"""
        return self.record_operation(rules.softplus, (self,))

    def relu(self) -> Value:
        """max(x, 0)"""
        return self.record_operation(rules.relu, (self,))
