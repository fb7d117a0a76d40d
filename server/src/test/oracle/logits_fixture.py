#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the logits fixture: what an independent float32 implementation says about a GGUF model.

The reference is Hugging Face's LlamaForCausalLM with eager attention on the CPU, in float32. Its
weights are read from the GGUF with the `gguf` package and every tensor is dequantised to float32, so
the fixture holds the error of the stored weights but none of its own. The tokenizer is built with the
`tokenizers` library from the vocabulary and merges inside the GGUF; transformers' own GGUF import is
not used, because it drops the digit split of the `smollm` pre-tokenizer.

Run by hand, from a fresh virtual environment:

    python3 -m venv venv
    venv/bin/pip install -r requirements.txt
    venv/bin/python logits_fixture.py MODEL.gguf FIXTURE.json

It takes some minutes on two cores, and 2 GB of memory. A rerun on another CPU may differ in the last
digits of a log-probability (about 1e-4); token ids do not change.

What the file holds (log-probabilities are natural logarithms, rounded to 6 decimals):

  model_sha256      digest of the GGUF
  generator         versions of the packages used
  notes             what the reader has to know, in words
  texts[]           teacher-forced texts. For n token ids, each of the other lists has n - 1 entries:
                    entry i belongs to the distribution after token_ids[:i+1].
                      logprobs[i]       log p(token_ids[i+1] | token_ids[:i+1])
                      top5_ids[i]       the five likeliest ids, likeliest first
                      top5_logprobs[i]  their log-probabilities
                    special is true where control tokens in the text are parsed as such.
  greedy[]          prompts and their argmax continuations of 48 tokens. Nothing stops them: they run on
                    past an end-of-sequence id, whose first index is eos_index (null where there is none).
                    margins[i] is the gap between the best and second-best log-probability at step i:
                    an implementation with rounding noise may part at a small margin, not at a large one.
  int8_activations  how far the same model moves when the input of every linear layer (the output head
                    too) is rounded to int8 in blocks of 32, scale = amax / 127: a yardstick for the
                    tolerance of an integer implementation.
