#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two replicas of Dendra behind a router: is load spread, are prefixes kept together, and what breaks when a replica dies?

    deploy/fleet/run.sh ROUTER ...

(run.sh finds or installs what this script needs.) Routers are haproxy, envoy, sglang-router, vllm-router; a policy may follow
after a colon, as in vllm-router:power_of_two. Replicas are real servers with the real model, one thread each. Which of them
answered a request is read from their access logs.

1. Requests that share a long prefix, two prefixes one after the other: how they are split, how much the prefix cache had.
2. Requests that share nothing, more at once than either replica should have: how they are split.
3. The same load while one replica is killed (SIGKILL). Streams that break must be those of the replica that died; requests
   that come later must be answered, after a time for the router to notice.
4. The replica is started again: how long until the router sends it requests.

Prints a table and, with --json FILE, writes the figures. The exit code is 1 if a stream failed that should not have. Standard
library only. Linux only.
"""
import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
READY_SECONDS = 180
# Within so many seconds of a replica's death requests may fail, as routers learn of it by asking.
NOTICE_SECONDS = 10.0
MAX_TOKENS = 48
SHARED = {
    "a": "The lighthouse keeper wrote down every ship that passed the cape, its flag, its course and the weather. " * 12,
    "b": "In the valley the old railway had been turned into a path, and people walked it from village to village. " * 12,
}
TOPICS = ("a river", "a clock", "bread", "the moon", "a violin", "snow", "a bridge", "an island", "a letter", "the wind",
          "a garden", "iron", "a storm", "salt", "a mirror", "the harbour")


class Replica:
    """A server process with its sockets and its access log."""

    def __init__(self, name, command, port, admin_port, folder):
        self.name, self.port, self.admin_port = name, port, admin_port
        self.command = [*command, "--port", str(port), "--admin-port", str(admin_port)]
        self.log = folder / f"{name}.log"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=log)

    def wait_until_ready(self):
        end = time.monotonic() + READY_SECONDS
        while not answers(self.admin_port, "/health/ready"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"fleet: {self.name} is not ready, see {self.log}")
            time.sleep(0.2)

    def end(self, signal_number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal_number)
            self.process.wait(60)

    def answered(self):
        """What the access log says of each request, by id."""
        entries = {}
        with open(self.log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if '"route":"/v1/completions"' not in line:
                    continue
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                # The line is a log record whose message may be the entry itself.
                entry = entry.get("message", entry) if isinstance(entry.get("message"), dict) else entry
                entries[entry["id"]] = entry
        return entries


class Router:
    """A router's process; the configuration that is shipped is used, with the ports of this run."""

    def __init__(self, name, port, replicas, tools, folder):
        self.name, self.port, self.folder, self.tools = name, port, folder, tools
        self.workers = [f"http://127.0.0.1:{replica.port}" for replica in replicas]
        self.ports = {"8080": port, "8081": replicas[0].port, "8082": replicas[1].port}
        self.process = None

    def command(self):
        kind, _, policy = self.name.partition(":")
        if kind == "haproxy":
            return [self.tool("haproxy"), "-db", "-f", self.configured("haproxy.cfg")]
        if kind == "envoy":
            return [self.tool("envoy"), "--concurrency", "1", "--base-id", str(self.port), "-c", self.configured("envoy.yaml")]
        policy = policy or "cache_aware"
        launch = ["launch"] if kind == "sglang-router" else []
        return [self.tool(kind), *launch, "--host", "127.0.0.1", "--port", str(self.port), "--worker-urls", *self.workers,
                "--policy", policy, "--prometheus-host", "127.0.0.1", "--prometheus-port", str(self.port + 50),
                "--health-check-interval-secs", "1", "--health-check-timeout-secs", "1", "--health-failure-threshold", "2",
                "--health-success-threshold", "1"]

    def tool(self, name):
        found = shutil.which(name, path=self.tools + os.pathsep + os.environ["PATH"] + os.pathsep + "/usr/sbin")
        if not found:
            raise FileNotFoundError(name)
        return found

    def configured(self, file):
        text = (HERE / file).read_text(encoding="utf-8")
        text = re.sub(r"\b808[012]\b", lambda match: str(self.ports[match.group()]), text)
        target = self.folder / file
        target.write_text(text, encoding="utf-8")
        return str(target)

    def start(self):
        with open(self.folder / f"{self.name.replace(':', '-')}.log", "wb") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 60
        while not complete(self.port, "probe", "Hello", 1).ended:
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"fleet: {self.name} does not answer, see {self.folder}")
            time.sleep(0.3)

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


