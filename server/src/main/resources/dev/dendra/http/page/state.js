// SPDX-License-Identifier: Apache-2.0

// What the server is made of and what it is doing, looked up once a second while somebody may be looking.

import { state } from "./api.js";

const PERIOD = 1000;
const HIDDEN_PERIOD = 15000;
const LONGEST_PERIOD = 30000;
const PATIENCE = 5000;

/** Samples that a chart shows. */
const HISTORY = 60;

const SVG = "http://www.w3.org/2000/svg";

/** Time until the next look, in milliseconds, after so many failures in a row. */
export function period(failures, hidden) {
  const wanted = Math.min(PERIOD * 2 ** failures, LONGEST_PERIOD);
  return hidden ? Math.max(wanted, HIDDEN_PERIOD) : wanted;
}

export class StatePanel {
  #timer = 0;
  #failures = 0;
  #looking = false;
  #again = false;
  #decode = [];
  #prefill = [];
  #queue = [];
  #facts = new Map();
  #charts = {};

  constructor() {
    for (const name of ["decode", "prefill", "batch", "queue"]) this.#charts[name] = new Sparkline(at(name + "-chart"));
    document.addEventListener("visibilitychange", () => this.look());
    this.look();
  }

  /** Looks now, and from then on as often as it pays. */
  async look() {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#looking = true;
    this.#again = false;
    try {
      this.#show(await state(AbortSignal.timeout(PATIENCE)));
      this.#failures = 0;
    } catch (failure) {
      this.#failures++;
      this.#tell(failure.status === 401 ? "needs an API key" : "no answer", true);
    }
    this.#looking = false;
    this.#timer = setTimeout(() => this.look(), this.#again ? 0 : period(this.#failures, document.hidden));
  }

  #show(state) {
    const { rates, kernels, model, kv_cache: kv, totals } = state;
    const running = state.requests_running;
    this.#tell(kernels.provider === null ? "loading" : running > 0 ? "busy" : "idle", false);
    keep(this.#decode, rates.decode_tokens_per_second);
    keep(this.#prefill, rates.prefill_tokens_per_second);
    keep(this.#queue, state.requests_waiting);
    const rows = state.recent_steps.map(step => step.prompt + step.decode);
    text("decode-rate", figure(this.#decode.at(-1)) + " tok/s");
    text("prefill-rate", figure(this.#prefill.at(-1)) + " tok/s");
    text("batch", running + " running");
    text("queue", state.requests_waiting + " waiting");
    text("kv", percent(kv.usage_ratio) + " used");
    at("kv-meter").value = kv.usage_ratio;
    this.#charts.decode.draw(this.#decode, "Decoded tokens a second, last minute");
    this.#charts.prefill.draw(this.#prefill, "Prompt tokens a second, last minute");
    this.#charts.batch.draw(rows, "Rows of the last steps");
    this.#charts.queue.draw(this.#queue, "Requests that wait, last minute");
    this.#fact("Model", [model.id, model.quant, model.pattern === "dense" ? null : model.pattern]);
    this.#fact("Context", [model.context_length.toLocaleString("en") + " tokens"]);
    this.#fact("KV blocks", [kv.blocks && kv.blocks_used + " of " + kv.blocks.toLocaleString("en")]);
    this.#fact("Kernels", [kernels.provider, kernels.isa, kernels.vector_bits && kernels.vector_bits + " bits"]);
    this.#fact("Passed over", [kernels.passed_over]);
    this.#fact("Activations", [kernels.activations]);
    this.#fact("Threads", [kernels.threads]);
    this.#fact("CPU", [kernels.cpu]);
    this.#fact("Weights", [model.weights]);
    this.#fact("Requests", [Object.values(totals.requests_finished).reduce((a, b) => a + b, 0).toLocaleString("en") + " ended"]);
    this.#fact("Version", [state.version]);
    this.#fact("Up", [duration(state.uptime_seconds)]);
  }

  /** Screen readers are told only what changes. */
  #tell(message, alarm) {
    text("server-status", message);
    at("server-status").classList.toggle("alarm", alarm);
  }

  #fact(name, parts) {
    const value = parts.filter(part => part !== null && part !== undefined && part !== "" && part !== 0).join(", ");
    let row = this.#facts.get(name);
    if (!row) {
      row = document.createElement("div");
      row.append(document.createElement("dt"), document.createElement("dd"));
      row.firstChild.textContent = name;
      this.#facts.set(name, row);
      at("facts").append(row);
    }
    row.hidden = value === "";
    if (row.lastChild.textContent !== value) row.lastChild.textContent = value;
  }
}

/** A line without axes; its label says in words what it shows. */
class Sparkline {
  #svg = document.createElementNS(SVG, "svg");
  #area = document.createElementNS(SVG, "path");
  #line = document.createElementNS(SVG, "polyline");

  constructor(parent) {
    const base = document.createElementNS(SVG, "line");
    for (const [name, value] of Object.entries({ x1: 0, x2: 100, y1: 23.5, y2: 23.5 })) base.setAttribute(name, value);
    this.#svg.setAttribute("viewBox", "0 0 100 24");
    this.#svg.setAttribute("preserveAspectRatio", "none");
    this.#svg.setAttribute("role", "img");
    this.#svg.append(base, this.#area, this.#line);
    parent.append(this.#svg);
  }

  draw(values, label) {
    const { line, area, highest } = outline(values);
    this.#line.setAttribute("points", line);
    this.#area.setAttribute("d", area);
    const words = values.length === 0 ? "nothing yet" : "now " + figure(values.at(-1)) + ", highest " + figure(highest);
    this.#svg.setAttribute("aria-label", label + ": " + words);
  }
}

/** The shapes of a series in a box of 100 by 24, the newest value at the right. */
export function outline(values) {
  if (values.length === 0) return { line: "", area: "", highest: 0 };
  const highest = Math.max(...values);
  const slots = Math.max(values.length, HISTORY);
  const x = i => round((100 * (slots - values.length + i)) / (slots - 1));
  const points = values.map((value, i) => x(i) + "," + round(23.5 - (highest > 0 ? (22 * value) / highest : 0)));
  return { line: points.join(" "), area: "M" + x(0) + ",23.5L" + points.join("L") + "L100,23.5Z", highest };
}

function keep(series, value) {
  series.push(value);
  if (series.length > HISTORY) series.shift();
}

function figure(value) {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

function percent(ratio) {
  return (100 * ratio).toFixed(ratio > 0 && ratio < 0.1 ? 1 : 0) + " %";
}

function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return Math.floor(seconds) + " s";
  if (minutes < 60) return minutes + " min";
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? hours + " h " + (minutes % 60) + " min" : Math.floor(hours / 24) + " days";
}

function round(number) {
  return Math.round(number * 100) / 100;
}

function at(id) {
  return document.getElementById(id);
}

function text(id, value) {
  if (at(id).textContent !== value) at(id).textContent = value;
}
