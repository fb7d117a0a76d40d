# SPDX-License-Identifier: Apache-2.0
"""How much the model's output depends on each weight, so that density goes where it counts."""

import numpy as np
import torch
import torch.nn.functional as F

from dendra_training import llama
from dendra_training.gguf_model import MATRICES
from dendra_training.loss import CHUNK
from dendra_training.patterns import Pattern
from dendra_training.student import Student


class SampledLikelihood(torch.autograd.Function):
    """The negative log-likelihood of tokens that the model itself draws; its gradients are samples of the Fisher information."""

    @staticmethod
    def forward(context, hidden: torch.Tensor, head: torch.Tensor, generator: torch.Generator):
        """Normalised hidden states [positions, embedding] and head [vocabulary, embedding], bfloat16."""
        gradient = torch.empty_like(hidden)
        for begin in range(0, len(hidden), CHUNK):
            part = slice(begin, begin + CHUNK)
            probability = F.linear(hidden[part], head).float().softmax(-1)
            drawn = probability.multinomial(1, generator=generator)
            gradient[part] = probability.scatter_add(1, drawn, torch.full_like(drawn, -1, dtype=torch.float32)).bfloat16() @ head
        context.save_for_backward(gradient)
        return hidden.new_zeros((), dtype=torch.float32)

    @staticmethod
    def backward(context, outer):
        return context.saved_tensors[0] * outer.to(torch.bfloat16), None, None


def fisher_information(student: Student, windows: np.ndarray, seed: int) -> list[dict]:
    """For each matrix the sums of the diagonal of the Fisher information by output and by input, each divided by the root of
    their total, so that their outer product stands for the diagonal: (outputs, inputs) by block and name."""
    generator = torch.Generator().manual_seed(seed)
    sums = [{name: [0.0, 0.0] for name in MATRICES} for _ in range(student.shape.layers)]
    student.refresh()
    for number, window in enumerate(windows, 1):
        hidden = student.states(torch.from_numpy(window[None]).long())[-1]
        normalised = llama.rms_norm(hidden, student.output_norm, student.shape.norm_epsilon).bfloat16().flatten(0, 1)
        SampledLikelihood.apply(normalised, student.embedding, generator).backward()
        for layer, matrices in enumerate(student.effective):
            for name, matrix in matrices.items():
                square = matrix.grad.float().square()
                sums[layer][name][0] += square.sum(1)
                sums[layer][name][1] += square.sum(0)
                matrix.grad = None
        print(f"\rwindow {number} of {len(windows)}", end="", flush=True)
    print()
    return [
        {name: (rows / rows.sum().sqrt(), columns / rows.sum().sqrt()) for name, (rows, columns) in layer.items()}
        for layer in sums
    ]


def row_budgets(masters: list[dict], information: list[dict], pattern: Pattern, density: float) -> list[dict]:
    """How many blocks of each row of blocks should live, if all blocks of the model are ranked together.

    A block's rank goes by the sum of its squared weights times their information: the loss that its removal costs, to second
    order (LeCun et al. 1989, Optimal Brain Damage).
    """
    scores = [
        {name: pattern.block_sums(m.square() * torch.outer(*information[layer][name])) for name, m in matrices.items()}
        for layer, matrices in enumerate(masters)
    ]
    everything = torch.cat([s.flatten() for layer in scores for s in layer.values()])
    threshold = everything.kthvalue(round(len(everything) * (1 - density)) + 1).values
    return [{name: (s >= threshold).sum(1) for name, s in layer.items()} for layer in scores]


def equal_budgets(masters: list[dict], pattern: Pattern, density: float) -> list[dict]:
    """The same share of every row of blocks."""
    return [
        {
            name: torch.full((m.shape[0] // pattern.rows,), round(m.shape[1] // pattern.columns * density))
            for name, m in matrices.items()
        }
        for matrices in masters
    ]
