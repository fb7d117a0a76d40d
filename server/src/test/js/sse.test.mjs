// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser, LONGEST_EVENT, events } from "../../main/resources/dev/dendra/http/page/sse.js";

const bytes = text => new TextEncoder().encode(text);
const parse = (...chunks) => {
  const parser = new EventParser();
  return chunks.flatMap(chunk => parser.push(chunk));
};

test("reads data, types, comments and fields without a value", () => {
  assert.deepEqual(parse(bytes(": ping\n\nevent: error\ndata: {}\nid: 7\nretry: 5\n\ndata\n\ndata:  x\n\n")), [
    { type: "error", data: "{}" },
    { type: "message", data: "" },
    { type: "message", data: " x" },
  ]);
});

test("joins lines of data, and a type without data is no event", () => {
  assert.deepEqual(parse(bytes("data: a\ndata: b\n\nevent: lost\n\ndata: c\n\n")), [
    { type: "message", data: "a\nb" },
    { type: "message", data: "c" },
  ]);
});

test("what is cut off at the end is no event", () => {
  assert.deepEqual(parse(bytes("data: a\n\ndata: b\n")), [{ type: "message", data: "a" }]);
});

test("it does not matter where chunks end", () => {
  const stream = bytes("\ufeffdata: é€😀\r\n\r\n: ping\r\revent: error\rdata: x\r\ndata: y\n\r\ndata: [DONE]\n\n");
  const whole = parse(stream);
  assert.deepEqual(whole, [
    { type: "message", data: "é€😀" },
    { type: "error", data: "x\ny" },
    { type: "message", data: "[DONE]" },
  ]);
  for (let i = 0; i <= stream.length; i++) {
    for (let j = i; j <= stream.length; j++) {
      assert.deepEqual(parse(stream.slice(0, i), stream.slice(i, j), stream.slice(j)), whole, i + ", " + j);
    }
  }
  assert.deepEqual(parse(...Array.from(stream, byte => Uint8Array.of(byte))), whole);
});

test("an event that never ends is refused", () => {
  const piece = bytes("x".repeat(1 << 20));
  const parser = new EventParser();
  parser.push(bytes("data: "));
  assert.throws(() => {
    for (let sent = 0; sent <= LONGEST_EVENT; sent += piece.length) parser.push(piece);
  }, /too long/);
  const lines = new EventParser();
  assert.throws(() => {
    for (let sent = 0; sent <= LONGEST_EVENT; sent += 1 << 20) lines.push(bytes("data: " + "x".repeat(1 << 20) + "\n"));
  }, /too long/);
});

test("leaving the loop ends the request", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    pull: controller => controller.enqueue(bytes("data: a\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const event of events(body)) {
    assert.equal(event.data, "a");
    break;
  }
  assert.ok(cancelled);
});
