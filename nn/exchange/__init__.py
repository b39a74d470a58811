"""Exchanges weights with files, scikit-learn and PyTorch, and traces PyTorch networks."""
