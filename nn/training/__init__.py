"""Training: gradient descent, the optimizers, what a run went through, and how good a model is."""
