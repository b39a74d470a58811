"""Training: gradient descent, the optimizers, what a run went through, and how good a model is."""

from nn.training.descent import descend, fit
from nn.training.history import History
from nn.training.metrics import accuracy, mean_cost, predict
from nn.training.optimizers import SGD, Adam, Optimizer

__all__ = ["fit", "descend", "History", "SGD", "Adam", "Optimizer", "accuracy", "mean_cost", "predict"]
