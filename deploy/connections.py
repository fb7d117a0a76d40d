#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opens many connections to a running server and leaves them idle: is everybody else still answered, and what do they cost?

    deploy/connections.py PID [CONNECTIONS]

PID is the server's process, on this machine; 10,000 connections unless said otherwise. URL (http://127.0.0.1:8080) is the
server's public socket, KEY a key for its API if it asks for one, HOLD (10) the seconds for which the connections stay idle,
COMPLETIONS (20) the completions asked for before, beside and after them. Each connection is used once, for /health: one that
never sends anything is cut off after half a minute. Needs Python 3.9 and nothing else; both processes need as many open
files as connections (ulimit -n). The exit code is 1 if anything was not answered or not given back.
"""
import http.client
import json
import os
import resource
import select
import socket
import statistics
import sys
import time
import urllib.parse

OPENING = 256  # connections whose first answer is awaited at the same time
OTHER_FILES = 64  # what this process has open beside them
SETTLED = 60  # seconds that the server has to give descriptors back


def fail(message):
    print(f"connections: {message}", file=sys.stderr)
    sys.exit(2)


def snapshot(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {
        "resident MiB": int(fields["VmRSS"].split()[0]) // 1024,
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(fields["Threads"]),
    }


def headers(key):
    return {"Authorization": f"Bearer {key}"} if key else {}


def completions(address, key, count):
    """Seconds of each of so many completions, one after the other, each over a connection of its own."""
    body = json.dumps({"prompt": "Once upon a time", "max_tokens": 16, "ignore_eos": True, "temperature": 0})
    seconds = []
    for _ in range(count):
        start = time.monotonic()
        connection = http.client.HTTPConnection(*address, timeout=120)
        connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json", **headers(key)})
        response = connection.getresponse()
        if response.status != 200 or not json.load(response)["choices"]:
            raise OSError(f"a completion was answered with {response.status}")
        connection.close()
        seconds.append(time.monotonic() - start)
    return seconds


def ask(connection, key):
    lines = ["GET /health HTTP/1.1", "Host: localhost"] + [f"{name}: {value}" for name, value in headers(key).items()]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())


def answered(connection):
    connection.settimeout(60)
    return connection.recv(4096).startswith(b"HTTP/1.1 200")


def open_all(address, key, count):
    """Connections that have each been answered once."""
    connections = []
    while len(connections) < count:
        batch = [socket.create_connection(address, timeout=60) for _ in range(min(OPENING, count - len(connections)))]
        for connection in batch:
            ask(connection, key)
        for connection in batch:
            if not answered(connection):
                raise OSError(f"connection {len(connections)} was not answered")
            connections.append(connection)
    return connections


def closed(connections):
    """How many of them the server has closed."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN | select.POLLRDHUP)
    return len(poll.poll(0))


def settle(pid, descriptors):
    end = time.monotonic() + SETTLED
    while snapshot(pid)["descriptors"] > descriptors + 8 and time.monotonic() < end:
        time.sleep(0.5)


def main():
    if len(sys.argv) not in (2, 3):
        fail(__doc__.split("\n\n")[1].strip())
    pid = int(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    url = urllib.parse.urlsplit(os.environ.get("URL", "http://127.0.0.1:8080"))
    if url.scheme != "http":
        fail("URL must be http://")
    address = (url.hostname, url.port or 80)
    key = os.environ.get("KEY", "")
    hold = float(os.environ.get("HOLD", "10"))
    asked = int(os.environ.get("COMPLETIONS", "20"))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < count + OTHER_FILES:
        fail(f"{count} connections need {count + OTHER_FILES} open files, and this process may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    completions(address, key, 3)
    times = {"before": completions(address, key, asked)}
    counts = {"before": snapshot(pid)}
    start = time.monotonic()
    connections = open_all(address, key, count)
    print(f"{count} connections opened and answered once in {time.monotonic() - start:.1f} s")
    time.sleep(hold)
    times["idle"] = completions(address, key, asked)
    counts["idle"] = snapshot(pid)
    lost = closed(connections)
    sample = connections[:: max(1, count // 100)]
    for connection in sample:
        ask(connection, key)
    silent = sum(not answered(connection) for connection in sample)
    for connection in connections:
        connection.close()
    settle(pid, counts["before"]["descriptors"])
    times["after"] = completions(address, key, asked)
    counts["after"] = snapshot(pid)

    print(f"after {hold:g} s idle: {lost} closed by the server; of {len(sample)} used again {silent} were not answered")
    print(f"{'':28} {'before':>9} {'idle':>9} {'after':>9}")
    for name in counts["before"]:
        print(f"{name:28} " + " ".join(f"{counts[when][name]:9d}" for when in counts))
    for name, choose in (("completion, median ms", statistics.median), ("completion, longest ms", max)):
        print(f"{name:28} " + " ".join(f"{1000 * choose(times[when]):9.1f}" for when in times))
    leaked = counts["after"]["descriptors"] - counts["before"]["descriptors"]
    if lost or silent or leaked > 8:
        print("connections: not everything was answered or given back", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
