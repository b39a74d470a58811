"""Exchange: files of weights, scikit-learn and PyTorch."""
