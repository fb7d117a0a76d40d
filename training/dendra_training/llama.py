# SPDX-License-Identifier: Apache-2.0
"""The forward pass of a Llama block, in bfloat16 products and a float32 residual stream."""

import torch
import torch.nn.functional as F

from dendra_training.gguf_model import LlamaShape

STRIP = 128


def rotations(shape: LlamaShape, positions: int) -> torch.Tensor:
    """Cosine and sine for each position and pair of a head: [2, positions, head size / 2].

    Pairs are neighbours, as in GGUF files of the kind llama.
    """
    frequencies = shape.rope_base ** (-torch.arange(0, shape.head_size, 2, dtype=torch.float64) / shape.head_size)
    angles = torch.outer(torch.arange(positions, dtype=torch.float64), frequencies)
    return torch.stack([angles.cos(), angles.sin()]).float()


def rms_norm(x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * weight


def rotate(x: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
    """`x` [sequences, positions, heads, head size], turned by its position."""
    pairs = x.float().unflatten(-1, (-1, 2))
    cosine, sine = rotation[0][:, None, :], rotation[1][:, None, :]
    even, odd = pairs[..., 0], pairs[..., 1]
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1).flatten(-2).to(x.dtype)


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Causal attention of `q` [sequences, heads, positions, head size] to fewer heads of `k` and `v`.

    Strips of queries meet only the keys up to their end. With torch.compile on a CPU forward and backward take two fifths of
    the time of scaled_dot_product_attention.
    """
    sequences, heads, positions, size = q.shape
    groups = k.shape[1]
    sharing = heads // groups
    q = q.view(sequences, groups, sharing, positions, size)
    later = torch.full((positions, positions), float("-inf")).triu(1)
    strips = []
    for begin in range(0, positions, STRIP):
        end = min(begin + STRIP, positions)
        strip = q[:, :, :, begin:end].reshape(sequences * groups, -1, size)
        keys = k[:, :, :end].reshape(sequences * groups, end, size)
        values = v[:, :, :end].reshape(sequences * groups, end, size)
        scores = torch.bmm(strip, keys.transpose(1, 2)).view(-1, sharing, end - begin, end).float()
        shares = torch.softmax(scores * size**-0.5 + later[begin:end, :end], -1).to(q.dtype)
        strips.append(torch.bmm(shares.view(sequences * groups, -1, end), values).view(sequences, groups, sharing, -1, size))
    return torch.cat(strips, 3).view(sequences, heads, positions, size)


def block(shape: LlamaShape, x: torch.Tensor, matrices: dict, norms: dict, rotation: torch.Tensor, observe=None) -> torch.Tensor:
    """A Transformer block on `x`, float32 [sequences, positions, embedding]. Products are in the type of the matrices.

    `observe` is called with the name of each matrix and what it is multiplied by.
    """
    observe = observe or (lambda name, inputs: None)
    product_type = matrices["attention_input"].dtype
    size = shape.head_size
    queries, values = shape.heads * size, shape.key_value_heads * size
    h = rms_norm(x, norms["attention_norm"], shape.norm_epsilon).to(product_type)
    observe("attention_input", h)
    q, k, v = F.linear(h, matrices["attention_input"]).split([queries, values, values], -1)
    q = rotate(q.unflatten(-1, (-1, size)), rotation).transpose(1, 2)
    k = rotate(k.unflatten(-1, (-1, size)), rotation).transpose(1, 2)
    v = v.unflatten(-1, (-1, size)).transpose(1, 2)
    attended = attention(q, k, v).transpose(1, 2).flatten(-2)
    observe("attention_output", attended)
    x = x + F.linear(attended, matrices["attention_output"])
    h = rms_norm(x, norms["feed_forward_norm"], shape.norm_epsilon).to(product_type)
    observe("feed_forward_input", h)
    gate, up = F.linear(h, matrices["feed_forward_input"]).chunk(2, -1)
    h = F.silu(gate) * up
    observe("feed_forward_output", h)
    return x + F.linear(h, matrices["feed_forward_output"])
