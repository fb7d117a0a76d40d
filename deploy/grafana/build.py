#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes dashboards/*.json. Standard library only.

    python3 deploy/grafana/build.py            writes them
    python3 deploy/grafana/build.py --check    exit code 1 if they are not what this script writes

A query is about the servers and models that the variables name: HERE and MODEL select by labels that all series have,
and what only information series know (microarchitecture, instruction set, encoding) is joined to them.
"""

import json
import sys
from pathlib import Path

from panels import choice_variable, columns, dashboard, datasource_variable, label_variable, panel, target

FOLDER = Path(__file__).resolve().parent / "dashboards"

HERE = 'job=~"$job",instance=~"$instance"'
MODEL = HERE + ',model=~"$model"'
RANGE = "[$__rate_interval]"
# One series for each server, whatever else its description says.
CPU = (
    "max by (job, instance, microarchitecture, isa_path) "
    f'(dendra_cpu_info{{{HERE},microarchitecture=~"$microarchitecture",isa_path=~"$isa_path"}})')
QUANT = f'max by (job, instance, model) (dendra_model_info{{{MODEL},quant=~"$quant"}})'
SERVER = "job, instance"
ENGINE = "job, instance, model"
GENERATION = "microarchitecture, isa_path"
BY_GENERATION = "{{microarchitecture}}, {{isa_path}}"
TOKENS = "suffix: tokens/s"

NO_METER = "No energy meter, or none that covers this. The table 'Energy meters' says why."
NO_BANDWIDTH = "Not known: start serve with --read-bandwidth, as measured by dendra bench."
EMPTY_BECAUSE = (
    " Without a meter there are no energy series, and this panel is empty rather than estimated; the reason is in the"
    " table 'Energy meters'.")


def chosen(expression):
    """Of series with job and instance, those of the chosen processors."""
    return f"({expression}) and on ({SERVER}) {CPU}"


def chosen_engines(expression):
    """Of series with job, instance and model, those of the chosen processors and encodings."""
    return f"{chosen(expression)} and on ({ENGINE}) {QUANT}"


def rate(metric, labels=MODEL):
    return f"rate({metric}{{{labels}}}{RANGE})"


def total(metric, by, labels=MODEL):
    """Sum of a counter's rate over the chosen engines."""
    return f"sum by ({by}) ({chosen_engines(rate(metric, labels))})"


def server_total(metric, by, labels=""):
    """Sum of the rate of a counter of servers, without a model."""
    return f"sum by ({by}) ({chosen(rate(metric, HERE + labels))})"


def gauge(metric, by):
    return f"sum by ({by}) ({chosen_engines(metric + '{' + MODEL + '}')})"


def quantile(share, histogram, by=""):
    grouped = "le, " + by if by else "le"
    return f"histogram_quantile({share}, {total(histogram + '_bucket', grouped)})"


def quantiles(histogram):
    return [target(quantile(share, histogram), name) for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))]


def ratio(part, whole):
    """Nothing where there is nothing to divide by."""
    return f"({part}) / (({whole}) > 0)"


def with_generation(expression):
    """Gives series of servers the labels of their generation."""
    return f"({expression}) * on ({SERVER}) group_left ({GENERATION}) {CPU}"


def at_batch(expression):
    """Of series of engines, those whose average number of running sequences is in the chosen bucket."""
    return f"({expression}) and on ({ENGINE}) ({RUNNING} ${{batch:raw}})"


RUNNING = f"avg_over_time(dendra_requests_running{{{MODEL}}}{RANGE})"
READ = f"({total('dendra_weight_read_bytes_total', SERVER)} + {total('dendra_kv_read_bytes_total', SERVER)})"
BUSY = total("dendra_step_seconds_sum", SERVER)
THREADS = chosen(f"max by ({SERVER}) (dendra_compute_threads{{{HERE}}})")
BANDWIDTH = chosen(f"max by ({SERVER}) (dendra_read_bandwidth_bytes_per_second{{{HERE}}})")
ENERGY = "dendra_energy_attributed_joules_total"
WATTS = server_total(ENERGY, SERVER)
MARGINAL = server_total("dendra_energy_request_joules_total", SERVER, ',basis="marginal"')
GENERATED = total("dendra_generation_tokens_total", SERVER)
COMPUTED = f"({GENERATED} + {total('dendra_prompt_tokens_total', SERVER)})"
FINISHED = total("dendra_requests_finished_total", SERVER, MODEL + ',reason=~"stop|length"')


