#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a GGUF of the shape of a published model with seeded random weights, for llama-bench. Standard library only.

    python3 docs/comparison/synthetic_gguf.py llama-3.2-1b FILE.gguf

Types are those that llama-quantize chooses for Q4_0: Q6_K for the output head, which is the embedding where the model
ties the two, Q4_0 for every other matrix, F32 for norms. --pure makes the head Q4_0 too. `dendra bench --synthetic`
has the same shapes, and without --encoding the encodings that this file would be packed in. The vocabulary is one of
bytes and made-up words. Nothing is kept in memory but a block of weights.
"""

import argparse
import math
import random
import struct
from pathlib import Path
from typing import NamedTuple

ALIGNMENT = 32
CHUNK_BYTES = 1 << 22
UINT32, INT32, FLOAT32, STRING, ARRAY = 4, 5, 6, 8, 9  # GGUF's numbers of value types
MOSTLY_Q4_0 = 2
NORMAL_TOKEN, CONTROL_TOKEN = 1, 3


class Shape(NamedTuple):
    """As the models' own config.json (meta-llama/Llama-3.2-1B, meta-llama/Llama-3.1-8B) give it."""

    layers: int
    embedding: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_dimension: int
    tied: bool
    vocabulary: int = 128256
    context: int = 131072


SHAPES = {
    "llama-3.2-1b": Shape(16, 2048, 8192, 32, 8, 64, tied=True),
    "llama-3.1-8b": Shape(32, 4096, 14336, 32, 8, 128, tied=False),
}


class F32:
    number, weights, size = 0, 1, 4

    def __init__(self, columns):
        pass

    def blocks(self, generator, count):
        return struct.pack(f"<{count}f", *(generator.uniform(0.5, 1.5) for _ in range(count)))


class Q4_0:
    """Half-precision scale, 32 codes of 4 bits: weight = scale * (code - 8)."""

    number, weights, size = 2, 32, 18

    def __init__(self, columns):
        self.scale = half_precision(1 / (7 * math.sqrt(columns)))

    def blocks(self, generator, count):
        data = bytearray(generator.randbytes(count * self.size))
        data[1::self.size] = data[1::self.size].translate(self.scale)
        return data


class Q6_K:
    """256 codes of 6 bits, 16 scales of 8 bits, half-precision scale of those."""

    number, weights, size = 14, 256, 210
    SCALES, SCALE = 192, 208
    SMALL = bytes(1 + byte % 8 for byte in range(256))

    def __init__(self, columns):
        self.scale = half_precision(1 / (140 * math.sqrt(columns)))

    def blocks(self, generator, count):
        data = bytearray(generator.randbytes(count * self.size))
        for i in range(self.SCALES, self.SCALE):
            data[i::self.size] = data[i::self.size].translate(self.SMALL)
        data[self.SCALE + 1::self.size] = data[self.SCALE + 1::self.size].translate(self.scale)
        return data


def half_precision(value):
    """What makes a random byte the high one of a half-precision number with the exponent of value."""
    exponent = max(1, 15 + round(math.log2(value)))
    return bytes(exponent << 2 | byte & 3 for byte in range(256))


def tensors(shape, pure):
    """Yields (name, type, rows, columns) in file order; rows are 0 for a vector."""
    head = Q4_0 if pure else Q6_K
    width, kv_width = shape.heads * shape.head_dimension, shape.kv_heads * shape.head_dimension
    yield "token_embd.weight", head if shape.tied else Q4_0, shape.vocabulary, shape.embedding
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", F32, 0, shape.embedding
        yield block + "attn_q.weight", Q4_0, width, shape.embedding
        yield block + "attn_k.weight", Q4_0, kv_width, shape.embedding
        yield block + "attn_v.weight", Q4_0, kv_width, shape.embedding
        yield block + "attn_output.weight", Q4_0, shape.embedding, width
        yield block + "ffn_norm.weight", F32, 0, shape.embedding
        yield block + "ffn_gate.weight", Q4_0, shape.feed_forward, shape.embedding
        yield block + "ffn_up.weight", Q4_0, shape.feed_forward, shape.embedding
        yield block + "ffn_down.weight", Q4_0, shape.embedding, shape.feed_forward
    yield "output_norm.weight", F32, 0, shape.embedding
    if not shape.tied:
        yield "output.weight", head, shape.vocabulary, shape.embedding


