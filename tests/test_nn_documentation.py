"""Every public function and class of `nn` says what it does, and shows it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import nn

# the docstrings of the debugger's commands are what its `help` prints; tests/test_debugger.py shows those
NAMES = [module.name for module in pkgutil.walk_packages(nn.__path__, "nn.") if module.name != "nn.debugging"]
MODULES = [importlib.import_module(name) for name in NAMES]
PUBLIC = [
    pytest.param(thing, id=f"{module.__name__}.{name}")
    for module in MODULES
    for name, thing in vars(module).items()
    if (inspect.isfunction(thing) or inspect.isclass(thing) or isinstance(thing, nn.Loss))
    and thing.__module__ == module.__name__
    and not name.startswith("_")
]


@pytest.mark.parametrize("thing", PUBLIC)
def test_every_public_function_and_class_has_a_docstring_with_a_doctest(thing):
    documentation = inspect.getdoc(thing) or ""
    assert ">>>" in documentation


def test_there_is_something_to_check():
    assert len(PUBLIC) > 60


@pytest.mark.parametrize("name", nn.__all__)
def test_every_public_name_is_there(name):
    assert hasattr(nn, name)


def _takes_or_gives_arrays(thing):
    return inspect.isfunction(thing) and any("Array" in str(kind) for kind in thing.__annotations__.values())


@pytest.mark.parametrize("thing", [case for case in PUBLIC if _takes_or_gives_arrays(case.values[0])])
def test_every_function_of_arrays_says_their_shapes(thing):
    assert re.search(r"shape|\(n|\(N|\(P", inspect.getdoc(thing))


FROM_THE_LITERATURE = [
    "squared_error",
    "half_squared_error",
    "binary_cross_entropy",
    "binary_cross_entropy_on_logits",
    "cross_entropy",
    "cross_entropy_on_logits",
    "mean",
    "l2_penalty",
    "SGD",
    "Adam",
    "softmax",
    "fit",
    "trace",
    "trace_batch",
]


@pytest.mark.parametrize("name", FROM_THE_LITERATURE)
def test_what_is_from_the_literature_names_its_source(name):
    assert "Source: " in inspect.getdoc(getattr(nn, name))
