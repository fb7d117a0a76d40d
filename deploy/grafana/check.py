#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends every query of every dashboard and rule to a real Prometheus that scrapes real servers. Standard library only.

    python3 deploy/grafana/check.py [--seconds 20] [--read-bandwidth 20GB] [--save FILE] [--model MODEL] [--made-up-meter]

Two servers of one thread each run on this machine, one held to AVX2 by DENDRA_MAX_ISA: the nearest to two generations of
processors that one host has. They are loaded in turns with 1, 4, 12 and 24 clients. Each query must have data, unless it
is about energy and Prometheus has no energy series, or about the memory's bandwidth and none was given. Exit code 1
otherwise. With --made-up-meter the servers read a meter that this script invents, so that queries about energy have data
too; what they say then means nothing. --save keeps what the picture in docs/dashboards.md is drawn from.

Skipped, with the reason and exit code 0, where there is no prometheus (Debian: prometheus).
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "docs"))

from measuring import DENDRA, free_ports, machine  # noqa: E402

RULES = HERE.parent / "prometheus" / "rules" / "dendra.rules.yml"
CLIENTS = (1, 4, 12, 24)
STEP = 2
RATE_WINDOW = "10s"
ENERGY = "dendra_energy_"
BANDWIDTH = "dendra_read_bandwidth_"
# What other programs export; the rest of what a query names has to be scraped or recorded here.
FOREIGN = re.compile(r"container_\w+")


def wait_for(url, process, what):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"{what} ended with exit code {process.returncode}; its output is in {what}.log")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.2)
    sys.exit(f"{what} is not ready after five minutes")


@contextlib.contextmanager
def running(command, what, ready, folder, **environment):
    with open(folder / f"{what}.log", "wb") as log:
        process = subprocess.Popen(
            list(map(str, command)), stdout=log, stderr=log, env={**os.environ, **environment}, cwd=folder)
    try:
        wait_for(ready, process, what)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


class Prometheus:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=60) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refused:
            sys.exit(f"Prometheus refuses {parameters}: {json.load(refused).get('error')}")

    def series(self, expression, start, end, instant):
        """Series with at least one number; of an instant query at the end."""
        if instant:
            found = self.get("query", query=expression, time=end)["result"]
            return [each for each in found if is_number(each["value"][1])]
        found = self.get("query_range", query=expression, start=start, end=end, step=STEP)["result"]
        return [each for each in found if any(is_number(value) for _, value in each["values"])]

    def has(self, series):
        return bool(self.get("series", **{"match[]": series}))


class MadeUpMeter(threading.Thread):
    """A powercap tree whose counters run at fixed rates. For queries to have data, not for figures."""

    ZONES = {"intel-rapl:0": ("package-0", 90), "intel-rapl:0:0": ("dram", 10), "intel-rapl:1": ("psys", 150)}
    RANGE = 262143328850

    def __init__(self, folder):
        super().__init__()
        self.stopped = threading.Event()
        self.zones = [(folder / "class" / "powercap" / zone, watts) for zone, (_, watts) in self.ZONES.items()]
        for (path, _), (name, _) in zip(self.zones, self.ZONES.values()):
            path.mkdir(parents=True)
            (path / "name").write_text(name, encoding="ascii")
            (path / "max_energy_range_uj").write_text(str(self.RANGE), encoding="ascii")
        self.started = time.monotonic()
        self.write()

    def write(self):
        for path, watts in self.zones:
            # Whoever reads sees the old number or the new one.
            new = path / "new"
            new.write_text(str(int((time.monotonic() - self.started) * watts * 1e6) % self.RANGE), encoding="ascii")
            new.replace(path / "energy_uj")

    def run(self):
        while not self.stopped.wait(0.02):
            self.write()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


def is_number(text):
    return text not in ("NaN", "+Inf", "-Inf")


def interpolated(expression, seconds, batch=">= 0"):
    for variable, value in (
            ("$__rate_interval", RATE_WINDOW), ("$__range", f"{seconds}s"), ("$__interval", f"{STEP}s"),
            ("${batch:raw}", batch)):
        expression = expression.replace(variable, value)
    return re.sub(r"\$\w+", ".+", expression)


def names_in(expression):
    """Metrics that a query names: identifiers of ours, and those of others."""
    return set(re.findall(r"\b(?:\w+:)?dendra_[a-z0-9_]+(?::\w+)?|\bcontainer_\w+", expression))


