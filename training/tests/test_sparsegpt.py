# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from dendra_training.patterns import PATTERNS, Pattern
from dendra_training.sparsegpt import InputMoments, prune_matrix


def matrix_and_inputs(seed: int):
    random = torch.Generator().manual_seed(seed)
    mix = torch.randn(64, 256, generator=random) / 4
    inputs = torch.randn(2048, 64, generator=random) @ mix + 0.5 * torch.randn(2048, 256, generator=random)
    return torch.randn(32, 256, generator=random), inputs


@pytest.mark.parametrize("name", PATTERNS)
def test_live_blocks_are_as_many_as_asked_for_and_make_up_for_the_dead(name):
    weights, inputs = matrix_and_inputs(3)
    moments = InputMoments()
    moments.add("m", inputs[:1000].view(10, 100, 256))
    moments.add("m", inputs[1000:])
    pattern = Pattern(name)
    blocks = 256 // pattern.columns
    budget = torch.linspace(blocks // 4, blocks // 2, 32 // pattern.rows).long()
    pruned = prune_matrix(weights, moments.damped("m"), pattern, budget)
    live = pattern.block_sums((pruned != 0).float()) > 0
    assert torch.equal(live.sum(1), budget)
    masked = weights * pattern.expand(live)
    assert error(weights, pruned, inputs) < 0.9 * error(weights, masked, inputs)


def test_nothing_pruned_is_nothing_changed():
    weights, inputs = matrix_and_inputs(4)
    moments = InputMoments()
    moments.add("m", inputs)
    assert torch.equal(prune_matrix(weights, moments.damped("m"), Pattern("1x4"), torch.full((32,), 64)), weights)


def test_moments_are_means():
    _, inputs = matrix_and_inputs(5)
    moments = InputMoments()
    moments.add("m", inputs)
    mean = inputs.T @ inputs / len(inputs)
    torch.testing.assert_close(moments.damped("m"), mean + 0.01 * mean.diagonal().mean() * torch.eye(256))


def error(weights, pruned, inputs) -> float:
    return ((inputs @ weights.T - inputs @ pruned.T) ** 2).sum().item()