class Stream:
    """What a client saw of one request."""

    def __init__(self, identity):
        self.identity = identity
        self.begun = time.monotonic()
        self.first = None
        self.tokens = 0
        self.ended = False
        self.problem = None
        self.over = None


def answers(port, path):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


def complete(port, identity, prompt, max_tokens):
    """Streams a completion to its end or to what ends it."""
    stream = Stream(identity)
    body = json.dumps({"model": "replica", "prompt": prompt, "max_tokens": max_tokens, "stream": True, "ignore_eos": True,
                       "temperature": 0, "speculation": False})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json", "x-request-id": identity})
        response = connection.getresponse()
        if response.status != 200:
            raise OSError(f"status {response.status}")
        for line in response:
            line = line.strip()
            if line == b"data: [DONE]":
                stream.ended = stream.problem is None
                break
            if line.startswith(b"event: error"):
                stream.problem = "event: error"
            if line.startswith(b"data: ") and b'"choices":[{' in line:
                stream.first = stream.first or time.monotonic()
                stream.tokens += 1
        if not stream.ended and not stream.problem:
            stream.problem = "the stream ended without [DONE]"
    except (OSError, http.client.HTTPException) as problem:
        stream.problem = f"{type(problem).__name__}: {problem}"
    finally:
        connection.close()
    stream.over = time.monotonic()
    return stream