def variables(*further):
    return [
        datasource_variable(),
        label_variable("job", "Job", "Prometheus job", "dendra_build_info"),
        label_variable("instance", "Server", "Admin address that is scraped", 'dendra_build_info{job=~"$job"}'),
        label_variable("model", "Model", "Name under which clients ask for it", f"dendra_model_info{{{HERE}}}"),
        label_variable("quant", "Encoding", "How the weights are packed", f"dendra_model_info{{{HERE}}}"),
        label_variable(
            "microarchitecture", "Microarchitecture", "As far as the system tells", f"dendra_cpu_info{{{HERE}}}"),
        label_variable(
            "isa_path", "Instruction set", "Of the kernels that run, not what the processor could run",
            f"dendra_cpu_info{{{HERE}}}"),
        *further,
    ]


def energy_meters():
    return panel(
        "table", "Energy meters",
        "The meter of each server, what it covers, and where there is none (source none) the reason. Shared: others"
        " use the same sockets, and their energy is in the figures too.",
        "none", [target(chosen(f"dendra_energy_meter_info{{{HERE}}}"), instant=True, table=True)], width=24, height=6,
        empty="No server says anything about energy meters: not scraped yet, or too old.",
        transformations=columns("instance", "source", "domains", "scope", "shared", "reason"))


