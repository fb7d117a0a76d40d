#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long running streams wait between tokens while a long prompt arrives. Standard library only.

    python3 docs/comparison/beside_long_prompt.py http://127.0.0.1:8080 [--streams 8] [--prompt-tokens 4000] [--rounds 5]

A round lets the streams run undisturbed for a while, then sends the prompt and watches them until its first token. It
prints the gaps between tokens in both phases, over all streams, and the time to the prompt's first token. Guessing ahead
is off, so that a chunk is a token.
"""

import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
import urllib.parse
import urllib.request

UNDISTURBED_SECONDS = 6


class Streams:
    """Streams that run until they are told to stop, and the times of their tokens."""

    def __init__(self, server, count):
        self.server = server
        self.stopping = threading.Event()
        self.times = [[] for _ in range(count)]
        self.threads = [threading.Thread(target=self.read, args=(index,)) for index in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        while not all(self.times):
            if not all(thread.is_alive() for thread in self.threads):
                self.stopping.set()
                sys.exit("a stream ended before its first token")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def read(self, index):
        connection = http.client.HTTPConnection(self.server)
        prompt = [random.randrange(1000, 40000) for _ in range(64)]
        response = post(connection, prompt, 4000, seed=index)
        for line in response:
            if line.startswith(b"data: {"):
                self.times[index].append(time.monotonic())
            if self.stopping.is_set():
                break
        connection.close()

    def gaps(self, start, end):
        """Milliseconds between tokens of a stream; each gap counts where it ends."""
        return sorted(1000 * (after - before) for times in self.times for before, after in zip(times, times[1:])
                      if start < after <= end)


def post(connection, prompt, tokens, seed):
    body = {"prompt": prompt, "max_tokens": tokens, "temperature": 1, "seed": seed, "ignore_eos": True, "stream": True,
            "speculation": False}
    connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    if response.status != 200:
        raise OSError(f"{response.status}: {response.read().decode()}")
    return response


def first_token(server, prompt):
    connection = http.client.HTTPConnection(server)
    for line in post(connection, prompt, 4, seed=0):
        if line.startswith(b"data: {"):
            break
    connection.close()


def quantile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def main():
    parser = argparse.ArgumentParser(description="Streams beside a long prompt")
    parser.add_argument("url")
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--prompt-tokens", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    server = urllib.parse.urlsplit(options.url).netloc
    ratios = []
    print("round   undisturbed p50 / p99, ms   beside the prompt p50 / p99, ms   p99 ratio   prompt's first token, s")
    for done in range(options.rounds + 1):
        with Streams(server, options.streams) as streams:
            start = time.monotonic()
            time.sleep(UNDISTURBED_SECONDS)
            sent = time.monotonic()
            first_token(server, [random.randrange(1000, 40000) for _ in range(options.prompt_tokens)])
            end = time.monotonic()
            alone, beside = streams.gaps(start, sent), streams.gaps(sent, end)
        if done == 0:
            continue  # the compiler was at work
        ratios.append(quantile(beside, 0.99) / quantile(alone, 0.99))
        print(f"{done:5}   {quantile(alone, 0.5):15.1f} / {quantile(alone, 0.99):5.1f}   {quantile(beside, 0.5):24.1f} / "
              f"{quantile(beside, 0.99):5.1f}   {ratios[-1]:9.2f}   {end - sent:9.2f}", flush=True)
    print(f"median p99 ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