class Run:
    """All phases with one router."""

    def __init__(self, router, replicas):
        self.router, self.replicas = router, replicas
        self.figures = {"router": router.name}
        self.failures = []
        self.tag = f"{router.name.replace(':', '-')}-{os.getpid()}"

    def load(self, phase, prompts, concurrency):
        with ThreadPoolExecutor(concurrency) as clients:
            jobs = [clients.submit(complete, self.router.port, f"{self.tag}-{phase}-{number}", prompt, MAX_TOKENS)
                    for number, prompt in enumerate(prompts)]
            return [job.result() for job in jobs]

    def logs(self, streams):
        """What each replica's access log says of them. A line comes after the end of its answer, so it is waited for."""
        identities = {stream.identity for stream in streams if stream.ended}
        end = time.monotonic() + 5
        while True:
            logs = [replica.answered() for replica in self.replicas]
            if identities <= set().union(*logs) or time.monotonic() > end:
                return logs
            time.sleep(0.1)

    def split(self, streams):
        """How many of the streams each replica answered, and the share of their prompts that the prefix cache had."""
        identities = {stream.identity for stream in streams}
        counts, prompt, cached = [], 0, 0
        for log in self.logs(streams):
            mine = [entry for identity, entry in log.items() if identity in identities]
            counts.append(len(mine))
            prompt += sum(entry.get("prompt_tokens", 0) for entry in mine)
            cached += sum(entry.get("cached_tokens", 0) for entry in mine)
        return counts, cached / max(1, prompt)

    def record(self, phase, streams):
        counts, cached = self.split(streams)
        waits = [stream.first - stream.begun for stream in streams if stream.first]
        if not waits:
            raise SystemExit(f"fleet: {self.router.name}: no stream of {phase} began: {streams[0].problem}")
        seconds = max(stream.over for stream in streams) - min(stream.begun for stream in streams)
        self.figures[phase] = {
            "split": counts, "cached": round(cached, 3), "ttft_median_s": round(statistics.median(waits), 3),
            "ttft_max_s": round(max(waits), 3), "tokens_per_second": round(sum(s.tokens for s in streams) / seconds, 1)}
        broken = [stream for stream in streams if not stream.ended]
        if broken:
            self.failures.append(f"{phase}: {len(broken)} of {len(streams)} streams broke: {broken[0].problem}")

    def prefixes(self):
        for name, prefix in SHARED.items():
            # The router's name first: what an earlier router's requests left in the prefix caches is of no use.
            prompts = [f"{self.tag}. {prefix}\n{number}: now about {TOPICS[number % len(TOPICS)]}." for number in range(16)]
            self.record(f"prefix_{name}", self.load(f"prefix-{name}", prompts, 4))

    def mixed(self):
        self.record("mixed", self.load("mixed", mixed_prompts(32), 8))
        if min(self.figures["mixed"]["split"]) < 4:
            self.failures.append(f"mixed: load is not spread: {self.figures['mixed']['split']}")

    def kill(self):
        """Eight clients, a stream after the other; after a third of them the second replica dies."""
        victim = self.replicas[1]
        prompts = list(enumerate(mixed_prompts(48)))
        streams, lock = [], threading.Lock()
        finished = threading.Event()

        def client():
            while True:
                with lock:
                    if not prompts:
                        return
                    number, prompt = prompts.pop()
                stream = complete(self.router.port, f"{self.tag}-kill-{number}", prompt, MAX_TOKENS)
                with lock:
                    streams.append(stream)
                    if len(streams) >= 16:
                        finished.set()
                if stream.problem:
                    time.sleep(0.5)  # a client that was turned away waits before it asks again

        clients = [threading.Thread(target=client) for _ in range(8)]
        for thread in clients:
            thread.start()
        finished.wait(300)
        # In the middle of streams: when the one that ends next has been running for a while.
        time.sleep(0.3)
        killed = time.monotonic()
        victim.end(signal.SIGKILL)
        for thread in clients:
            thread.join()
        self.judge(streams, killed)

    def judge(self, streams, killed):
        of_survivor, of_victim = self.logs(streams)
        broken = [stream for stream in streams if not stream.ended]
        running = [stream for stream in streams if stream.begun < killed < stream.over]
        interrupted = [stream for stream in running if not stream.ended]
        refused = [stream for stream in broken if stream.begun >= killed]
        late = [stream for stream in refused if stream.begun > killed + NOTICE_SECONDS]
        # The survivor's log has all that it was asked, also what the router gave up.
        wrongly = [stream for stream in broken if stream.identity in of_survivor or stream.over < killed]
        self.figures["kill"] = {
            "streams": len(streams), "running_when_killed": len(running), "broken": len(interrupted),
            "refused": len(refused), "last_refusal_s": round(max((s.begun - killed for s in refused), default=0.0), 1),
            "of_the_survivor_broken": len(wrongly),
            "answered_by": [len([s for s in streams if s.ended and s.identity in log]) for log in (of_survivor, of_victim)]}
        for stream in wrongly:
            self.failures.append(f"kill: {stream.identity} was not the victim's and broke: {stream.problem}")
        if late:
            self.failures.append(f"kill: {len(late)} requests failed more than {NOTICE_SECONDS:g} s after the death")
        if not interrupted:
            self.failures.append("kill: the replica died without a stream, nothing was shown")

    def come_back(self):
        victim = self.replicas[1]
        victim.start()
        victim.wait_until_ready()
        ready = time.monotonic()
        number = 0
        while time.monotonic() < ready + 90:
            identities = [f"{self.tag}-back-{number}-{each}" for each in range(4)]
            with ThreadPoolExecutor(4) as clients:
                list(clients.map(lambda identity: complete(self.router.port, identity, mixed_prompts(1)[0], 8), identities))
            if set(identities) & set(victim.answered()):
                self.figures["back_after_s"] = round(time.monotonic() - ready, 1)
                return
            number += 1
        self.figures["back_after_s"] = None
        self.failures.append("the replica that came back gets no requests within 90 s")

    def all(self):
        self.router.start()
        try:
            self.prefixes()
            self.mixed()
            self.kill()
            self.come_back()
        finally:
            self.router.stop()


