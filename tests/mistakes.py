"""Mistakes planted in the program, for tests to show that they would notice them.

A mistake is a piece of source that is replaced, wherever the function that has it lives, and only there.
"""

import inspect
import sys
import textwrap
import types
from collections.abc import Iterator
from functools import cache

import pytest


def functions_of(package: str) -> Iterator[types.FunctionType]:
    """The functions and methods that are written in the modules of a package."""
    for name, module in list(sys.modules.items()):
        if not f"{name}.".startswith(f"{package}."):
            continue
        for thing in vars(module).values():
            members = vars(thing).values() if isinstance(thing, type) else [thing]
            for member in members:
                function = inspect.unwrap(getattr(member, "fget", None) or member)
                if not isinstance(function, types.FunctionType) or function.__module__ != name:
                    continue
                if function.__code__.co_filename != "<string>":  # as the methods are that dataclasses get
                    yield function


@cache
def source_of(function: types.FunctionType) -> str:
    return textwrap.dedent(inspect.getsource(function))


def plant(monkeypatch: pytest.MonkeyPatch, package: str, right: str, wrong: str) -> None:
    """Give the one function that has the `right` piece of source the code of the `wrong` one."""
    found = {f for f in functions_of(package) if right in source_of(f)}
    assert len(found) == 1, f"{right!r} is written in {len(found)} functions"
    function = found.pop()
    source = source_of(function).replace(right, wrong)
    names: dict[str, object] = {}
    exec("from __future__ import annotations\n" + source, dict(function.__globals__), names)
    damaged = names[function.__name__]
    damaged = inspect.unwrap(getattr(damaged, "fget", None) or damaged)  # of a property or class method
    monkeypatch.setattr(function, "__code__", damaged.__code__)