def metadata(name, shape, chat_template):
    """Yields (key, value type, value)."""
    # The characters from U+0021 to U+0143 hold GPT-2's spelling of every byte.
    characters = [chr(code) for code in range(0x21, 0x144)]
    tokens = characters + [f"<{i}>" for i in range(len(characters), shape.vocabulary)]
    types = [NORMAL_TOKEN] * (shape.vocabulary - 2) + [CONTROL_TOKEN] * 2
    yield "general.architecture", STRING, "llama"
    yield "general.name", STRING, f"{name} (synthetic)"
    yield "general.file_type", UINT32, MOSTLY_Q4_0
    yield "general.quantization_version", UINT32, 2
    yield "llama.block_count", UINT32, shape.layers
    yield "llama.context_length", UINT32, shape.context
    yield "llama.embedding_length", UINT32, shape.embedding
    yield "llama.feed_forward_length", UINT32, shape.feed_forward
    yield "llama.attention.head_count", UINT32, shape.heads
    yield "llama.attention.head_count_kv", UINT32, shape.kv_heads
    yield "llama.attention.key_length", UINT32, shape.head_dimension
    yield "llama.attention.value_length", UINT32, shape.head_dimension
    yield "llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5
    yield "llama.rope.dimension_count", UINT32, shape.head_dimension
    yield "llama.rope.freq_base", FLOAT32, 500000.0
    yield "llama.vocab_size", UINT32, shape.vocabulary
    yield "tokenizer.ggml.model", STRING, "gpt2"
    yield "tokenizer.ggml.pre", STRING, "llama-bpe"
    yield "tokenizer.ggml.tokens", ARRAY, (STRING, tokens)
    yield "tokenizer.ggml.token_type", ARRAY, (INT32, types)
    yield "tokenizer.ggml.merges", ARRAY, (STRING, [])
    yield "tokenizer.ggml.bos_token_id", UINT32, shape.vocabulary - 2
    yield "tokenizer.ggml.eos_token_id", UINT32, shape.vocabulary - 1
    if chat_template:
        yield "tokenizer.chat_template", STRING, chat_template


def encode(kind, value):
    if kind == STRING:
        text = value.encode()
        return struct.pack("<Q", len(text)) + text
    if kind == ARRAY:
        element, values = value
        return struct.pack("<IQ", element, len(values)) + b"".join(encode(element, each) for each in values)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], value)


def padding(length):
    return bytes(-length % ALIGNMENT)


def write(file, name, shape, pure, seed, chat_template=""):
    """Writes the file and returns the bytes of its tensors."""
    pairs, listed = list(metadata(name, shape, chat_template)), list(tensors(shape, pure))
    header = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(listed), len(pairs)))
    for key, kind, value in pairs:
        header += encode(STRING, key) + struct.pack("<I", kind) + encode(kind, value)
    offset, blocks = 0, []
    for tensor, kind, rows, columns in listed:
        dimensions = [columns, rows] if rows else [columns]
        header += encode(STRING, tensor) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions,
                                                       kind.number, offset)
        blocks.append(max(rows, 1) * columns // kind.weights)
        size = blocks[-1] * kind.size
        offset += size + len(padding(size))
    file.write(header + padding(len(header)))
    generator = random.Random(seed)
    for (_, kind, _, columns), count in zip(listed, blocks):
        maker, at_once = kind(columns), CHUNK_BYTES // kind.size
        for start in range(0, count, at_once):
            file.write(maker.blocks(generator, min(at_once, count - start)))
        file.write(padding(count * kind.size))
    return sum(count * kind.size for (_, kind, _, _), count in zip(listed, blocks))


def main():
    parser = argparse.ArgumentParser(description="GGUF of the shape of a published model with random weights")
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pure", action="store_true", help="Q4_0 for the output head too")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    # The name is for a file that is complete.
    part = arguments.file.with_name(arguments.file.name + ".part")
    with open(part, "wb") as file:
        size = write(file, arguments.shape, SHAPES[arguments.shape], arguments.pure, arguments.seed)
    part.rename(arguments.file)
    print(f"{arguments.file}: {size / 1e6:.1f} MB of weights")


if __name__ == "__main__":
    main()
