# SPDX-License-Identifier: Apache-2.0
import gguf
import pytest
import torch

from dendra_training.patterns import DENSE_ENCODINGS, ENCODINGS, PATTERNS, Pattern


@pytest.mark.parametrize("name", PATTERNS)
def test_each_row_of_blocks_keeps_its_best(name):
    pattern = Pattern(name)
    weights = torch.randn(48, 256, generator=torch.Generator().manual_seed(1))
    scores = pattern.block_sums(weights.square())
    assert scores.shape == (48 // pattern.rows, 256 // pattern.columns)
    assert scores.sum().item() == pytest.approx(weights.square().sum().item(), rel=1e-5)
    budget = torch.arange(len(scores)) % (scores.shape[1] + 1)
    live = pattern.live(scores, budget)
    assert torch.equal(live.sum(1), budget)
    for row in range(len(live)):
        if budget[row] in (0, scores.shape[1]):
            continue
        assert scores[row][live[row]].min() >= scores[row][~live[row]].max()
    mask = pattern.expand(live)
    assert mask.shape == weights.shape
    for i in range(0, 48, 5):
        for j in range(0, 256, 3):
            assert mask[i, j] == live[i // pattern.rows, j // pattern.columns]


@pytest.mark.parametrize("encoding, most, group", (("i8", 127, 64), ("u4g32", 8, 32)))
def test_rounded_weights_lie_on_a_grid_and_stay_where_they_are(encoding, most, group):
    weights = torch.randn(8, 64, generator=torch.Generator().manual_seed(2)) * torch.logspace(-2, 3, 8)[:, None]
    weights[:, 4:8] = 0
    weights[3] = 0
    rounded = ENCODINGS[encoding](weights)
    assert (rounded[weights == 0] == 0).all()
    groups, exact = rounded.view(-1, group), weights.view(-1, group)
    scales = exact.abs().amax(1, keepdim=True) / most
    codes = groups / scales.clamp_min(1e-30)
    assert (codes - codes.round()).abs().max() < (1e-3 if encoding == "i8" else 5e-3)
    # All but u4g32's code of +8, which is cut off to 7, are at most half a code away.
    assert ((groups - exact).abs() <= scales * (0.5001 if encoding == "i8" else 1.0001)).all()
    torch.testing.assert_close(ENCODINGS[encoding](rounded), rounded)


@pytest.mark.parametrize("encoding, kind", (("i8g32", "Q8_0"), ("u4g32", "Q4_1")))
def test_dense_codes_are_those_of_gguf(encoding, kind):
    weights = torch.randn(8, 64, generator=torch.Generator().manual_seed(3)) * torch.logspace(-2, 2, 8)[:, None]
    weights[3] = 0
    rounded = DENSE_ENCODINGS[encoding](weights)
    type_of_gguf = gguf.GGMLQuantizationType[kind]
    theirs = torch.from_numpy(gguf.quants.dequantize(gguf.quants.quantize(weights.numpy(), type_of_gguf), type_of_gguf))
    # Scales are rounded to half precision before codes are chosen and not after, so codes at a half may differ.
    errors, others = (rounded - weights).square().sum(), (theirs - weights).square().sum()
    assert errors <= others * 1.001
    assert ((rounded - theirs).abs() > 1e-6).float().mean() < 0.02
    torch.testing.assert_close(DENSE_ENCODINGS[encoding](rounded), rounded)
