"""Saves and loads models, bit for bit, and exchanges weights with scikit-learn's MLP.

A file is an npz archive of NumPy: the arrays of `state_dict`, and for an MLP its architecture as JSON, from
which it can be rebuilt. Wˡ has the shape (n_l, n_{l−1}) here; scikit-learn's `coefs_[l − 1]` is its
transpose.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from minigrad.files import whole_file
from nn.activations import ACTIVATIONS, SOFTMAX
from nn.mlp import MLP
from nn.module import Module, check_model, check_shapes

T = TypeVar("T")

ARCHITECTURE = "architecture"
LONGEST = 1_000_000  # bytes of an architecture: hundreds of thousands of layers
MOST_PACKED = 1032  # bytes that DEFLATE can make of one

# scikit-learn's names, where they differ.
FROM_SKLEARN = {"logistic": "sigmoid"}
TO_SKLEARN = {"sigmoid": "logistic"}


def save(model: Module, path: str | Path) -> None:
    """Write the parameters of a model to an npz file at exactly `path`, completely or not at all.

    Raises OSError if the file cannot be written.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.npz"
    >>> save(MLP(2, [1], initial=[[[1.0, 2.0]]]), path)
    >>> load(path).state_dict()["W1"]
    array([[1., 2.]])
    """
    check_model("save", model)
    arrays: dict[str, Any] = dict(model.state_dict())
    if isinstance(model, MLP):
        arrays[ARCHITECTURE] = json.dumps(_architecture(model))
    with whole_file(path) as file:
        np.savez(file, **arrays)


def load(path: str | Path, into: Any = None) -> Any:
    """Read a file that `save` wrote, into a model, or else as a new MLP. Returns the model.

    Raises ValueError for a file that is cut short or was not written by `save`, that is of another
    architecture than `into`, or of an MLP with activations that are functions of your own, which needs
    `into`. The model is then unchanged. Shapes are compared with the model's before any number is read.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.npz"
    >>> save(MLP(2, [3, 1], activation="tanh", seed=0), path)
    >>> load(path).layers[1]
    Layer(3, 1, activation='identity')
    """
    shapes, architecture = _read(path, _facts)
    if into is None:
        architecture = _checked_promises(architecture, shapes, path)
        into = _build(architecture, path)
    elif isinstance(into, MLP) and architecture is not None:
        _check_architecture(architecture, into, path)
    check_shapes(shapes, into.state_dict())
    into.load_state_dict(_read(path, lambda archive: {name: archive[name] for name in shapes}))
    return into


def from_sklearn(estimator: Any) -> MLP:
    """An MLP with the weights and the outputs of a fitted `MLPClassifier` or `MLPRegressor`.

    Raises ValueError for an estimator that is not fitted, or an output activation that `nn` does not have.
    Source: scikit-learn's `coefs_` (n_{l−1}, n_l), `intercepts_` (n_l,), `out_activation_`.

    >>> from types import SimpleNamespace
    >>> fitted = SimpleNamespace(coefs_=[np.array([[2.0], [3.0]])], intercepts_=[np.array([1.0])],
    ...                          activation="relu", out_activation_="identity")
    >>> from_sklearn(fitted)([1.0, 1.0]).data
    6.0
    """
    if not hasattr(estimator, "coefs_"):
        raise ValueError("from_sklearn: the estimator has no weights yet; call its fit or partial_fit first")
    sizes = [estimator.coefs_[0].shape[0], *(b.shape[0] for b in estimator.intercepts_)]
    hidden, output = (
        FROM_SKLEARN.get(name, name) for name in (estimator.activation, estimator.out_activation_)
    )
    weights, biases = [coefficients.T for coefficients in estimator.coefs_], estimator.intercepts_
    return MLP(
        sizes[0], sizes[1:], activation=hidden, output_activation=output, weights=weights, biases=biases
    )


def to_sklearn(model: MLP, estimator: Any) -> None:
    """Copy the weights of a model into a fitted `MLPClassifier` or `MLPRegressor` of the same architecture.

    (To fit it, `partial_fit` on a few examples is enough.) A layer without bias gets intercepts of 0. Raises
    ValueError for other shapes or activations, or an estimator that is not fitted, which is then unchanged.

    >>> from types import SimpleNamespace
    >>> fitted = SimpleNamespace(coefs_=[np.zeros((2, 1))], intercepts_=[np.zeros(1)],
    ...                          activation="relu", out_activation_="identity")
    >>> to_sklearn(MLP(2, [1], initial=[[[2.0, 3.0]]]), fitted)
    >>> fitted.coefs_[0].ravel().tolist()
    [2.0, 3.0]
    """
    if not hasattr(estimator, "coefs_"):
        raise ValueError("to_sklearn: the estimator has no weights yet; call its partial_fit first")
    ours = [layer.activation for layer in model.layers]
    theirs = [estimator.activation] * (len(ours) - 1) + [estimator.out_activation_]
    wanted = [TO_SKLEARN.get(name, name) if isinstance(name, str) else name for name in ours]
    shapes = [coefficients.shape for coefficients in estimator.coefs_]
    needed = [(n_in, n_out) for n_in, n_out in zip(model.sizes, model.sizes[1:])]
    if shapes != needed or theirs != wanted:
        raise ValueError(
            f"to_sklearn: the estimator is {theirs} of {shapes}; the model needs {wanted} of {needed}"
        )
    state = model.state_dict()
    for l, size in enumerate(model.sizes[1:], start=1):
        estimator.coefs_[l - 1][...] = state[f"W{l}"].T
        estimator.intercepts_[l - 1][...] = state.get(f"b{l}", np.zeros(size))


def _architecture(model: MLP) -> dict[str, Any]:
    names = [layer.activation if isinstance(layer.activation, str) else None for layer in model.layers]
    biases = [layer.neurons[0].b is not None for layer in model.layers]
    elementary = model.layers[0].neurons[0].elementary
    return {"sizes": model.sizes, "activations": names, "bias": biases, "elementary": elementary}


def _read(path: str | Path, read: Callable[[Any], T]) -> T:
    """What `read` returns for the archive. Raises ValueError for a file that is none, or a broken one."""
    try:
        with open(path, "rb") as file:  # if np.load cannot read a file, it leaves it open
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it holds one array")
            with archive:
                return read(archive)
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"load: {path} is cut short, or not of save() ({error})") from None


def _facts(archive: Any) -> tuple[dict[str, tuple[int, ...]], dict[str, Any] | None]:
    """The shapes of the arrays, from their headers, and the architecture if there is one."""
    shapes = {
        info.filename.removesuffix(".npy"): _shape(archive.zip, info) for info in archive.zip.infolist()
    }
    has_architecture = shapes.pop(ARCHITECTURE, None) is not None
    return shapes, json.loads(str(archive[ARCHITECTURE])) if has_architecture else None


def _shape(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[int, ...]:
    """The shape that an array's header promises. ValueError if the array is not so long."""
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0}.get(version)
        if read_header is None:
            raise ValueError(f"{info.filename} is of version {version} of NumPy's format")
        shape, _, dtype = read_header(file)
        there = min(info.file_size, MOST_PACKED * info.compress_size) - file.tell()
    if math.prod(shape) * dtype.itemsize > there:
        raise ValueError(f"{info.filename} promises {math.prod(shape):,} numbers, and has fewer")
    if info.filename == f"{ARCHITECTURE}.npy" and there > LONGEST:
        raise ValueError("its architecture is too long")
    return shape


