#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes seeded random GGML blocks and what they dequantise to, as computed by the Python package gguf.

Run by hand: pip install gguf==0.19.0 numpy
             python3 server/src/test/oracle/ggml_blocks_fixture.py > server/src/test/resources/dev/dendra/format/ggml_blocks.txt

Each line: type, block bytes in hexadecimal, expected values as little-endian float32 in hexadecimal.
"""
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

ELEMENTS = 512
# Bytes inside a block at which half-precision numbers stand: random bits there could be NaN.
HALVES = {
    "F16": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}
TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]


def main():
    generator = np.random.default_rng(20250101)
    for name in TYPES:
        kind = GGMLQuantizationType[name]
        block_elements, block_bytes = GGML_QUANT_SIZES[kind]
        blocks = ELEMENTS // block_elements
        data = generator.integers(0, 256, (blocks, block_bytes), dtype=np.uint8)
        for at in HALVES.get(name, []):
            numbers = generator.normal(0, 0.05, blocks).astype(np.float16)
            data[:, at:at + 2] = numbers.view(np.uint8).reshape(blocks, 2)
        if name in ("F32", "BF16"):
            numbers = generator.normal(0, 1, ELEMENTS).astype(np.float32).view(np.uint32)
            data = numbers.view(np.uint8) if name == "F32" else (numbers >> 16).astype(np.uint16).view(np.uint8)
        flat = data.reshape(-1)
        if name == "F32":
            values = flat.view(np.float32)
        elif name == "F16":
            values = flat.view(np.float16).astype(np.float32)
        else:
            values = dequantize(flat, kind).astype(np.float32).reshape(-1)
        assert values.size == ELEMENTS and np.isfinite(values).all()
        print(name, flat.tobytes().hex(), values.astype("<f4").tobytes().hex())


if __name__ == "__main__":
    main()