def service():
    traffic = [
        panel("stat", "Servers up", "Servers that answered the last scrape.", "none",
              [target(f"count({chosen(f'up{{{HERE}}} == 1')})")], 4, 4),
        panel("stat", "Generated", "Tokens generated a second, all servers.", TOKENS,
              [target(f"sum({GENERATED})")], 4, 4),
        panel("stat", "First token, p95", "95 % of requests had their first token after less than this.", "s",
              [target(quantile(0.95, "dendra_time_to_first_token_seconds"))], 4, 4,
              thresholds=[(2, "yellow"), (10, "red")]),
        panel("stat", "Next token, p95", "95 % of tokens came within this time of the one before.", "s",
              [target(quantile(0.95, "dendra_inter_token_latency_seconds"))], 4, 4,
              thresholds=[(0.2, "yellow"), (0.5, "red")]),
        panel("stat", "Waiting", "Requests in the queues of all servers.", "none",
              [target(f"sum({gauge('dendra_requests_waiting', SERVER)})")], 4, 4,
              thresholds=[(1, "yellow"), (64, "red")]),
        panel("stat", "Fullest KV cache", "Share of KV blocks that sequences hold, in the server with the largest.",
              "percentunit", [target(f"max({chosen_engines(f'dendra_kv_cache_usage_ratio{{{MODEL}}}')})")], 4, 4, min=0,
              max=1, thresholds=[(0.8, "yellow"), (0.95, "red")]),
        panel("timeseries", "Requests by status",
              "Answered requests a second. 429: the queue or a key's limit was full; 499: the client went away first.",
              "reqps", [target(server_total("dendra_http_requests_total", "status"), "{{status}}")], stacked=True),
        panel("timeseries", "Tokens",
              "Tokens a second: generated, computed of prompts, and found in the prefix cache instead.", TOKENS,
              [target(f"sum({GENERATED})", "generated"),
               target(f"sum({total('dendra_prompt_tokens_total', SERVER)})", "prompt, computed"),
               target(f"sum({total('dendra_prefix_cache_hit_tokens_total', SERVER)})", "prompt, cached")]),
        panel("timeseries", "Ended requests by reason",
              "Sequences that ended a second: well (stop, length), cancelled by the client, or not well.", "reqps",
              [target(total("dendra_requests_finished_total", "reason"), "{{reason}}")], stacked=True),
    ]
    latency = [
        panel("timeseries", title, description, "s", quantiles(histogram), 12)
        for title, description, histogram in (
            ("Time to first token", "From a request's arrival at the engine to its first token: queue and prompt.",
             "dendra_time_to_first_token_seconds"),
            ("Inter-token latency", "Between two tokens of a request: what a reader sees while an answer streams.",
             "dendra_inter_token_latency_seconds"),
            ("Request latency", "From a request's arrival at the engine to its end.",
             "dendra_e2e_request_latency_seconds"),
            ("Queue time", "From a request's arrival at the engine until it is taken up.",
             "dendra_request_queue_time_seconds"))]
    queue = [
        panel("timeseries", "Running sequences", "Sequences that the schedulers work on.", "none",
              [target(gauge("dendra_requests_running", ENGINE), "{{instance}} {{model}}")]),
        panel("timeseries", "Waiting requests", "Requests in the queues.", "none",
              [target(gauge("dendra_requests_waiting", ENGINE), "{{instance}} {{model}}")]),
        panel("timeseries", "Step time", "Wall time of a scheduler step; every running stream waits for it.", "s",
              quantiles("dendra_step_seconds")),
    ]
    cache = [
        panel("timeseries", "KV cache usage", "Share of KV blocks that sequences hold.", "percentunit",
              [target(chosen_engines(f"dendra_kv_cache_usage_ratio{{{MODEL}}}"), "{{instance}} {{model}}")], min=0, max=1),
        panel("timeseries", "Prefix cache hits", "Share of prompt tokens that were found in the prefix cache.",
              "percentunit",
              [target(ratio(total("dendra_prefix_cache_hit_tokens_total", SERVER),
                            total("dendra_prefix_cache_queried_tokens_total", SERVER)), "{{instance}}")],
              min=0, max=1, empty="No prompts in this time."),
        panel("timeseries", "Pre-emptions and evictions",
              "A second: sequences that gave up their KV blocks to be computed again, and blocks of the prefix cache"
              " that were given to others.", "cps",
              [target(f"sum({total('dendra_preemptions_total', SERVER)})", "sequences pre-empted"),
               target(f"sum({total('dendra_prefix_cache_evicted_blocks_total', SERVER)})", "blocks evicted")]),
    ]
    errors = [
        panel("timeseries", "Failed answers",
              "Share of requests that were answered 5xx (the server's fault) or 429 (too many).", "percentunit",
              [target(ratio(
                  f"(sum({chosen(rate('dendra_http_requests_total', HERE + status))}) or vector(0))",
                  f"sum({chosen(rate('dendra_http_requests_total', HERE))})"), name)
               for name, status in (("5xx", ',status=~"5.."'), ("429", ',status="429"'))], 12, min=0,
              empty="No requests in this time."),
        panel("timeseries", "Sequences that ended badly",
              "A second: error (a fault of the server), deadline (too slow), constraint (a grammar too ambiguous to be"
              " followed).", "cps",
              [target(total("dendra_requests_finished_total", "reason", MODEL + ',reason=~"error|deadline|constraint"'),
                      "{{reason}}")], 12),
        panel("table", "Servers", "What each server is and which kernels it runs.", "none",
              [target(chosen(f"dendra_cpu_info{{{HERE}}}"), instant=True, table=True)], 12, 6,
              transformations=columns("instance", "cpu_model", "microarchitecture", "isa_path", "cpus_allowed")),
        panel("table", "Kernels",
              "The kernels that run, and where better ones do not run, why.",
              "none", [target(chosen(f"dendra_kernel_info{{{HERE}}}"), instant=True, table=True)], 12, 6,
              transformations=columns("instance", "provider", "isa", "activations", "passed_over")),
    ]
    return dashboard(
        "dendra-service", "Dendra: service", "Whether requests are answered, how fast, and what they wait for.",
        variables(),
        [("Traffic", traffic), ("Latency", latency), ("Queue", queue), ("KV cache", cache), ("Errors", errors)])


