// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, generate } from "../../main/resources/dev/dendra/http/page/api.js";
import { messages } from "../../main/resources/dev/dendra/http/page/conversation.js";
import { CONTROLS, refusal } from "../../main/resources/dev/dendra/http/page/sampling.js";
import { outline, period } from "../../main/resources/dev/dendra/http/page/state.js";

globalThis.sessionStorage = { getItem: () => "secret" };

async function pieces(response) {
  globalThis.fetch = async (path, options) => {
    assert.equal(path, "v1/completions");
    assert.equal(options.headers.Authorization, "Bearer secret");
    return response;
  };
  const result = [];
  for await (const piece of generate("completions", {}, undefined)) result.push(piece);
  return result;
}

test("a stream becomes text, finish and usage", async () => {
  const body = 'data: {"choices":[{"text":"a","finish_reason":null}],"usage":null}\n\n: ping\n\ndata: {"choices":[{"text":"","finish_reason":"stop"}]}\n\ndata: {"choices":[],"usage":{"completion_tokens":2}}\n\ndata: [DONE]\n\n';
  assert.deepEqual(await pieces(new Response(body)), [{ text: "a" }, { finish: "stop" }, { usage: { completion_tokens: 2 } }]);
});

test("failures are told in the server's words", async () => {
  const refused = () => new Response('{"error":{"message":"no"}}', { status: 401 });
  await assert.rejects(pieces(refused()), new ApiError(401, "no"));
  await assert.rejects(pieces(new Response('event: error\ndata: {"error":{"message":"broke"}}\n\ndata: [DONE]\n\n')), /broke/);
  await assert.rejects(pieces(new Response('data: {"choices":[]}\n\n')), /before the answer did/);
  await assert.rejects(pieces(new Response("<html>", { status: 502 })), /status 502/);
});

test("answers that never began are not sent, nor their questions", () => {
  const turns = [
    { role: "user", text: "a" },
    { role: "assistant", text: "" },
    { role: "user", text: "b" },
    { role: "assistant", text: "c" },
    { role: "user", text: "d" },
  ];
  assert.deepEqual(messages(turns, " ").map(message => message.content), ["b", "c", "d"]);
  assert.deepEqual(messages(turns, "s")[0], { role: "system", content: "s" });
});

test("controls take what lies in their range", () => {
  for (const control of CONTROLS) {
    for (const value of [control.min, control.max, control.initial ?? ""]) assert.equal(refusal(control, String(value)), null, control.name);
    for (const value of [control.min - 1, control.max * 2 + 1, "x", "NaN", "Infinity"]) assert.notEqual(refusal(control, String(value)), null, control.name);
  }
  assert.notEqual(refusal(CONTROLS.find(each => each.name === "top_k"), "1.5"), null);
});

test("looks less often when hidden or failing, and never stops", () => {
  assert.equal(period(0, false), 1000);
  assert.equal(period(3, false), 8000);
  assert.equal(period(1000, false), 30000);
  assert.equal(period(0, true), 15000);
});

test("charts keep to their box", () => {
  assert.deepEqual(outline([]), { line: "", area: "", highest: 0 });
  assert.equal(outline([0, 0]).highest, 0);
  const { line } = outline([0, 5, 10]);
  assert.deepEqual(line.split(" ").map(point => Number(point.split(",")[1])), [23.5, 12.5, 1.5]);
  assert.ok(line.endsWith("100,1.5"));
});
