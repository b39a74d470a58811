"""What is saved comes back bit by bit, what does not fit is refused, and nothing is half loaded."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier, MLPRegressor

from minigrad import Value
from nn import MLP, Module, from_sklearn, load, predict, save, to_sklearn


def _model(**settings):
    return MLP(3, [4, 2], **{"activation": "tanh", "bias": [True, False], "seed": 3} | settings)


def _numbers(model):
    return [parameter.data for parameter in model.parameters()]


def test_a_saved_model_comes_back_bit_by_bit(tmp_path):
    model = _model(output_activation="softmax", elementary=True)
    save(model, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert _numbers(again) == _numbers(model)
    assert repr(again) == repr(model)
    assert again.layers[0].neurons[0].elementary
    other = _model(seed=9, output_activation="softmax")
    assert load(tmp_path / "model.npz", into=other) is other
    assert _numbers(other) == _numbers(model)
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


def test_a_module_of_ones_own_is_saved_by_the_names_of_its_attributes(tmp_path):
    class Pair(Module):
        def __init__(self):
            self.inner = MLP(1, [1], seed=0)
            self.scale = [Value(2.0), {"a": Value(3.0)}]
            self.grid = np.array([[Value(4.0)]], dtype=object)
            self.again = self.scale[0]

    pair = Pair()
    names = [name for name, _ in pair.named_parameters()]
    assert names == ["inner.w1_11", "inner.b1_1", "scale.0", "scale.1.a", "grid.0.0"]
    save(pair, tmp_path / "pair.npz")
    other = Pair()
    for parameter in other.parameters():
        parameter.data = 0.0
    load(tmp_path / "pair.npz", into=other)
    assert _numbers(other) == _numbers(pair)
    with pytest.raises(ValueError, match="does not hold an MLP"):
        load(tmp_path / "pair.npz")


def test_a_save_that_fails_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    path, model = tmp_path / "model.npz", _model()
    save(model, path)

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space"):
        save(_model(seed=9), path)
    monkeypatch.undo()
    assert _numbers(load(path)) == _numbers(model)
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_a_file_cut_short_is_refused_and_the_model_is_as_it_was(tmp_path, share):
    path = tmp_path / "model.npz"
    save(_model(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    model = _model(seed=5)
    before = _numbers(model)
    with pytest.raises(ValueError, match="cut short"):
        load(path, into=model)
    assert _numbers(model) == before


def test_a_file_with_one_byte_changed_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    save(_model(), path)
    data = bytearray(path.read_bytes())
    position = data.find(np.float64(_model().state_dict()["W1"][0, 0]).tobytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match="cut short"):
        load(path)


def test_a_file_that_is_something_else_is_refused(tmp_path):
    path = tmp_path / "model.npz"
    path.write_text("w = 1")
    with pytest.raises(ValueError, match="cut short"):
        load(path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(ValueError, match="cut short"):
        load(tmp_path / "array.npy")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (MLP(3, [5, 2], activation="tanh", bias=[True, False]), "sizes"),
        (MLP(3, [4, 2], activation="relu", bias=[True, False]), "activations"),
        (MLP(3, [4, 2], activation="tanh"), "bias"),
    ],
)
def test_a_file_of_another_architecture_is_refused_and_the_model_is_as_it_was(tmp_path, other, what):
    save(_model(), tmp_path / "model.npz")
    before = _numbers(other)
    with pytest.raises(ValueError, match=f"another architecture: {what}"):
        load(tmp_path / "model.npz", into=other)
    assert _numbers(other) == before


def test_a_model_with_a_function_of_ones_own_is_loaded_into_a_model_that_has_it(tmp_path):
    def double(z):
        return z * 2

    save(_model(activation=double), tmp_path / "model.npz")
    with pytest.raises(ValueError, match="give the model"):
        load(tmp_path / "model.npz")
    model = _model(activation=double, seed=8)
    load(tmp_path / "model.npz", into=model)
    assert _numbers(model) == _numbers(_model(activation=double))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W1": np.zeros((2, 2))}, "W1 has shape"),
        ({"b1": [np.nan] * 4}, "b1 has numbers that are not finite"),
        ({"W1": "text"}, "W1 is not an array"),
        ({"b2": np.zeros(2)}, "b2 is unknown"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    model = _model()
    before = _numbers(model)
    with pytest.raises(ValueError, match=message):
        model.load_state_dict(_model(seed=7).state_dict() | change)
    assert _numbers(model) == before
    with pytest.raises(ValueError, match="W2 is missing"):
        model.load_state_dict({"W1": np.zeros((4, 3)), "b1": np.zeros(4)})


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
@pytest.mark.parametrize("kind", ["three classes", "two classes", "numbers"])
def test_scikit_learns_predictions_are_ours_with_its_weights(activation, kind):
    X, y = load_iris(return_X_y=True)
    if kind == "two classes":
        X, y = X[50:], y[50:]
    if kind == "numbers":
        estimator = MLPRegressor(hidden_layer_sizes=(5, 3), activation=activation, random_state=0)
        estimator.partial_fit(X, y)
        expected = estimator.predict(X).reshape(-1, 1)
    else:
        estimator = MLPClassifier(hidden_layer_sizes=(5, 3), activation=activation, random_state=0)
        expected = estimator.partial_fit(X, y, classes=np.unique(y)).predict_proba(X)
        expected = expected[:, 1:] if kind == "two classes" else expected
    np.testing.assert_allclose(predict(from_sklearn(estimator), X), expected, rtol=0, atol=1e-12)


def test_our_predictions_are_scikit_learns_with_our_weights():
    X, y = load_iris(return_X_y=True)
    estimator = MLPClassifier(hidden_layer_sizes=(5,), activation="tanh", random_state=0)
    estimator.partial_fit(X, y, classes=[0, 1, 2])
    model = MLP(4, [5, 3], "tanh", "softmax", bias=[True, False], seed=1)
    to_sklearn(model, estimator)
    np.testing.assert_allclose(estimator.predict_proba(X), predict(model, X), rtol=0, atol=1e-12)


def test_an_estimator_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no weights yet"):
        from_sklearn(MLPClassifier())
    with pytest.raises(ValueError, match="no weights yet"):
        to_sklearn(_model(), MLPClassifier())
    X, y = load_iris(return_X_y=True)
    estimator = MLPClassifier(hidden_layer_sizes=(5,), random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    before = [coefficients.copy() for coefficients in estimator.coefs_]
    for model in (MLP(4, [6, 3], "relu", "softmax"), MLP(4, [5, 3], "tanh", "softmax"), MLP(4, [5, 3])):
        with pytest.raises(ValueError, match="the model needs"):
            to_sklearn(model, estimator)
    for now, then in zip(estimator.coefs_, before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_without_pytorch_the_error_says_how_to_get_it(monkeypatch):
    import sys

    from nn import to_torch

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        to_torch(_model())
