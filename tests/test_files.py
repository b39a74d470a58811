"""What is written is the old content or the new, never a mixture; what is read is checked first."""

import errno
import io
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

import viz
from minigrad.files import whole_file
from nn import MLP, load, save, trace
from viz.worksheet import write_sheets

ROOT = os.path.dirname(os.path.dirname(__file__))


def _trace():
    t = trace(MLP(2, [2, 1], "tanh", seed=0), [1.0, 2.0], y=0.0)
    t.backward()
    return t


WRITERS = {
    "weights": lambda path: save(MLP(2, [2, 1], seed=0), path.with_suffix(".npz")),
    "a picture": lambda path: viz.network(_trace()).save(path.with_suffix(".svg")),
    "a page": lambda path: viz.steps(_trace()).save(path.with_suffix(".html")),
    "a worksheet": lambda path: write_sheets(7, (2, 2, 1), path.parent),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, writer):
    WRITERS[writer](tmp_path / "it")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        WRITERS[writer](tmp_path / "it")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_writer_killed_in_the_middle_leaves_what_was_there(tmp_path):
    path = tmp_path / "note"
    path.write_bytes(b"old")
    code = (
        "import sys, time\nfrom minigrad.files import whole_file\n"
        "with whole_file(sys.argv[1]) as file:\n"
        "    file.write(b'new' * 100_000)\n    file.flush()\n"
        "    print('half', flush=True)\n    time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"half\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert path.read_bytes() == b"old"


def _write_often(path, letter, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with whole_file(path) as file:
            for _ in range(50):
                file.write(letter * 1000)


def test_three_processes_that_write_one_path_never_mix(tmp_path):
    path = tmp_path / "note"
    path.write_bytes(b"a" * 50_000)
    fork = multiprocessing.get_context("spawn")
    writers = [fork.Process(target=_write_often, args=(path, letter, 2.0)) for letter in (b"a", b"b", b"c")]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        content = path.read_bytes()
        assert len(content) == 50_000
        assert len(set(content)) == 1
        seen.add(content[:1])
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert len(seen) > 1
    assert [file.name for file in tmp_path.iterdir()] == ["note"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions elsewhere")
def test_a_file_has_the_permissions_that_open_would_give_and_keeps_its_own(tmp_path):
    (tmp_path / "plain").touch()
    with whole_file(tmp_path / "whole") as file:
        file.write(b"x")
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "whole")}
    assert modes["plain"] == modes["whole"]
    (tmp_path / "whole").chmod(0o640)
    with whole_file(tmp_path / "whole") as file:
        file.write(b"y")
    assert stat.S_IMODE((tmp_path / "whole").stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with whole_file(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def _header(shape):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": "<f8"})
    return buffer.getvalue()


def test_a_header_that_promises_more_than_is_there_is_refused_before_memory_is_asked_for(tmp_path):
    path = tmp_path / "model.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("W1.npy", _header((10**6, 10**6)) + bytes(16))
    with pytest.raises(ValueError, match="promises 1,000,000,000,000 numbers"):
        load(path, into=MLP(2, [1]))


def test_an_archive_of_other_shapes_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    np.savez_compressed(path, W1=np.zeros((3000, 1000)), b1=np.zeros(3000))
    read = []
    original = np.lib.format.read_array
    monkeypatch.setattr(np.lib.format, "read_array", lambda *a, **k: read.append(1) or original(*a, **k))
    with pytest.raises(ValueError, match=r"W1 has shape \(3000, 1000\), not \(1, 2\)"):
        load(path, into=MLP(2, [1]))
    assert not read


def test_an_architecture_larger_than_its_arrays_builds_no_network(tmp_path):
    path = tmp_path / "model.npz"
    sizes = '{"sizes": [1000000, 1000000], "activations": ["identity"], "bias": [true], "elementary": false}'
    np.savez(path, architecture=sizes, W1=np.zeros((1, 2)), b1=np.zeros(1))
    with pytest.raises(ValueError, match="its arrays are not those of its sizes"):
        load(path)