def excuse(expression, metered, bandwidth):
    """Why a query may be empty, or nothing. Which meter there is, or why there is none, every server says."""
    names = names_in(expression) - {"dendra_energy_meter_info"}
    energy = [name for name in names if name.startswith(ENERGY) or "joules" in name]
    if energy and not metered:
        return "no energy meter"
    if any(word in name for name in energy for word in ("dram", "platform", "estimated")):
        return "not every meter covers this"
    if not bandwidth and any(name.startswith(BANDWIDTH) for name in names):
        return "no --read-bandwidth"
    if "dendra_memory_limit_bytes" in names:
        return "not every process has a limit"
    return None


def check_dashboards(prometheus, window, metered, bandwidth):
    failures = []
    start, end = window
    for path in sorted(HERE.glob("dashboards/*.json")):
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
                values = prometheus.get(f"label/{label}/values", **{"match[]": interpolated(series, 1)})
                report(failures, f"{path.stem} / variable {variable['name']}", [len(values)], None)
        for panel in dashboard["panels"]:
            counts, reason = [], None
            for target in panel.get("targets", ()):
                expression = interpolated(target["expr"], int(end - start))
                counts.append(len(prometheus.series(expression, start, end, target["instant"])))
                if not counts[-1]:
                    reason = reason or excuse(expression, metered, bandwidth)
            if counts:
                report(failures, f"{path.stem} / {panel['title']}", counts, reason)
    return failures


def report(failures, what, counts, reason):
    if all(counts):
        verdict = "data"
    elif reason:
        verdict = f"empty: {reason}"
    else:
        verdict = "EMPTY"
        failures.append(what)
    print(f"  {verdict:28} {what}: {', '.join(map(str, counts))}")


def check_rules(prometheus, window, metered):
    failures = []
    for group in prometheus.get("rules")["groups"]:
        for rule in group["rules"]:
            what = f"rule {rule['name']}"
            if rule["health"] != "ok":
                failures.append(f"{what}: {rule.get('lastError')}")
            if rule["type"] == "recording":
                found = prometheus.series(rule["name"], *window, instant=False)
                report(failures, what, [len(found)], excuse(rule["query"], metered, True))
            else:
                unknown = [
                    name for name in names_in(rule["query"])
                    if not FOREIGN.fullmatch(name) and not prometheus.has(name) and not excuse(name, metered, True)]
                print(f"  {rule['state']:28} {what}")
                failures += [f"{what}: nothing has the name {name}" for name in unknown]
    return failures


def load(servers, seconds):
    """Loads one server after the other; when each load began and ended."""
    loads = []
    for clients in CLIENTS:
        for name, port in servers:
            start = time.time()
            print(f"  {clients} clients at {name}", file=sys.stderr, flush=True)
            subprocess.run(
                [DENDRA, "loadtest", "--url", f"http://127.0.0.1:{port}", "--concurrency", str(clients), "--duration",
                 f"{seconds}s", "--prompt-tokens", "32..128", "--max-tokens", "64", "--prefix-tokens", "64"],
                check=True, stdout=subprocess.DEVNULL)
            loads.append({"server": name, "clients": clients, "start": start, "end": time.time()})
    return loads


