# SPDX-License-Identifier: Apache-2.0
"""Adam on masked matrices, in the coordinates in which a matrix's inputs are uncorrelated."""

import torch


class MatrixAdam:
    """Adam (Kingma and Ba 2015, arXiv 1412.6980) for one matrix [outputs, inputs].

    With `axes`, the eigenvectors of the second moments of the inputs, Adam runs in these coordinates: SOAP (Vyas et al. 2024,
    arXiv 2409.11321) with one side and axes that stay. Elements of the gradient then have the scale of an input of their
    own, which those of the weights do not: inputs of a language model are far from uncorrelated.
    """

    def __init__(self, matrix: torch.Tensor, axes: torch.Tensor | None, betas: tuple[float, float], epsilon: float):
        self.axes = None if axes is None else axes.bfloat16()
        self.mean = torch.zeros_like(matrix)
        self.square = torch.zeros_like(matrix)
        self.betas = betas
        self.epsilon = epsilon
        self.steps = 0

    def update(self, gradient: torch.Tensor) -> torch.Tensor:
        """What to subtract at a learning rate of 1, bfloat16. Elements are about 1 in size."""
        self.steps += 1
        if self.axes is not None:
            gradient = gradient.bfloat16() @ self.axes
        first, second = self.betas
        corrections = torch.tensor([1 - first**self.steps, 1 - second**self.steps])
        step = adam_step(gradient, self.mean, self.square, corrections, first, second, self.epsilon)
        return step if self.axes is None else step @ self.axes.T


@torch.compile(dynamic=False)
def adam_step(gradient, mean, square, corrections, first: float, second: float, epsilon: float) -> torch.Tensor:
    """Updates `mean` and `square`; the step that follows, bfloat16."""
    gradient = gradient.float()
    mean.lerp_(gradient, 1 - first)
    square.lerp_(gradient.square(), 1 - second)
    return ((mean / corrections[0]) / ((square / corrections[1]).sqrt() + epsilon)).bfloat16()
