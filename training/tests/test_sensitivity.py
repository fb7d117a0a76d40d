# SPDX-License-Identifier: Apache-2.0
import torch
import torch.nn.functional as F

from dendra_training.patterns import Pattern
from dendra_training.sensitivity import SampledLikelihood, equal_budgets, row_budgets


def test_budgets_are_the_best_blocks_of_the_whole_model():
    random = torch.Generator().manual_seed(10)
    masters = [{"a": torch.randn(32, 64, generator=random), "b": torch.randn(16, 128, generator=random)} for _ in range(3)]
    information = [
        {name: (torch.rand(len(m), generator=random), torch.rand(m.shape[1], generator=random)) for name, m in layer.items()}
        for layer in masters
    ]
    pattern = Pattern("1x4")
    budgets = row_budgets(masters, information, pattern, 0.25)
    blocks = sum(m.numel() // 4 for layer in masters for m in layer.values())
    assert abs(sum(b.sum().item() for layer in budgets for b in layer.values()) - blocks / 4) <= 1
    scores, kept = [], []
    for layer in range(3):
        for name, m in masters[layer].items():
            loss = (m.square() * information[layer][name][0][:, None] * information[layer][name][1]).view(len(m), -1, 4).sum(2)
            best = loss.sort(1, descending=True).values
            for row, budget in enumerate(budgets[layer][name].tolist()):
                kept += best[row][:budget].tolist()
                scores += best[row].tolist()
    assert sorted(kept) == sorted(scores)[-len(kept):]


def test_equal_budgets_are_the_same_share_of_every_row():
    budgets = equal_budgets([{"a": torch.zeros(32, 64)}], Pattern("16x4"), 0.5)
    assert budgets[0]["a"].tolist() == [8, 8]


def test_gradients_of_drawn_tokens_have_the_fisher_information_as_their_second_moment():
    random = torch.Generator().manual_seed(11)
    head = torch.randn(8, 4, generator=random).bfloat16()
    hidden = torch.randn(1, 4, generator=random).bfloat16()
    rows = hidden.repeat(20_000, 1).requires_grad_()
    SampledLikelihood.apply(rows, head, random).backward()
    gradients = rows.grad.float()
    probability = F.linear(hidden, head).float().softmax(-1)[0]
    covariance = torch.diag(probability) - torch.outer(probability, probability)
    expected = head.float().T @ covariance @ head.float()
    torch.testing.assert_close(gradients.T @ gradients / len(gradients), expected, rtol=0.05, atol=0.02)
    assert gradients.mean(0).abs().max() < 0.05