"""

import argparse
import hashlib
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np
import tokenizers
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

GREEDY_STEPS = 48
BLOCK = 32
CONTROL_TOKEN = 3  # gguf token type of <|im_start|> and the like

# Texts to score: (name, are control tokens parsed, text). All of them were written for this fixture.
TEXTS = [
    ("prose-1", False,
     "The ferry left the harbour a little before six, while the lamps along the quay were still burning. "
     "Marta stood at the rail with her collar turned up and counted the fishing boats that came the other way. "
     "She had made this crossing every Thursday for eleven years, and she had never once seen the island appear "
     "where she expected it. Either the fog moved it, her father used to say, or she was looking with last week's "
     "eyes. This morning it rose out of the water far to the left, grey and very close, as if it had been waiting "
     "there all night for somebody to notice."),
    ("prose-2", False,
     "A kettle does not boil all at once. First the water near the bottom grows warm and rises in slow, shivering "
     "threads. Then small bubbles form on the metal, each one clinging to a scratch too fine to see, and they "
     "collapse again before they reach the surface with the ticking sound that people call singing. Only when the "
     "whole body of water is hot enough do the bubbles survive the journey. On a mountain the air presses less, so "
     "the water gives up sooner, and a soup that needs an hour in the valley may need most of an afternoon in a "
     "high hut. The cook who knows this brings a lid with a good seal, some patience, and a second book."),
    ("long-letter", False,
     "Dear neighbour,\n\nThank you for the note about the wall. You are right that it leans, and I am sorry that it "
     "has leaned a little further since the storm. I went out on Sunday with a plumb line and a pencil and marked "
     "the stones at three places: near the gate, beside the pear tree, and at the corner where your shed begins. "
     "At the gate the wall is straight. At the pear tree it is out by the width of two fingers. At the corner it is "
     "out by a whole hand, which is more than I like and, I expect, a good deal more than you like.\n\n"
     "I asked Mr. Okafor, who rebuilt the chapel steps, what he would do. He says the wall has no drains. The rain "
     "collects in the soil on my side, the soil swells, and the stones move because they have nowhere else to go. "
     "He would take down the last six metres, lay a pipe behind the footing with a bed of gravel, and build it up "
     "again with the same stones. It would take four days if the weather holds, and nine if it does not. He does "
     "not believe in cement, and he told me so at some length.\n\n"
     "I would like to pay for the work, because the water is mine. What I would ask of you is the use of your "
     "drive for the gravel, and permission to lean the taller stones against your shed while the trench is open. "
     "If the noise is a trouble, tell me which days to avoid. I know that your sister visits in the first week of "
     "May, and we could just as well begin after she has gone.\n\n"
     "There is one more thing. When we moved the bottom stone at the corner we found a glass bottle, closed with "
     "wax, with a roll of paper inside. I have not opened it. It lay exactly on the line between your garden and "
     "mine, so I think that we should open it together.\n\nYours sincerely,\nTomas"),
    ("java-1", False,
     "package example.queue;\n\nimport java.util.ArrayDeque;\nimport java.util.Optional;\n\n"
     "/** A bounded first-in, first-out queue that refuses rather than blocks. */\n"
     "public final class BoundedQueue<T> {\n    private final ArrayDeque<T> items = new ArrayDeque<>();\n"
     "    private final int capacity;\n\n    public BoundedQueue(int capacity) {\n"
     "        if (capacity <= 0) {\n            throw new IllegalArgumentException(\"capacity must be positive: \" + capacity);\n"
     "        }\n        this.capacity = capacity;\n    }\n\n    public synchronized boolean offer(T item) {\n"
     "        if (items.size() == capacity) {\n            return false;\n        }\n        items.addLast(item);\n"
     "        return true;\n    }\n\n    public synchronized Optional<T> poll() {\n"
     "        return Optional.ofNullable(items.pollFirst());\n    }\n}\n"),
    ("python-1", False,
     "import csv\nfrom collections import defaultdict\n\n\ndef mean_by_station(path, minimum=3):\n"
     "    \"\"\"Return the mean temperature of every station with enough readings.\"\"\"\n"
     "    readings = defaultdict(list)\n    with open(path, newline=\"\", encoding=\"utf-8\") as handle:\n"
     "        for row in csv.DictReader(handle):\n            try:\n"
     "                readings[row[\"station\"]].append(float(row[\"celsius\"]))\n"
     "            except ValueError:\n                continue  # an empty cell is not a zero\n"
     "    return {\n        name: sum(values) / len(values)\n        for name, values in sorted(readings.items())\n"
     "        if len(values) >= minimum\n    }\n\n\nif __name__ == \"__main__\":\n"
     "    for station, mean in mean_by_station(\"weather.csv\").items():\n"
     "        print(f\"{station:<12} {mean:6.2f}\")\n"),
    ("table-1", False,
     "| date       | item           | qty | unit price | total    |\n"
     "|------------|----------------|----:|-----------:|---------:|\n"
     "| 2031-02-03 | copper pipe    |  12 |       4.75 |    57.00 |\n"
     "| 2031-02-09 | valve, 15 mm   |   3 |      18.20 |    54.60 |\n"
     "| 2031-02-17 | sealing tape   |  40 |       0.35 |    14.00 |\n"
     "| 2031-03-01 | pump, 230 V    |   1 |   1,249.99 | 1,249.99 |\n"
     "Sum: 1,375.59, paid on 2031-03-14 at 09:05:30; invoice no. 000417-B.\n"),
    ("digits-1", False,
     "7 x 8 = 56, 56 / 8 = 7, 2^10 = 1024, 3.14159 is less than 22/7 = 3.142857. Call 555-0142 before 17:30 on "
     "12/31/1999, or write to P.O. Box 90210. Version 10.4.12 replaced 9.87; the error rate fell from 6.02e-3 to "
     "4.5e-05, that is by 99.25%. 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233"),
    ("unicode-1", False,
     "Der Fluss schläft unter dem Eis, sagte die Köchin, und über der Brücke läuten die Glocken. "
     "À l’école, le garçon naïf rêvait déjà d’été. Mañana el niño comerá piñones en la montaña. "
     "Łódź płynie cicho przez źdźbła trawy. Η θάλασσα είναι ήσυχη σήμερα. Снег шёл всю ночь до утра."),
    ("unicode-2", False,
     "春の朝、猫は窓のそばで眠っている。 山上的雪还没有融化。 오늘은 바람이 많이 분다. القمر فوق البحر. "
     "השמש זורחת. नदी धीरे बहती है। ฝนตกหนัก 🌧️ and then 🙂👍🏽 👩‍🔬 🇫🇮 — “quotes”, ½ cup, 20 °C, x² ≤ √y ∑ → ∞.\n"
     "zero\u200bwidth, non\u00a0breaking,\ttab,  two  spaces,\r\nend."),
    ("chat-1", True,
     "<|im_start|>system\nYou are a patient assistant who answers in short, plain sentences.<|im_end|>\n"
     "<|im_start|>user\nWhy does bread dough have to rest before it is baked?<|im_end|>\n"
     "<|im_start|>assistant\nResting lets the yeast make gas, which opens up the crumb. It also lets the gluten relax, "
     "so the loaf keeps its shape.<|im_end|>\n"
     "<|im_start|>user\nAnd what happens if I leave it overnight?<|im_end|>\n"
     "<|im_start|>assistant\nIn a cold kitchen it will rise slowly and taste better. In a warm one it will rise too far "
     "and fall.<|im_end|>\n"),
    ("chat-2", True,
     "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
     "<|im_start|>user\nWrite a function in Python that returns the larger of two numbers.<|im_end|>\n"
     "<|im_start|>assistant\nHere is a simple function:\n\n```python\ndef larger(a, b):\n    return a if a > b else b\n```\n\n"
     "It compares the two numbers and returns the larger one.<|im_end|>\n"),
]


def chatml(user, system="You are a helpful AI assistant named SmolLM, trained by Hugging Face"):
    return f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"


GREEDY = [
    (False, "The capital of France is"),
    (False, "Once upon a time, in a village at the foot of a mountain, there lived"),
    (False, "def fibonacci(n):\n    \"\"\"Return the n-th Fibonacci number.\"\"\"\n"),
    (False, "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,"),
    (True, chatml("What is the boiling point of water at sea level?")),
    (True, chatml("Name three planets of the solar system.")),
    (True, chatml("Translate to French: Good morning, my friend.")),
    (True, chatml("Explain in two sentences why the sky is blue.", "You are a concise teacher.")),
]


class GgufModel:
    """A GGUF file's metadata and its tensors, dequantised to float32 on demand."""

    def __init__(self, path):
        self.path = path
        self.reader = gguf.GGUFReader(path)
        self.tensors = {t.name: t for t in self.reader.tensors}

    def meta(self, key):
        return self.reader.fields[key].contents()

    def tensor(self, name):
        t = self.tensors[name]
        shape = tuple(int(d) for d in reversed(t.shape))  # GGUF names the innermost dimension first
        return torch.from_numpy(np.array(gguf.quants.dequantize(t.data, t.tensor_type), dtype=np.float32).reshape(shape))

    def sha256(self):
        with open(self.path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()


def unpermute(weight, heads):
    """Undoes the row order that GGUF's llama architecture gives q and k for interleaved rotary pairs."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def load_model(source):
    if source.meta("general.architecture") != "llama":
        sys.exit("only GGUF files of architecture llama are understood")
    heads = source.meta("llama.attention.head_count")
    kv_heads = source.meta("llama.attention.head_count_kv")
    layers = source.meta("llama.block_count")
    tied = "output.weight" not in source.tensors
    embedding = source.tensor("token_embd.weight")
    config = LlamaConfig(
        vocab_size=embedding.shape[0],
        hidden_size=source.meta("llama.embedding_length"),
        intermediate_size=source.meta("llama.feed_forward_length"),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=source.meta("llama.context_length"),
        rms_norm_eps=source.meta("llama.attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": source.meta("llama.rope.freq_base")},
        tie_word_embeddings=tied,
        attention_bias=False,
        mlp_bias=False,
    )
    config._attn_implementation = "eager"
    state = {"model.embed_tokens.weight": embedding, "model.norm.weight": source.tensor("output_norm.weight")}
    state["lm_head.weight"] = embedding if tied else source.tensor("output.weight")
    for i in range(layers):
        def weight(name, i=i):
            return source.tensor(f"blk.{i}.{name}.weight")
        state |= {f"model.layers.{i}.{name}.weight": value for name, value in {
            "input_layernorm": weight("attn_norm"),
            "self_attn.q_proj": unpermute(weight("attn_q"), heads),
            "self_attn.k_proj": unpermute(weight("attn_k"), kv_heads),
            "self_attn.v_proj": weight("attn_v"),
            "self_attn.o_proj": weight("attn_output"),
            "post_attention_layernorm": weight("ffn_norm"),
            "mlp.gate_proj": weight("ffn_gate"),
            "mlp.up_proj": weight("ffn_up"),
            "mlp.down_proj": weight("ffn_down"),
        }.items()}
    model = LlamaForCausalLM(config).to(torch.float32)
    model.load_state_dict(state, strict=True)
    return model.eval()


def load_tokenizers(source):
    """Returns (plain, special): the second parses control tokens in the text, the first does not."""
    if (source.meta("tokenizer.ggml.model"), source.meta("tokenizer.ggml.pre")) != ("gpt2", "smollm"):
        sys.exit("only the smollm pre-tokenizer is understood")
    tokens = source.meta("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ", 1)) for merge in source.meta("tokenizer.ggml.merges")]
    control = [tokens[i] for i, kind in enumerate(source.meta("tokenizer.ggml.token_type")) if kind == CONTROL_TOKEN]

    def build(parse_control):
        tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ])
        tokenizer.decoder = decoders.ByteLevel()
        if parse_control:
            tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
        return tokenizer

    return build(False), build(True)


def round_to_int8(x):
    """Rounds the last dimension to int8 in blocks of 32 with one float32 scale a block, and back."""
    blocks = x.reshape(*x.shape[:-1], -1, BLOCK)
    scale = blocks.abs().amax(dim=-1, keepdim=True) / 127
    codes = torch.round(blocks / torch.where(scale == 0, 1.0, scale)).clamp(-127, 127)
    return (codes * scale).reshape(x.shape)


@torch.inference_mode()
def score(model, ids):
    """Returns log-probabilities as float64 [n - 1, vocabulary] after each of the first n - 1 tokens."""
    logits = model(torch.tensor([ids]), use_cache=False).logits[0, :-1]
    return torch.log_softmax(logits.double(), dim=-1)


@torch.inference_mode()
def greedy(model, prompt_ids, steps):
    ids, margins, cache, step = [], [], None, torch.tensor([prompt_ids])
    for _ in range(steps):
        out = model(step, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        best = torch.log_softmax(out.logits[0, -1].double(), dim=-1).topk(2)
        ids.append(int(best.indices[0]))
        margins.append(round(float(best.values[0] - best.values[1]), 6))
        step = torch.tensor([[ids[-1]]])
    return ids, margins


def rounded(tensor):
    return [round(float(v), 6) for v in tensor]


def to_json(fixture):
    """Indented JSON, but with every list of numbers on one line."""
    text = json.dumps(fixture, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s*(-?[\d.e-]+(?:,\s*-?[\d.e-]+)*)\s*\]", lambda m: "[" + re.sub(r"\s+", "", m[1]) + "]", text)
    return text + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gguf", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()

    source = GgufModel(args.gguf)
    model = load_model(source)
    plain, special = load_tokenizers(source)
    eos = source.meta("tokenizer.ggml.eos_token_id")

    texts, reference = [], []
    for name, parse, text in TEXTS:
        ids = (special if parse else plain).encode(text, add_special_tokens=False).ids
        if plain.decode(ids, skip_special_tokens=False) != text:
            sys.exit(f"{name} does not survive the tokenizer")
        logprobs = score(model, ids)
        chosen = logprobs.gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        top = logprobs.topk(5, dim=-1)
        reference.append((chosen, top.indices[:, 0]))
        texts.append({"name": name, "special": parse, "text": text, "token_ids": ids, "logprobs": rounded(chosen),
                      "top5_ids": top.indices.tolist(), "top5_logprobs": [rounded(row) for row in top.values]})
        print(f"{name:12} {len(ids):4} tokens, NLL {-chosen.mean():.4f}")

    continuations = []
    for parse, prompt in GREEDY:
        ids = (special if parse else plain).encode(prompt, add_special_tokens=False).ids
        out, margins = greedy(model, ids, GREEDY_STEPS)
        continuations.append({"prompt": prompt, "special": parse, "prompt_ids": ids, "continuation_ids": out,
                              "continuation": plain.decode(out, skip_special_tokens=False),
                              "eos_index": out.index(eos) if eos in out else None, "margins": margins})
        print(f"greedy, smallest margin {min(margins):.4f}: {prompt!r} -> {plain.decode(out, skip_special_tokens=False)!r}")

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_pre_hook(lambda _, inputs: (round_to_int8(inputs[0]),))
    deltas, agreements = [], []
    for entry, (chosen, best) in zip(texts, reference):
        logprobs = score(model, entry["token_ids"])
        deltas.append(logprobs.gather(1, torch.tensor(entry["token_ids"][1:])[:, None])[:, 0] - chosen)
        agreements.append(logprobs.argmax(dim=-1) == best)
        entry["int8_mean_abs_delta"] = round(float(deltas[-1].abs().mean()), 6)
    delta, agreement = torch.cat(deltas), torch.cat(agreements)
    int8 = {
        "positions": len(delta),
        "mean_nll_float32": round(-float(torch.cat([chosen for chosen, _ in reference]).mean()), 6),
        "mean_abs_delta_logprob": round(float(delta.abs().mean()), 6),
        "max_abs_delta_logprob": round(float(delta.abs().max()), 6),
        "top1_agreement": round(float(agreement.double().mean()), 6),
        "delta_nll": round(-float(delta.mean()), 6),
    }
    print("int8 activations:", int8)

    fixture = {
        "model_sha256": source.sha256(),
        "generator": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__,
                      "tokenizers": tokenizers.__version__, "gguf": version("gguf"), "numpy": np.__version__},
        "notes": "Made by logits_fixture.py; its docstring explains every field. No BOS token is added. Float32, eager "
                 "attention. Compare log-probabilities within a tolerance; greedy ids may part at small margins.",
        "int8_activations": int8,
        "texts": texts,
        "greedy": continuations,
    }
    args.output.write_text(to_json(fixture), encoding="utf-8")
    print(f"{args.output.name}: {args.output.stat().st_size} bytes, {len(delta)} positions")


if __name__ == "__main__":
    main()
