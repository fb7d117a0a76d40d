# SPDX-License-Identifier: Apache-2.0
"""A small Llama model as a GGUF file, with seeded weights."""

from pathlib import Path

import gguf
import numpy as np

LAYERS, SIZE, FEED_FORWARD, VOCABULARY = 6, 64, 128, 96


def write(path: Path, architecture: str = "llama") -> Path:
    random = np.random.default_rng(12)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(SIZE)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_name("small")
    writer.add_token_list([f"t{i}" for i in range(VOCABULARY)])

    def add(name: str, *shape: int):
        values = random.standard_normal(shape).astype(np.float32)
        writer.add_tensor(name, 1 + 0.1 * values if len(shape) == 1 else values / np.sqrt(shape[1], dtype=np.float32))

    embedding = random.standard_normal((VOCABULARY, SIZE)).astype(np.float32)
    quantised = gguf.quants.quantize(embedding, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("token_embd.weight", quantised, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    add("output_norm.weight", SIZE)
    for layer in range(LAYERS):
        for name, rows, columns in (
            ("attn_q", SIZE, SIZE), ("attn_k", SIZE // 2, SIZE), ("attn_v", SIZE // 2, SIZE), ("attn_output", SIZE, SIZE),
            ("ffn_gate", FEED_FORWARD, SIZE), ("ffn_up", FEED_FORWARD, SIZE), ("ffn_down", SIZE, FEED_FORWARD),
        ):
            add(f"blk.{layer}.{name}.weight", rows, columns)
        add(f"blk.{layer}.attn_norm.weight", SIZE)
        add(f"blk.{layer}.ffn_norm.weight", SIZE)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
