"""A file of the user's own called nn.py or minigrad.py: the import says so, and names the file."""

import os
import subprocess
import sys

import pytest

REPEATED = "from nn import MLP\nfrom minigrad import Value\n"  # a script of that name, which finds itself

# the user's file, its text, what is imported from beside it
HIDING = [
    ("nn.py", "x = 1\n", "import viz"),
    ("nn.py", "class Trace: pass\n", "from minigrad import Value; from viz import graph"),
    ("nn/__init__.py", "", "import viz"),
    ("minigrad.py", "x = 1\n", "import viz"),
    ("minigrad.py", "x = 1\n", "import nn"),
    ("minigrad.py", "Value = float\n", "from nn import MLP"),
    ("minigrad.py", REPEATED, "from nn import MLP"),
    ("minigrad/__init__.py", "Value = float\n", "import nn"),
]


def run_beside(folder, file, text, program):
    """What a program says that is run in a folder which holds a file of the user's own."""
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", program]  # -c: the folder itself comes first
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return path, done


@pytest.mark.parametrize(("file", "text", "program"), HIDING)
def test_a_file_that_hides_a_package_is_named_with_the_remedy(tmp_path, file, text, program):
    path, done = run_beside(tmp_path, file, text, program)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert str(path) in last
    assert "rename that file" in last


def test_a_script_of_that_name_is_named_too(tmp_path):
    script = tmp_path / "minigrad.py"
    script.write_text("import viz\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert str(script) in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("file", ["viz.py", "nn.py"])
def test_a_file_that_nobody_imports_is_in_nobodys_way(tmp_path, file):
    # the engine alone works beside it, and shows itself without running the user's file
    program = "import minigrad; print(minigrad.Value(2.0)._repr_html_())"
    _, done = run_beside(tmp_path, file, "raise SystemExit('this was run')\n", program)
    assert done.returncode == 0, done.stderr
    assert "Value(2" in done.stdout


def test_a_folder_without_code_hides_nothing(tmp_path):
    (tmp_path / "nn").mkdir()
    _, done = run_beside(tmp_path, "nn/notes.txt", "x", "import viz, nn; print(nn.MLP.__name__)")
    assert done.stdout.strip() == "MLP", done.stderr
