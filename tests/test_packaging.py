"""What is installed is what was written: three packages, in three layers."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from processes import printed_by

import viz

LAYERS = {"minigrad": {"minigrad"}, "nn": {"minigrad", "nn"}, "viz": {"minigrad", "nn", "viz"}}


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a copy, so that no build directory is left in the checkout
    kept_out = shutil.ignore_patterns(".*", "build", "out", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(root, source, ignore=kept_out)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True, capture_output=True)
    return next(folder.glob("minigrad-*.whl"))


def test_the_wheel_has_exactly_the_three_packages(wheel, root):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert {name.split("/")[0] for name in names} == {"minigrad", "nn", "viz"}
    sources = {str(p.relative_to(root)) for d in LAYERS for p in (root / d).rglob("*") if p.is_file()}
    missing = {name for name in sources if "__pycache__" not in name} - set(names)
    assert not missing


def test_the_installed_wheel_runs_the_example_outside_the_checkout(wheel, root, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = (
        "import sys, runpy; sys.path.insert(0, sys.argv[1]); import minigrad, nn, viz;"
        "assert all(m.__file__.startswith(sys.argv[1]) for m in (minigrad, nn, viz));"
        "sys.argv = [sys.argv[2], '--out', 'pictures']; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    example = root / "examples" / "delta_recursion.py"
    command = [sys.executable, "-I", "-c", program, str(tmp_path / "site"), str(example)]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, encoding="utf-8")
    assert "THE FOUR EQUATIONS" in done.stdout
    assert len(list((tmp_path / "pictures").glob("*.svg"))) >= 3


@pytest.mark.parametrize("package", LAYERS)
def test_imports_point_downward(package, root):
    for path in (root / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            above = {name.split(".")[0] for name in names} & set(LAYERS) - LAYERS[package]
            assert not above, f"{path} imports {above}"


def test_the_engine_needs_the_standard_library_alone():
    program = (
        "import sys; before = set(sys.modules); import minigrad;"
        "new = {m.split('.')[0] for m in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names) - {'minigrad'}))"
    )
    assert printed_by(program) == "[]\n"


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["resvg_py", "graphviz", "rich", "matplotlib"]))
from nn import MLP, fit, trace
from viz import *
t = trace(MLP(2, [1], seed=0), [1.0, 2.0], y=0.0)
t.backward()
assert network(t).svg and explain(t.z[1][0], t.cost).text
asked = [network(t).png, lambda: graph(t.cost), table(t).__str__, tree(t.cost).__str__]
for ask in (*asked, lambda: fit(t.model, [[1.0, 2.0]], [0.0], learning_rate=0.1, epochs=1, progress=True)):
    try:
        ask()
    except ImportError as error:
        print(error)
"""


def test_what_draws_is_needed_when_it_draws_and_the_error_says_how_to_get_it():
    remedies = [line.split("`")[1] for line in printed_by(WITHOUT).splitlines()]
    needed = ["resvg-py", "graphviz", "rich", "rich", "rich"]
    assert remedies == [f"pip install {package}" for package in needed]


def test_an_import_loads_no_picture_before_it_is_asked_for():
    program = "import sys, viz; print({'numpy', 'nn', 'viz.drawing', 'rich'} & set(sys.modules))"
    assert printed_by(program) == "set()\n"


def test_the_faces_homes_have_exactly_its_names():
    assert sorted(name for names in viz._HOMES.values() for name in names) == sorted(viz.__all__)
    assert set(viz.__all__) <= set(dir(viz))
    with pytest.raises(AttributeError, match="'grpah'"):
        _ = viz.grpah


def test_no_public_function_bears_the_name_of_a_module_of_its_package(root):
    for package in LAYERS:
        modules = {path.stem for path in (root / package).glob("*.py")} - {"__init__"}
        modules |= {path.name for path in (root / package).iterdir() if (path / "__init__.py").exists()}
        namespace = {}
        exec(f"from {package} import *", namespace)
        clashes = {name for name in modules & set(namespace) if callable(namespace[name])}
        assert not clashes, f"{package}: {clashes}"
