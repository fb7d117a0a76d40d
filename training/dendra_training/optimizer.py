# SPDX-License-Identifier: Apache-2.0
"""Adam, an element at a time in one pass over memory."""

import torch


class MatrixAdam:
    """Adam (Kingma and Ba 2015, arXiv 1412.6980) for one matrix."""

    def __init__(self, matrix: torch.Tensor, betas: tuple[float, float], epsilon: float):
        self.mean = torch.zeros_like(matrix)
        self.square = torch.zeros_like(matrix)
        self.betas = betas
        self.epsilon = epsilon
        self.steps = 0

    def state(self) -> tuple[torch.Tensor, torch.Tensor, int]:
        """What `restore` takes."""
        return self.mean, self.square, self.steps

    def restore(self, state: tuple[torch.Tensor, torch.Tensor, int]) -> None:
        mean, square, self.steps = state
        self.mean.copy_(mean)
        self.square.copy_(square)

    def step(self, matrix: torch.Tensor, live: torch.Tensor, gradient: torch.Tensor, rate: float) -> None:
        """Moves the live elements of `matrix` against `gradient`."""
        self.steps += 1
        first, second = self.betas
        factors = torch.tensor([rate / (1 - first**self.steps), 1 / (1 - second**self.steps)])
        adam_step(matrix, live, gradient, self.mean, self.square, factors, first, second, self.epsilon)


@torch.compile(dynamic=False)
def adam_step(matrix, live, gradient, mean, square, factors, first: float, second: float, epsilon: float) -> None:
    """`factors` are the rate and 1, each over its bias correction."""
    gradient = gradient.float()
    mean.lerp_(gradient, 1 - first)
    square.lerp_(gradient.square(), 1 - second)
    matrix.sub_(factors[0] * mean / ((factors[1] * square).sqrt() + epsilon) * live)
