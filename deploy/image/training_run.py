#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the server once, on a model of made-up weights, so that the JVM keeps the classes it loads (JEP 483, 514).

    deploy/image/training_run.py CACHE JAVA OPTION ... -jar JAR

What stands behind CACHE is the command that the image's entry point begins with, less the option that reads the cache. The
server does what a container's does first: it packs a model, answers a completion, a streamed conversation and a scrape, and is
told to stop. Standard library only.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs/comparison"))
import synthetic_gguf  # noqa: E402

SHAPE = synthetic_gguf.Shape(
    layers=1, embedding=64, feed_forward=128, heads=2, kv_heads=1, head_dimension=32, tied=False, vocabulary=512, context=512)
CHAT_TEMPLATE = "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
START_SECONDS = 120
STOP_SECONDS = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read()


def wait_until_ready(url, server):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            return ask(url)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("training run: the server was not ready in time")


def use(api, admin):
    ask(f"{api}/v1/models")
    ask(f"{api}/v1/completions", {"prompt": "Once upon a time", "max_tokens": 8, "ignore_eos": True})
    ask(f"{api}/v1/chat/completions", {
        "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8, "stream": True,
        "stream_options": {"include_usage": True}})
    ask(f"{admin}/metrics")


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    cache, java, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch, "made-up.gguf")
        with open(model, "wb") as file:
            synthetic_gguf.write(file, "made-up", SHAPE, pure=True, seed=1, chat_template=CHAT_TEMPLATE)
        port, admin_port = free_port(), free_port()
        server = subprocess.Popen(
            [java, f"-XX:AOTCacheOutput={cache}", "-Xlog:aot=off", "-Xlog:cds=off", *options, "serve", "--model", str(model), "--cache", scratch,
             "--port", str(port), "--admin-port", str(admin_port)],
            env={**os.environ, "JDK_JAVA_OPTIONS": "-XX:+UseSerialGC -Xmx1g"})
        try:
            api, admin = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}"
            wait_until_ready(f"{admin}/health/ready", server)
            use(api, admin)
            server.send_signal(signal.SIGTERM)
            status = server.wait(STOP_SECONDS)
        finally:
            server.kill()
    if status != 0 or not os.path.exists(cache):
        raise SystemExit(f"training run: the server ended with {status} and " + (
            "a cache" if os.path.exists(cache) else "no cache"))
    print(f"training run: {cache}, {os.path.getsize(cache) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
