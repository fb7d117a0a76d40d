// SPDX-License-Identifier: Apache-2.0

// The server's API. Addresses are relative, so that the page works behind a proxy that serves it under a prefix.

import { events } from "./sse.js";

const KEY = "dendra.key";

/** What the server refused or could not do; status is 0 where it could not be reached, 200 where a stream broke. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const apiKey = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: key => (key ? sessionStorage.setItem(KEY, key) : sessionStorage.removeItem(KEY)),
};

/** Ids of the served models. */
export async function models() {
  return (await json("v1/models")).data.map(model => model.id);
}

/** The state of the server. */
export function state(signal) {
  return json("v1/dendra/state", { signal });
}

/**
 * Generates; yields {text} for each piece and {usage}, {finish} when they are known.
 *
 * path: "chat/completions" or "completions"; body: the request, without what concerns streaming.
 */
export async function* generate(path, body, signal) {
  const response = await request("v1/" + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } }),
    signal,
  });
  for await (const { type, data } of events(response.body)) {
    if (data === "[DONE]") return;
    const chunk = parse(data);
    if (type === "error" || chunk.error) {
      throw new ApiError(200, chunk.error?.message ?? "The server broke the answer off.");
    }
    if (chunk.usage) yield { usage: chunk.usage };
    const choice = chunk.choices?.[0];
    const text = choice?.delta?.content ?? choice?.text;
    if (text) yield { text };
    if (choice?.finish_reason) yield { finish: choice.finish_reason };
  }
  throw new ApiError(200, "The connection ended before the answer did.");
}

async function json(path, options) {
  const response = await request(path, options);
  return response.json();
}

async function request(path, options = {}) {
  const key = apiKey.get();
  const headers = { ...options.headers, ...(key && { Authorization: "Bearer " + key }) };
  let response;
  try {
    response = await fetch(path, { ...options, headers, credentials: "omit" });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new ApiError(0, "The server cannot be reached.");
  }
  if (response.ok) return response;
  const text = await response.text().catch(() => "");
  throw new ApiError(response.status, parse(text).error?.message ?? "The server answered with status " + response.status + ".");
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
