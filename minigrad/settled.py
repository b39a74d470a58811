"""`Settled`: an object whose attributes nobody can replace once it is made, as that would have no effect."""

from __future__ import annotations

from typing import Any, ClassVar


class Settled:
    """Its attributes are set until `settle()` is called; to replace one later, or add one, is refused.

    Names with a leading underscore are the object's own, and stay free.

    >>> class Point(Settled):
    ...     remedy = "make a new point"
    ...     def __init__(self):
    ...         self.x = 1.0
    ...         self.settle()
    >>> Point().x = 2.0
    Traceback (most recent call last):
    AttributeError: Point.x cannot be assigned: it would have no effect; make a new point
    """

    remedy: ClassVar[str] = ""
    _settled = False

    def settle(self) -> None:
        """From now on assigning is refused."""
        self._settled = True

    def __setattr__(self, name: str, new: Any) -> None:
        if self._settled and not name.startswith("_") and new is not getattr(self, name, self):
            raise AttributeError(
                f"{type(self).__name__}.{name} cannot be assigned: it would have no effect; {self.remedy}"
            )
        super().__setattr__(name, new)  # the same object is assigned by operators such as +=