def mixed_prompts(count):
    mixed_prompts.made += count
    return [f"Number {mixed_prompts.made - each} of many tells of {TOPICS[each % len(TOPICS)]} and {TOPICS[each * 7 % 16]}. "
            f"It began on day {each * 37 % 365} like this:" for each in range(count)]


mixed_prompts.made = 0


def split(figures):
    return "{}-{}".format(*figures["split"])


def row(figures):
    a, b, mixed, kill = (figures[name] for name in ("prefix_a", "prefix_b", "mixed", "kill"))
    back = figures["back_after_s"]
    return " | ".join(str(cell) for cell in (
        "| " + figures["router"], f"{split(a)} / {split(b)}", f"{100 * (a['cached'] + b['cached']) / 2:.0f} %", split(mixed),
        f"{mixed['ttft_median_s']:.2f} / {mixed['ttft_max_s']:.2f}", f"{mixed['tokens_per_second']:.0f}",
        f"{kill['broken']} of {kill['running_when_killed']}", kill["of_the_survivor_broken"],
        f"{kill['refused']} (until {kill['last_refusal_s']:.1f} s)" if kill["refused"] else "0",
        f"{back:.1f} s |" if back is not None else "never |"))


HEADER = """| router | prefix A / B | prompt tokens cached | mixed | TTFT p50 / max, s | tokens/s | streams broken, of running | of the survivor's | refused | back after |
|---|---|---|---|---|---|---|---|---|---|"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("routers", nargs="+", metavar="ROUTER")
    parser.add_argument("--server", required=True, help="command that the arguments of serve are added to")
    parser.add_argument("--model", required=True, help="model file")
    parser.add_argument("--cache", required=True, help="folder of packed models")
    parser.add_argument("--tools", default="", help="folders of routers' programs, separated by colons")
    parser.add_argument("--port", type=int, default=8080, help="first of the ports: router; +1, +2 replicas; +11, +12 their metrics")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--logs", type=Path, help="folder for logs (default: a temporary one)")
    arguments = parser.parse_args()

    folder = arguments.logs or Path(tempfile.mkdtemp(prefix="dendra-fleet-"))
    folder.mkdir(parents=True, exist_ok=True)
    command = [*arguments.server.split(), "serve", "--model", f"replica={arguments.model}", "--cache", arguments.cache,
               "--threads", "1", "--kv-memory", "512MiB", "--context", "2048", "--log-format", "json"]
    replicas = [Replica(name, command, arguments.port + offset, arguments.port + 10 + offset, folder)
                for offset, name in ((1, "first"), (2, "second"))]
    results, failed = [], False
    try:
        for replica in replicas:
            replica.start()
        for replica in replicas:
            replica.wait_until_ready()
        warm_up(replicas)
        for offset, name in enumerate(arguments.routers):
            run = Run(Router(name, arguments.port + 20 + offset, replicas, arguments.tools, folder), replicas)
            try:
                run.all()
            except FileNotFoundError as missing:
                print(f"{name}: skipped, there is no {missing}", file=sys.stderr)
                continue
            results.append(run.figures)
            for failure in run.failures:
                failed = True
                print(f"{name}: {failure}", file=sys.stderr)
            print(json.dumps(run.figures), file=sys.stderr)
            if replicas[1].process.poll() is not None:
                replicas[1].start()
                replicas[1].wait_until_ready()
    finally:
        for replica in replicas:
            replica.end(signal.SIGTERM)
    print(HEADER)
    for figures in results:
        print(row(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"fleet: {len(results)} routers, logs in {folder}")
    sys.exit(1 if failed else 0)


def warm_up(replicas):
    """Until code is compiled a replica is slow, and the first router would be measured with that."""
    for replica in replicas:
        with ThreadPoolExecutor(4) as clients:
            list(clients.map(lambda number: complete(replica.port, f"warm-{number}", mixed_prompts(1)[0], MAX_TOKENS), range(12)))


if __name__ == "__main__":
    main()
