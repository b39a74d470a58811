"""Trains a model: gradient descent, optimizers, the history of a run, and metrics."""

from nn.training.descent import descend, fit
from nn.training.history import History
from nn.training.metrics import accuracy, mean_cost, predict
from nn.training.optimizers import SGD, Adam, Optimizer

__all__ = ["fit", "descend", "History", "SGD", "Adam", "Optimizer", "accuracy", "mean_cost", "predict"]
