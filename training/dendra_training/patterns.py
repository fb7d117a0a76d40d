# SPDX-License-Identifier: Apache-2.0
"""What the kernels can skip, and the codes that they multiply: see `docs/architecture.md`, "Sparse matrices"."""

from dataclasses import dataclass

import torch

PATTERNS = {"1x1": (1, 1), "1x4": (1, 4), "16x4": (16, 4), "16x64": (16, 64)}
GROUP = 32


@dataclass(frozen=True)
class Pattern:
    """Blocks of `rows` outputs and `columns` inputs that live or die as one."""

    name: str

    @property
    def rows(self) -> int:
        return PATTERNS[self.name][0]

    @property
    def columns(self) -> int:
        return PATTERNS[self.name][1]

    def block_sums(self, values: torch.Tensor) -> torch.Tensor:
        """Sums of `values` [outputs, inputs] by block: [outputs / rows, inputs / columns]."""
        outputs, inputs = values.shape
        return values.view(outputs // self.rows, self.rows, inputs // self.columns, self.columns).sum(dim=(1, 3))

    def expand(self, blocks: torch.Tensor) -> torch.Tensor:
        """A value for each weight out of one for each block."""
        return blocks.repeat_interleave(self.rows, 0).repeat_interleave(self.columns, 1)

    def live(self, scores: torch.Tensor, budget: torch.Tensor) -> torch.Tensor:
        """As many blocks of each row as `budget` [block rows] says, those with the highest `scores` [block rows, blocks]."""
        order = scores.argsort(dim=1, descending=True)
        ranked = torch.arange(scores.shape[1]).expand_as(order) < budget[:, None]
        return torch.zeros_like(ranked).scatter_(1, order, ranked)


def round_i8(weights: torch.Tensor) -> torch.Tensor:
    """The nearest weights of encoding `i8`: codes of -127 to 127, a scale for each output that takes its largest weight to 127."""
    scales = weights.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
    return (weights / scales).round_() * scales


def round_u4g32(weights: torch.Tensor) -> torch.Tensor:
    """The nearest weights of a sparse matrix's `u4g32`: codes of -8 to 7, a scale for 32 inputs.

    The weight that is largest without its sign becomes -8, as in GGUF's Q4_0, so scales may be negative.
    """
    groups = weights.view(weights.shape[0], -1, GROUP)
    largest = groups.gather(2, groups.abs().argmax(dim=2, keepdim=True))
    scales = half(largest / -8)
    scales = torch.where(scales == 0, torch.full_like(scales, 1e-12), scales)
    return ((groups / scales).round_().clamp_(-8, 7) * scales).view_as(weights)


def round_dense_i8g32(weights: torch.Tensor) -> torch.Tensor:
    """The nearest weights of GGUF's Q8_0: codes of -127 to 127, a scale for 32 inputs."""
    groups = weights.view(weights.shape[0], -1, GROUP)
    scales = half(groups.abs().amax(dim=2, keepdim=True) / 127).clamp_min(1e-7)
    return ((groups / scales).round_().clamp_(-127, 127) * scales).view_as(weights)


def round_dense_u4g32(weights: torch.Tensor) -> torch.Tensor:
    """The nearest weights of GGUF's Q4_1: codes of 0 to 15, a scale and a minimum for 32 inputs."""
    groups = weights.view(weights.shape[0], -1, GROUP)
    least, most = groups.aminmax(dim=2, keepdim=True)
    scales = half((most - least) / 15).clamp_min(1e-7)
    least = half(least)
    return ((groups - least).div_(scales).round_().clamp_(0, 15).mul_(scales).add_(least)).view_as(weights)


def half(values: torch.Tensor) -> torch.Tensor:
    """What is left of them in the half precision of a scale."""
    return values.half().float()


# Of a sparse matrix, and of a dense one that becomes a GGUF type of that name.
ENCODINGS = {"f32": lambda weights: weights, "i8": round_i8, "u4g32": round_u4g32}
DENSE_ENCODINGS = {"i8g32": round_dense_i8g32, "u4g32": round_dense_u4g32}