class Poller(threading.Thread):
    """Asks a server's admin socket for a page every 50 ms, as llm-d's router does, and notes how long each took."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path = path
        self.milliseconds = []
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.05):
            start = time.perf_counter()
            self.connection.request("GET", self.path)
            self.connection.getresponse().read()
            self.milliseconds.append((time.perf_counter() - start) * 1e3)

    def figures(self):
        self.stopped.set()
        self.join()
        ranked = sorted(self.milliseconds)
        return {
            "page": self.path, "requests": len(ranked),
            **{f"p{share}_ms": round(ranked[min(len(ranked) - 1, len(ranked) * share // 100)], 3) for share in (50, 99)}}


# What docs/dashboards/plot.py draws, by the name of the figure: one number for each server and load.
FIGURES = {
    "tokens_per_second": "sum by (isa_path) (increase(dendra_generation_tokens_total[{w}]) * on (job, instance)"
                         " group_left (isa_path) dendra_cpu_info) / {s}",
    "tokens_per_step": "sum by (isa_path) (increase(dendra_generation_tokens_total[{w}]) * on (job, instance)"
             " group_left (isa_path) dendra_cpu_info) / sum by (isa_path) (increase(dendra_step_seconds_count[{w}])"
             " * on (job, instance) group_left (isa_path) dendra_cpu_info)",
    "read_bytes_per_second": "sum by (isa_path) ((increase(dendra_weight_read_bytes_total[{w}])"
                             " + increase(dendra_kv_read_bytes_total[{w}])) * on (job, instance) group_left (isa_path)"
                             " dendra_cpu_info) / sum by (isa_path) (increase(dendra_step_seconds_sum[{w}])"
                             " * on (job, instance) group_left (isa_path) dendra_cpu_info)",
}


def measured(prometheus, loads):
    """The figures of each load, over its time but the first and the last second."""
    for each in loads:
        seconds = int(each["end"] - each["start"]) - 2
        each["figures"] = {}
        for figure, expression in FIGURES.items():
            asked = expression.replace("{w}", f"{seconds}s").replace("{s}", str(seconds))
            for series in prometheus.series(asked, 0, each["end"] - 1, instant=True):
                if series["metric"]["isa_path"] == each["isa_path"]:
                    each["figures"][figure] = float(series["value"][1])
    return loads


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20, help="of each load")
    parser.add_argument("--read-bandwidth", metavar="SIZE", help="what `dendra bench --threads 1` measured")
    parser.add_argument("--model", help="a model file or name; the default model otherwise")
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument("--note", default="", metavar="TEXT", help="what readers of the saved figures should know")
    parser.add_argument("--made-up-meter", action="store_true", help="for queries about energy to have data; not with --save")
    arguments = parser.parse_args()
    if arguments.made_up_meter and arguments.save:
        parser.error("what a made-up meter says is not kept")
    if shutil.which("prometheus") is None:
        print("skipped: no prometheus on the PATH (Debian: apt-get install --no-install-recommends prometheus)")
        return
    with tempfile.TemporaryDirectory() as made, contextlib.ExitStack() as stack:
        folder = Path(made)
        ports = free_ports(5)
        serve = [DENDRA, "serve", "--threads", 1, "--vllm-metrics"]
        serve += ["--model", arguments.model] if arguments.model else []
        serve += ["--read-bandwidth", arguments.read_bandwidth] if arguments.read_bandwidth else []
        if arguments.made_up_meter:
            stack.enter_context(MadeUpMeter(folder / "sys"))
            serve += ["--energy-sysfs-root", folder / "sys", "--energy-estimate-watts", 50]
        servers = [("best", ports[0], ports[1], {}), ("avx2", ports[2], ports[3], {"DENDRA_MAX_ISA": "avx2"})]
        for name, port, admin, environment in servers:
            command = [*serve, "--port", port, "--admin-port", admin]
            stack.enter_context(
                running(command, name, f"http://127.0.0.1:{admin}/health/ready", folder, **environment))
        targets = [f"127.0.0.1:{admin}" for _, _, admin, _ in servers]
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "2s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "dendra", "static_configs": [{"targets": targets}]}],
        }), encoding="utf-8")
        address = f"127.0.0.1:{ports[4]}"
        stack.enter_context(running(
            ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address={address}"],
            "prometheus", f"http://{address}/-/ready", folder))
        prometheus = Prometheus(ports[4])
        start = time.time()
        pollers = [Poller(servers[0][2], page) for page in ("/metrics/router", "/metrics")]
        for poller in pollers:
            poller.start()
        loads = load([(name, port) for name, port, _, _ in servers], arguments.seconds)
        window = (start, time.time())
        pages = [poller.figures() for poller in pollers]
        for page in pages:
            print(f"  {page}")
        metered = prometheus.has("dendra_energy_package_joules_total")
        failures = check_dashboards(prometheus, window, metered, arguments.read_bandwidth)
        failures += check_rules(prometheus, window, metered)
        if arguments.save:
            paths = {
                each["metric"]["instance"]: each["metric"]
                for each in prometheus.series("dendra_cpu_info", *window, instant=True)}
            for each in loads:
                admin = next(admin for name, _, admin, _ in servers if name == each["server"])
                each["isa_path"] = paths[f"127.0.0.1:{admin}"]["isa_path"]
            arguments.save.write_text(json.dumps({
                "machine": machine(), "note": arguments.note, "threads": 1, "seconds": arguments.seconds,
                "pages_under_load": pages, "loads": measured(prometheus, loads)}, indent=2) + "\n", encoding="utf-8")
    if failures:
        sys.exit("without data:\n  " + "\n  ".join(failures))
    print("every query has data, or a reason")


if __name__ == "__main__":
    main()