def _checked_promises(
    architecture: dict[str, Any] | None, shapes: dict[str, tuple[int, ...]], path: str | Path
) -> dict[str, Any]:
    """The architecture. ValueError unless the arrays are its own, before a network of it is built."""
    if architecture is None:
        raise ValueError(f"load: {path} does not hold an MLP; give the module to load into")
    sizes, biases = architecture["sizes"], architecture["bias"]
    wanted: dict[str, tuple[int, ...]] = {}
    for l in range(1, len(sizes)):
        wanted[f"W{l}"] = (sizes[l], sizes[l - 1])
        if biases[l - 1]:
            wanted[f"b{l}"] = (sizes[l],)
    if wanted != shapes:
        raise ValueError(
            f"load: {path} is cut short, or not of save() (its arrays are not those of its sizes)"
        )
    return architecture


def _build(architecture: dict[str, Any], path: str | Path) -> MLP:
    *hidden, output = architecture["activations"]
    known = [*ACTIVATIONS, SOFTMAX]
    if any(name not in known for name in [*hidden, output]):
        raise ValueError(f"load: an activation in {path} is its author's own; give the model to load into")
    n_inputs, *sizes = architecture["sizes"]
    return MLP(
        n_inputs,
        sizes,
        activation=hidden,
        output_activation=output,
        bias=architecture["bias"],
        elementary=architecture["elementary"],
    )


def _check_architecture(architecture: dict[str, Any], model: MLP, path: str | Path) -> None:
    ours = json.loads(json.dumps(_architecture(model)))
    for what in ("sizes", "activations", "bias"):
        if architecture[what] != ours[what]:
            theirs = f"{what} {architecture[what]}, the model's are {ours[what]}"
            raise ValueError(f"load: {path} is of another architecture: {theirs}")