def efficiency():
    throughput = [
        panel("timeseries", "Generated", "Tokens generated a second.", TOKENS,
              [target(GENERATED, "{{instance}}")]),
        panel("timeseries", "Prompts computed", "Prompt tokens computed a second; those from the prefix cache cost nothing.",
              TOKENS, [target(total("dendra_prompt_tokens_total", SERVER), "{{instance}}")]),
        panel("timeseries", "Generated for each core",
              "Tokens generated a second for each compute thread; there is one for each physical core unless --threads"
              " says otherwise.", TOKENS, [target(ratio(GENERATED, THREADS), "{{instance}}")]),
        panel("timeseries", "Tokens of a step",
              "Tokens that a step generates on average, one of each running sequence, more where guesses are right:"
              " weights are read once for all of them.",
              "none", [target(ratio(GENERATED, total("dendra_step_seconds_count", SERVER)), "{{instance}}")],
              empty="No steps in this time."),
        panel("timeseries", "Rows of a step", "Tokens that a step computes, prompts included.", "none",
              [target(quantile(share, "dendra_step_tokens"), name) for share, name in ((0.5, "p50"), (0.95, "p95"))],
              empty="No steps in this time."),
        panel("timeseries", "Busy", "Share of time in which a step was computed.", "percentunit",
              [target(BUSY, "{{instance}}")], min=0, max=1),
    ]
    memory = [
        panel("timeseries", "Read while computing",
              "Weights, keys and values that steps have to read, each once a step, over the time of steps; beside it what"
              " the memory can deliver. A step of many rows is bound by arithmetic instead and reads less.", "Bps",
              [target(ratio(READ, BUSY), "{{instance}}"), target(BANDWIDTH, "{{instance}}: memory")], 12,
              empty="No steps in this time."),
        panel("timeseries", "Share of the memory's bandwidth",
              "The same as a share of the measured read bandwidth: the roofline of decode. Above 1 the weights lie in"
              " the last-level cache.", "percentunit", [target(ratio(ratio(READ, BUSY), BANDWIDTH), "{{instance}}")], 12,
              min=0, empty=NO_BANDWIDTH),
        panel("bargauge", "Weight density",
              "Stored share of the weights by kind of layer; 1 for a dense model. Activations are never left out, so"
              " their density is 1.", "percentunit",
              [target(chosen_engines(f"dendra_weight_density_ratio{{{MODEL}}}"), "{{instance}} {{model}}, {{layer_kind}}",
                      instant=True)], 12, min=0, max=1),
        panel("timeseries", "Guesses that were right",
              "Share of tokens computed ahead of time that were right, each a step saved.", "percentunit",
              [target(ratio(total("dendra_speculated_accepted_tokens_total", SERVER),
                            total("dendra_speculated_tokens_total", SERVER)), "{{instance}}")], 12, min=0, max=1,
              empty="Nothing was guessed in this time."),
    ]
    domains = [
        (server_total("dendra_energy_package_joules_total", SERVER), "{{instance}}: packages"),
        (server_total("dendra_energy_dram_joules_total", SERVER), "{{instance}}: memory"),
        (server_total("dendra_energy_platform_joules_total", SERVER + ", source"),
         "{{instance}}: whole machine ({{source}})"),
    ]
    joules = [
        energy_meters(),
        panel("timeseries", "Power by meter",
              "Watts of processor packages, of memory where it is metered, and of the whole machine. These overlap: the"
              " machine includes the rest." + EMPTY_BECAUSE, "watt",
              [target(expression, legend) for expression, legend in domains], empty=NO_METER),
        panel("timeseries", "Power by phase",
              "Watts of packages and memory by what the server was doing: prompts, decode, nothing. The parts add up to"
              " the meter." + EMPTY_BECAUSE, "watt", [target(server_total(ENERGY, "phase"), "{{phase}}")], stacked=True,
              empty=NO_METER),
        panel("timeseries", "Energy of an output token",
              "Energy over tokens generated: all of it, idle time included, and what requests took above an idle machine."
              " Compare at equal load only." + EMPTY_BECAUSE, "joule",
              [target(ratio(WATTS, GENERATED), "{{instance}}"), target(ratio(MARGINAL, GENERATED), "{{instance}}: above idle")],
              empty=NO_METER),
        panel("timeseries", "Energy of an output token, decode alone",
              "Energy of decoding over tokens generated." + EMPTY_BECAUSE, "joule",
              [target(ratio(server_total(ENERGY, SERVER, ',phase="decode"'), GENERATED), "{{instance}}")],
              empty=NO_METER),
        panel("timeseries", "Energy of a computed token",
              "All energy over tokens computed, of prompts and of answers." + EMPTY_BECAUSE, "joule",
              [target(ratio(WATTS, COMPUTED), "{{instance}}")], empty=NO_METER),
        panel("timeseries", "Energy of a request",
              "Energy over requests that ended well: all of it, idle time included, and what requests took above an idle"
              " machine." + EMPTY_BECAUSE, "joule",
              [target(ratio(WATTS, FINISHED), "{{instance}}"), target(ratio(MARGINAL, FINISHED), "{{instance}}: above idle")],
              empty=NO_METER),
        panel("timeseries", "Tokens of a joule",
              "Tokens generated for a joule, idle time included." + EMPTY_BECAUSE, "suffix: tokens/J",
              [target(ratio(GENERATED, WATTS), "{{instance}}")], empty=NO_METER),
        panel("timeseries", "Idle power", "Watts while nothing runs and nothing waits." + EMPTY_BECAUSE, "watt",
              [target(chosen(f"dendra_energy_idle_watts{{{HERE}}}"), "{{instance}}")], empty=NO_METER),
        panel("timeseries", "What attribution leaves over",
              "Share of the energy of steps that the model of their cost does not explain: the smaller, the better the"
              " split into phases." + EMPTY_BECAUSE, "percentunit",
              [target(chosen(f"dendra_energy_attribution_residual_ratio{{{HERE}}}"), "{{instance}}")], empty=NO_METER),
        panel("timeseries", "Estimated power (EST)",
              "Not measured: an estimate from a wattage that the operator has given, by the named model. Never part of"
              " the other panels.", "watt",
              [target(server_total("dendra_energy_estimated_joules_total", SERVER + ", model"),
                      "{{instance}}: EST {{model}}")], 12,
              empty="No estimate was asked for."),
        panel("timeseries", "Readings that failed", "Readings of the meter that failed or were not plausible, a second.", "cps",
              [target(server_total("dendra_energy_read_errors_total", SERVER + ", reason"), "{{instance}}: {{reason}}")],
              12, empty=NO_METER),
    ]
    return dashboard(
        "dendra-efficiency", "Dendra: efficiency", "What a token costs, in time, in bytes and in joules.", variables(),
        [("Throughput", throughput), ("Memory", memory), ("Energy", joules)])


