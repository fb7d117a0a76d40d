# SPDX-License-Identifier: Apache-2.0
"""SparseGPT (Frantar and Alistarh 2023, arXiv 2301.00774) for blocks of weights, one Transformer block after the other."""

from collections.abc import Callable

import torch

from dendra_training import llama
from dendra_training.gguf_model import MATRICES
from dendra_training.patterns import Pattern
from dendra_training.student import Student

DAMPING = 0.01
COLUMNS = 128


class InputMoments:
    """Mean of x xᵀ of what enters each product of a block, over calibration tokens: half the Hessian of its squared error."""

    def __init__(self):
        self.sums = {}
        self.rows = {}

    def add(self, name: str, inputs: torch.Tensor) -> None:
        """Adds `inputs` [..., size]."""
        rows = inputs.flatten(0, -2).float()
        self.sums[name] = self.sums.get(name, 0) + rows.T @ rows
        self.rows[name] = self.rows.get(name, 0) + len(rows)

    def damped(self, name: str) -> torch.Tensor:
        """The mean, with a hundredth of its mean diagonal added to the diagonal."""
        mean = self.sums[name] / self.rows[name]
        return mean + DAMPING * mean.diagonal().mean() * torch.eye(len(mean))


def prune_matrix(weights: torch.Tensor, moments: torch.Tensor, pattern: Pattern, budget: torch.Tensor) -> torch.Tensor:
    """The live weights, made up for those that are gone; dead ones are 0. `weights` [outputs, inputs], `moments` [inputs, inputs].

    `budget` says for each row of blocks how many live. Blocks are ranked anew every 128 inputs among all that are still to come.
    """
    weights = weights.clone()
    inputs = weights.shape[1]
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(moments)), upper=True)
    pivots = inverse.diagonal()
    live = torch.ones_like(weights, dtype=torch.bool)
    for begin in range(0, inputs, COLUMNS):
        end = min(begin + COLUMNS, inputs)
        scores = pattern.block_sums((weights[:, begin:] / pivots[begin:]).square())
        now = pattern.live(scores, budget)[:, : (end - begin) // pattern.columns]
        budget = budget - now.sum(dim=1)
        live[:, begin:end] = pattern.expand(now)
        errors = torch.zeros(weights.shape[0], end - begin)
        for i in range(begin, end):
            column = weights[:, i] * ~live[:, i]
            errors[:, i - begin] = column / pivots[i]
            weights[:, i:end] -= errors[:, i - begin, None] * inverse[i, i:end]
        weights[:, end:] -= errors @ inverse[begin:end, end:]
    return weights * live


@torch.no_grad()
def walk(student: Student, tokens: torch.Tensor, change: Callable[[int, InputMoments], None]) -> None:
    """Goes through the blocks in order. `change` gets a block's number and moments, and may change its masters.

    The next block sees what comes out of the changed one. `tokens` [windows, positions].
    """
    states = [student.embedding[part].float() for part in tokens.split(4)]
    for layer in range(student.shape.layers):
        moments = InputMoments()
        for x in states:
            run(student, layer, x, moments.add)
        change(layer, moments)
        states = [run(student, layer, x) for x in states]
        print(f"\rblock {layer + 1} of {student.shape.layers}", end="", flush=True)
    print()


def run(student: Student, layer: int, x: torch.Tensor, observe=None) -> torch.Tensor:
    """A block of the student as its masters are now."""
    matrices = {name: student.served(layer, name).bfloat16() for name in MATRICES}
    return llama.block(student.shape, x, matrices, student.norms[layer], student.rotation, observe)
