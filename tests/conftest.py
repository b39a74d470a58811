"""What the tests share: the project's folder, and the examples, run as a user runs them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What loads JAX comes last: with its threads no process can be forked safely, and Ctrl-C may be lost."""
    loads = {path: '"jax"' in path.read_text(encoding="utf-8") for path in {item.path for item in items}}
    items.sort(key=lambda item: loads[item.path])


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


def load_example(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    import sys

    if str(ROOT / "examples") not in sys.path:
        sys.path.append(str(ROOT / "examples"))  # examples import their neighbours
    sys.modules[name] = module  # where dataclasses look for their module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def main_job() -> ModuleType:
    """examples/delta_recursion.py as a module."""
    return load_example("delta_recursion")
