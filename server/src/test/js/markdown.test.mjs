// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { MarkdownView, parse, render, spans } from "../../main/resources/dev/dendra/http/page/markdown.js";

/** As much of a document as rendering needs; it has no innerHTML, so that nothing can be set through it. */
class Element {
  childNodes = [];
  parent = null;
  constructor(tag) {
    this.tag = tag;
    this.ownerDocument = document;
  }
  append(...nodes) {
    for (const node of nodes) {
      if (node instanceof Element) node.parent = this;
      this.childNodes.push(node);
    }
  }
  get lastChild() {
    return this.childNodes.at(-1);
  }
  remove() {
    this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1);
  }
  set textContent(text) {
    this.childNodes = [text];
  }
  set innerHTML(_) {
    throw new Error("innerHTML");
  }
  toString() {
    return "<" + this.tag + ">" + this.childNodes.map(node => (typeof node === "string" ? node.replaceAll("<", "&lt;") : String(node))).join("") + "</" + this.tag + ">";
  }
}
const document = { createElement: tag => new Element(tag) };
const html = source => parse(source).map(block => String(render(block, document))).join("");

test("paragraphs, headings and line breaks", () => {
  assert.equal(html("# One ##\na\nb\n\nc"), "<h3>One ##</h3><p>a\nb</p><p>c</p>");
});

test("lists go on over empty lines and lines that belong to an item", () => {
  assert.equal(html("- a\n  more\n\n- b\n\nc\n3. d\n4) e"), "<ul><li>a\nmore</li><li>b</li></ul><p>c</p><ol><li>d</li><li>e</li></ol>");
  assert.equal(parse("3. d")[0].start, 3);
});

test("fenced code is taken as it is, also while it is open", () => {
  assert.equal(html("```js\n**a** <b>\n# c\n```\nd"), "<pre><code>**a** &lt;b>\n# c</code></pre><p>d</p>");
  assert.deepEqual(parse("~~~~ py x\na\n~~~\nb"), [{ type: "code", language: "py", text: "a\n~~~\nb" }]);
});

test("bold and inline code; marks without a partner are text", () => {
  assert.equal(html("**a** `b**c**` ``d ` e`` **f ` g"), "<p><strong>a</strong> <code>b**c**</code> <code>d ` e</code> **f ` g</p>");
  assert.equal(html("2 ** 3 ** 4, **** and ``"), "<p>2 ** 3 ** 4, **** and ``</p>");
});

test("markup is text", () => {
  const hostile = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](http://c) <script>d</script>";
  assert.deepEqual(spans(hostile), [{ type: "text", text: hostile }]);
  assert.equal(html(hostile), "<p>" + hostile.replaceAll("<", "&lt;") + "</p>");
});

test("no text of the source is lost or made up", () => {
  const alphabet = ["a", " ", "\n", "`", "``", "```", "**", "*", "- ", "1. ", "# ", "~~~", "<b>", "\t", "\r\n", "é"];
  let seed = 1;
  const next = n => (seed = (seed * 48271) % 2147483647) % n;
  const letters = text => text.replace(/[^ab<>é]/g, "");
  for (let i = 0; i < 3000; i++) {
    const source = Array.from({ length: next(30) }, () => alphabet[next(alphabet.length)]).join("");
    const blocks = parse(source);
    // The word after an opening fence is the language.
    const kept = blocks.map(b => (b.language ?? "") + (b.items ? b.items.flatMap(spans).map(s => s.text).join("") : b.type === "code" ? b.text : spans(b.text).map(s => s.text).join(""))).join("");
    const fences = blocks.some(block => block.type === "code");
    if (!fences) assert.equal(letters(kept), letters(source), JSON.stringify(source));
    else assert.ok(letters(source).includes(letters(kept)[0] ?? ""), JSON.stringify(source));
  }
});

test("takes time linear in hostile text", () => {
  const start = performance.now();
  for (const piece of ["`", "**", "** ", "- ", "```", " ", "#", "# ", "` `` "]) {
    const text = piece.repeat(100000);
    for (const source of [text, text + "x", "```" + text + "`x", "# " + text + "x"]) {
      for (const block of parse(source)) if (block.text !== undefined) spans(block.text);
    }
  }
  assert.ok(performance.now() - start < 20000);
});

test("a growing answer leaves alone what has not changed", () => {
  const element = new Element("div");
  const view = new MarkdownView(element);
  const source = "a\n\n- b\n- c\n\n```\nd\n```\n\n**e** f";
  let first = null;
  for (let end = 1; end <= source.length; end++) {
    view.show(source.slice(0, end));
    assert.equal(element.childNodes.join(""), html(source.slice(0, end)));
    if (end > 3) first ??= element.childNodes[0];
    if (first) assert.equal(element.childNodes[0], first);
  }
  view.show("z");
  assert.equal(String(element), "<div><p>z</p></div>");
});
