"""examples/debugging.md does what it says: its scripts run, its transcripts come out as they stand."""

import re
from pathlib import Path

import pytest
from conftest import ROOT
from processes import run_python

GUIDE = (ROOT / "examples" / "debugging.md").read_text("utf-8")
SCRIPTS = dict(re.findall(r"```python\n(?=# (\w+\.py)\n)(.*?)```", GUIDE, re.DOTALL))
SESSIONS = re.findall(r"```console\n\$ python (.*?)\n(.*?)```", GUIDE, re.DOTALL)


def run(arguments: list[str], commands: list[str], folder: Path) -> str:
    typed = "".join(command + "\n" for command in commands)
    finished = run_python(folder, *arguments, typed=typed, timeout=60)
    return finished.stdout + finished.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def without_places(transcript: str, folder: Path) -> str:
    """Without folders and line numbers of the engine, which are not what the guide is about."""
    for place in (f"{folder.resolve()}/", f"{folder}/", f"{ROOT}/"):
        transcript = transcript.replace(place, "")
    return re.sub(r"(value\.py)\(\d+\)", r"\1(…)", transcript)


@pytest.mark.parametrize(("command", "transcript"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_the_transcript_is_what_is_printed(command: str, transcript: str, folder: Path) -> None:
    arguments = command.split()
    if "pdb" not in arguments:
        typed = re.findall(r"^\(minigrad\) (.*)$", transcript, re.MULTILINE)
        assert without_places(run(arguments, typed, folder), folder) == transcript
        return
    pieces = re.split(r"^\(Pdb\) (.*)\n", without_places(transcript, folder), flags=re.MULTILINE)
    printed = without_places(run(arguments, pieces[1::2], folder), folder).split("(Pdb) ")
    assert printed[: len(pieces[::2])] == pieces[::2]


def test_pdb_prints_every_name_of_the_loop() -> None:
    session = next(transcript for command, transcript in SESSIONS if "pdb" in command)
    for name in ("node", "upstream_gradient", "operand, local_derivative", "contribution"):
        assert f"(Pdb) p {name}\n" in session


@pytest.mark.parametrize("script", ["planted.py", "entropy.py"])
def test_a_planted_bug_is_found_in_under_ten_commands(script: str) -> None:
    session = next(transcript for command, transcript in SESSIONS if command.endswith(script))
    assert session.count("(minigrad) ") < 10