BATCHES = [
    ("1", "> 0.5 < 1.5"), ("2 to 4", ">= 1.5 < 4.5"), ("5 to 8", ">= 4.5 < 8.5"), ("9 to 16", ">= 8.5 < 16.5"),
    ("17 and more", ">= 16.5")]


def generations():
    decode = at_batch(chosen_engines(rate("dendra_generation_tokens_total")))
    prefill = at_batch(chosen_engines(rate("dendra_prompt_tokens_total")))
    of_servers = f"sum by ({SERVER}) ({decode})"
    batched_watts = (
        f"({WATTS}) and on ({SERVER}) sum by ({SERVER}) ({at_batch(chosen_engines(f'dendra_requests_running{{{MODEL}}}'))})")
    joules = (
        f"sum by ({GENERATION}) ({with_generation(batched_watts)})"
        f" / (sum by ({GENERATION}) ({with_generation(of_servers)}) > 0)")

    def average(expression):
        return f"avg by ({GENERATION}) ({with_generation(expression)})"

    def latency(histogram):
        buckets = at_batch(chosen_engines(rate(histogram + "_bucket")))
        return f"histogram_quantile(0.95, sum by (le, {GENERATION}) ({with_generation(buckets)}))"

    def at_bucket(name, condition):
        rates = chosen_engines(rate("dendra_generation_tokens_total"))
        there = f"sum by ({SERVER}) (({rates}) and on ({ENGINE}) ({RUNNING} {condition}))"
        mean = f"avg by ({GENERATION}) (avg_over_time(({with_generation(there)})[$__range:$__interval]))"
        return target(mean, BY_GENERATION + ", batch " + name, instant=True)

    whole = [
        panel("table", "Servers",
              "The processor of each server and the instruction set of the kernels that run on it: what the system"
              " tells. Hypervisors hide some of it, and then it says unknown.", "none",
              [target(chosen(f"dendra_cpu_info{{{HERE}}}"), instant=True, table=True)], 24, 7,
              transformations=columns(
                  "instance", "microarchitecture", "isa_path", "cpu_model", "family", "model_id", "stepping", "microcode",
                  "sockets", "numa_nodes", "cpus_allowed", "smt", "turbo", "governor")),
        panel("bargauge", "Generated by batch",
              "Tokens that a server generates a second, averaged over the time shown, separately for times with few and"
              " with many running sequences: generations compared at equal load. A batch that did not occur is left"
              " out.", TOKENS, [at_bucket(name, condition) for name, condition in BATCHES], 24, 8, min=0,
              empty="Nothing was generated in this time."),
    ]
    load = "At the chosen batch. "
    speed = [
        panel("timeseries", "Generated by a server", load + "Tokens that a server generates a second, on average.", TOKENS,
              [target(average(of_servers), BY_GENERATION)], empty="No server ran such a batch."),
        panel("timeseries", "Generated for each core",
              load + "The same for each compute thread, one for each physical core by default.", TOKENS,
              [target(average(ratio(f"({of_servers})", THREADS)), BY_GENERATION)], empty="No server ran such a batch."),
        panel("timeseries", "Prompts computed by a server", load + "Prompt tokens that a server computes a second.", TOKENS,
              [target(average(f"sum by ({SERVER}) ({prefill})"), BY_GENERATION)], empty="No server ran such a batch."),
        panel("timeseries", "First token, p95", load + "From a request's arrival at the engine to its first token.", "s",
              [target(latency("dendra_time_to_first_token_seconds"), BY_GENERATION)], empty="No server ran such a batch."),
        panel("timeseries", "Next token, p95", load + "Between two tokens of a request.", "s",
              [target(latency("dendra_inter_token_latency_seconds"), BY_GENERATION)], empty="No server ran such a batch."),
        panel("timeseries", "Read while computing",
              "Weights, keys and values that a server has to read, each once a step, over the time of steps.", "Bps",
              [target(average(ratio(READ, BUSY)), BY_GENERATION)], empty="No steps in this time."),
    ]
    energy = [
        panel("timeseries", "Energy of an output token",
              load + "All energy, idle time included, over tokens generated. What the meters cover differs between"
              " generations: see the table." + EMPTY_BECAUSE, "joule", [target(joules, BY_GENERATION)], 12, empty=NO_METER),
        panel("timeseries", "Power of a server", load + "Watts of packages and memory, on average." + EMPTY_BECAUSE, "watt",
              [target(average(batched_watts), BY_GENERATION)], 12, empty=NO_METER),
        energy_meters(),
    ]
    batch = choice_variable(
        "batch", "Batch", "Only times in which so many sequences ran on average: compare generations at equal load",
        [("any", ">= 0"), *BATCHES])
    return dashboard(
        "dendra-cpu-generations", "Dendra: CPU generations",
        "Servers side by side by microarchitecture and by the instruction set that they run.", variables(batch),
        [("At equal load", whole), ("Speed", speed), ("Energy", energy)])


def main():
    stale = []
    for name, made in (("service", service()), ("efficiency", efficiency()), ("cpu-generations", generations())):
        path = FOLDER / f"{name}.json"
        text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
    if stale:
        sys.exit(f"{', '.join(stale)}: not what build.py writes; run it again")


if __name__ == "__main__":
    main()
