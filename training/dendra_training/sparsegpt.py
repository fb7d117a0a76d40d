# SPDX-License-Identifier: Apache-2.0
"""SparseGPT (Frantar and Alistarh 2023, arXiv 2301.00774) for blocks of weights, one Transformer block after the other."""

from collections.abc import Callable

import torch

from dendra_training import llama
from dendra_training.gguf_model import GgufModel
from dendra_training.patterns import Pattern

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


def prune_matrix(weights: torch.Tensor, moments: torch.Tensor, pattern: Pattern, density: float) -> torch.Tensor:
    """The live weights, made up for those that are gone; dead ones are 0. `weights` [outputs, inputs], `moments` [inputs, inputs].

    Blocks are ranked anew every 128 inputs among all that are still to come.
    """
    weights = weights.clone()
    inputs = weights.shape[1]
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(moments)), upper=True)
    pivots = inverse.diagonal()
    live = torch.ones_like(weights, dtype=torch.bool)
    budget = torch.full((weights.shape[0] // pattern.rows,), round(inputs // pattern.columns * density))
    for begin in range(0, inputs, COLUMNS):
        end = min(begin + COLUMNS, inputs)
        scores = pattern.block_sums((weights[:, begin:] / pivots[begin:]).square())
        order = scores.argsort(dim=1, descending=True)
        ranked = torch.arange(scores.shape[1]).expand_as(order) < budget[:, None]
        kept = torch.zeros_like(scores, dtype=torch.bool).scatter_(1, order, ranked)
        now = kept[:, : (end - begin) // pattern.columns]
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
def walk(model: GgufModel, tokens: torch.Tensor, change: Callable[[int, dict, InputMoments], dict]) -> None:
    """Goes through the blocks in order. `change` gets a block's number, its matrices and moments, and says what they become.

    The next block sees what comes out of the changed one. `tokens` [windows, positions].
    """
    rotation = llama.rotations(model.shape, tokens.shape[1])
    states = [model.embedding[part] for part in tokens.split(4)]
    for layer in range(model.shape.layers):
        moments = InputMoments()
        norms = model.norms[layer]
        dense = {name: matrix.bfloat16() for name, matrix in model.matrices[layer].items()}
        after = [llama.block(model.shape, x, dense, norms, rotation, moments.add) for x in states]
        changed = change(layer, model.matrices[layer], moments)
        if changed is not model.matrices[layer]:
            matrices = {name: matrix.bfloat16() for name, matrix in changed.items()}
            after = [llama.block(model.shape, x, matrices, norms, rotation) for x in states]
        states = after
        print(f"block {layer + 1} of {model.shape.layers}", end="\r", flush=True)
    print()
