// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import org.jspecify.annotations.Nullable;

/**
 * A grammar with a name, so that it can refer to itself and is compiled once however often it is referred to. It is
 * made in two steps: the name, then what it stands for.
 */
final class Rule {
    private final String name;
    private @Nullable Grammar body;

    Rule(String name) {
        this.name = name;
    }

    /** A rule that refers to nothing that is not there yet. */
    static Grammar.Reference of(String name, Grammar body) {
        Rule rule = new Rule(name);
        rule.define(body);
        return new Grammar.Reference(rule);
    }

    String name() {
        return name;
    }

    void define(Grammar definition) {
        if (body != null) {
            throw new IllegalStateException("rule " + name + " has a body");
        }
        body = definition;
    }

    Grammar body() {
        if (body == null) {
            throw new IllegalStateException("rule " + name + " has no body");
        }
        return body;
    }
}
