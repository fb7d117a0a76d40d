#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets models answer the first prompts of prompts.txt and writes what they say, all of it, as samples.md. Standard library only.

    ./dendra serve --model smollm2-135m-sparse --port 8081
    python3 docs/sparse-model/samples.py dense=http://127.0.0.1:8080 sparse=http://127.0.0.1:8081

Always the most likely token, so that nothing is left to choose.
"""

import argparse
import json
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def answer(server, prompt, tokens):
    """What the model says, with a mark where it was cut off."""
    body = {"messages": [{"role": "user", "content": prompt}], "temperature": 0, "max_tokens": tokens}
    choice = post(f"{server}/v1/chat/completions", body)["choices"][0]
    return choice["message"]["content"].strip() + (" […]" if choice["finish_reason"] == "length" else "")


def quoted(text):
    """As preformatted text: models write Markdown, HTML and fences of their own."""
    return "\n".join("    " + line for line in text.splitlines())


def named_server(text):
    """NAME=URL"""
    name, url = text.split("=", 1)
    return name, url.rstrip("/")


def main():
    parser = argparse.ArgumentParser(description="Samples of chat")
    parser.add_argument("servers", nargs="+", type=named_server, metavar="NAME=URL")
    parser.add_argument("--prompts", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=96)
    options = parser.parse_args()
    prompts = (HERE / "prompts.txt").read_text(encoding="utf-8").splitlines()[: options.prompts]
    parts = [
        "# Samples", f"The first {len(prompts)} prompts of [prompts.txt](prompts.txt), each a conversation of its own, answered with the most "
        f"likely tokens, at most {options.tokens}. None is left out and none was asked twice. samples.py wrote this."]
    for number, prompt in enumerate(prompts, 1):
        parts.append(f"## {number}. {prompt}")
        for name, server in options.servers:
            parts += [f"**{name}**", quoted(answer(server, prompt, options.tokens))]
    (HERE / "samples.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
