"""Writes optimizer_figures.json: what PyTorch's optimizers make of one function in 100 steps.

Run with PyTorch installed (the figures kept were made with the version that they name):

    python tests/data/make_optimizer_figures.py
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

START = [0.3, -1.2, 2.0, 0.05]
STEPS = 100


def function(w):
    """Σ (wᵢ − i)² / (1 + i) + (w₀ w₁ + w₂ w₃)² / 10: curved, coupled, with gradients of different sizes."""
    centres = torch.arange(4, dtype=torch.float64)
    return ((w - centres) ** 2 / (1 + centres)).sum() + 0.1 * (w[0] * w[1] + w[2] * w[3]) ** 2


def halving(step):
    return 0.5 ** (step // 25)


CASES = {
    "SGD": lambda w: torch.optim.SGD([w], lr=0.05),
    "SGD, momentum": lambda w: torch.optim.SGD([w], lr=0.01, momentum=0.9),
    "SGD, Nesterov": lambda w: torch.optim.SGD([w], lr=0.01, momentum=0.9, nesterov=True),
    "SGD, momentum, schedule": lambda w: torch.optim.SGD([w], lr=0.02, momentum=0.8),
    "Adam": lambda w: torch.optim.Adam([w], lr=0.05),
    "Adam, betas": lambda w: torch.optim.Adam([w], lr=0.1, betas=(0.5, 0.9), eps=1e-3),
    "Adam, schedule": lambda w: torch.optim.Adam([w], lr=0.1),
}


def run(name):
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = CASES[name](w)
    factor = halving if "schedule" in name else lambda step: 1.0
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    path = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        function(w).backward()
        optimizer.step()
        schedule.step()
        path.append(w.detach().tolist())
    return path[:5] + path[9::10]  # steps 1 to 5, 10, 20, …, 100


if __name__ == "__main__":
    figures = {"torch": torch.__version__, "start": START, "paths": {name: run(name) for name in CASES}}
    Path(__file__).with_name("optimizer_figures.json").write_text(json.dumps(figures, indent=1) + "\n")
