#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a GGUF of architecture llama into a Hugging Face folder, for engines that read only those.

    python3 -m venv venv && venv/bin/pip install gguf==0.19.0
    venv/bin/python gguf_to_safetensors.py MODEL.gguf FOLDER

Weights are dequantised, so the folder holds the values of the GGUF, not its codes. Matrices and norms
become float32. Embedding and output head become bfloat16 (--embedding f32 keeps them exact), the type
in which such models are published. --untied-head also writes the tied embedding under the name of the
output head, so that an engine can quantise the one without the other.
"""

import argparse
import json
import sys
from pathlib import Path

import gguf
import numpy as np

CONTROL_TOKEN = 3  # GGUF's token type of <|im_start|> and the like

MATRICES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class GgufModel:
    """Metadata and dequantised tensors of a GGUF file."""

    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self._fields = reader.fields
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}

    def __contains__(self, tensor):
        return tensor in self._tensors

    def meta(self, key):
        return self._fields[key].contents()

    def tensor(self, name):
        tensor = self._tensors[name]
        shape = [int(d) for d in reversed(tensor.shape)]  # GGUF names the innermost dimension first
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)


def undo_rotary_order(weight, heads):
    """GGUF interleaves the two halves of every head's q and k rows; Hugging Face keeps them apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def bfloat16(array):
    """Bits of the nearest bfloat16, ties to even; finite values only."""
    bits = np.ascontiguousarray(array).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def tensors(model, embedding_type, untied_head):
    """Yields (name, type, array), one tensor at a time."""

    def embedding(name):
        weight = model.tensor(name)
        return ("BF16", bfloat16(weight)) if embedding_type == "bf16" else ("F32", weight)

    yield "model.embed_tokens.weight", *embedding("token_embd.weight")
    if "output.weight" in model:
        yield "lm_head.weight", *embedding("output.weight")
    elif untied_head:
        yield "lm_head.weight", *embedding("token_embd.weight")
    yield "model.norm.weight", "F32", model.tensor("output_norm.weight")
    heads = {"attn_q": "llama.attention.head_count", "attn_k": "llama.attention.head_count_kv"}
    for layer in range(model.meta("llama.block_count")):
        for source, target in MATRICES.items():
            weight = model.tensor(f"blk.{layer}.{source}.weight")
            if source in heads:
                weight = undo_rotary_order(weight, model.meta(heads[source]))
            yield f"model.layers.{layer}.{target}.weight", "F32", weight


def write_safetensors(path, named_tensors):
    header, offset, arrays = {}, 0, []
    for name, dtype, array in named_tensors:
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
        arrays.append(array)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for array in arrays:
            file.write(array.tobytes())


def config(model, untied_head):
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": model.meta("llama.embedding_length"),
        "intermediate_size": model.meta("llama.feed_forward_length"),
        "num_hidden_layers": model.meta("llama.block_count"),
        "num_attention_heads": model.meta("llama.attention.head_count"),
        "num_key_value_heads": model.meta("llama.attention.head_count_kv"),
        "max_position_embeddings": model.meta("llama.context_length"),
        "rms_norm_eps": model.meta("llama.attention.layer_norm_rms_epsilon"),
        "rope_theta": model.meta("llama.rope.freq_base"),
        "vocab_size": len(model.meta("tokenizer.ggml.tokens")),
        "bos_token_id": model.meta("tokenizer.ggml.bos_token_id"),
        "eos_token_id": model.meta("tokenizer.ggml.eos_token_id"),
        "tie_word_embeddings": not untied_head and "output.weight" not in model,
        "torch_dtype": "float32",
    }


def tokenizer(model):
    if (model.meta("tokenizer.ggml.model"), model.meta("tokenizer.ggml.pre")) != ("gpt2", "smollm"):
        sys.exit("only the byte-level tokenizer of SmolLM is understood")
    tokens = model.meta("tokenizer.ggml.tokens")
    types = model.meta("tokenizer.ggml.token_type")
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": i, "content": token, "special": True, "normalized": False,
             "single_word": False, "lstrip": False, "rstrip": False}
            for i, token in enumerate(tokens) if types[i] == CONTROL_TOKEN
        ],
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "unk_token": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": model.meta("tokenizer.ggml.merges"),
        },
    }


def tokenizer_config(model):
    tokens = model.meta("tokenizer.ggml.tokens")
    return {
        "tokenizer_class": "GPT2Tokenizer",
        "bos_token": tokens[model.meta("tokenizer.ggml.bos_token_id")],
        "eos_token": tokens[model.meta("tokenizer.ggml.eos_token_id")],
        "chat_template": model.meta("tokenizer.chat_template"),
    }


def main():
    parser = argparse.ArgumentParser(description="GGUF of architecture llama to a Hugging Face folder")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--embedding", choices=["bf16", "f32"], default="bf16")
    parser.add_argument("--untied-head", action="store_true")
    arguments = parser.parse_args()

    model = GgufModel(arguments.gguf)
    if model.meta("general.architecture") != "llama":
        sys.exit("only GGUF files of architecture llama are understood")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "config.json": config(model, arguments.untied_head),
        "tokenizer.json": tokenizer(model),
        "tokenizer_config.json": tokenizer_config(model),
    }.items():
        (arguments.folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    (arguments.folder / "README.md").write_text(f"Made from {arguments.gguf.name}\n", encoding="utf-8")
    write_safetensors(arguments.folder / "model.safetensors",
                      tensors(model, arguments.embedding, arguments.untied_head))


if __name__ == "__main__":
    main()
