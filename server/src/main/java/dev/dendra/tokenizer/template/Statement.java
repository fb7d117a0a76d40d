// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a template does, one after the other; {@code line} counts from 1. */
sealed interface Statement {
    int line();

    record Data(int line, String text) implements Statement {}

    record Print(int line, Expression value) implements Statement {}

    record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {
        record Branch(Expression condition, List<Statement> body) {}
    }

    record For(
            int line,
            Target target,
            Expression items,
            @Nullable Expression condition,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Set(int line, Target target, Expression value) implements Statement {}

    /** {@code set} with a body, whose output, filtered, becomes the value. */
    record SetBlock(int line, Target target, List<Filter> filters, List<Statement> body) implements Statement {}

    record With(int line, List<Set> variables, List<Statement> body) implements Statement {}

    record FilterBlock(int line, List<Filter> filters, List<Statement> body) implements Statement {}

    record MacroDefinition(int line, Macro macro) implements Statement {}

    /** A call of a macro that may call the body back. */
    record CallBlock(int line, Macro body, Expression.Call call) implements Statement {}

    /** A body without a meaning of its own, such as {@code generation}. */
    record Group(int line, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** A filter of a block. */
    record Filter(String name, Expression.CallArguments arguments) {}

    /** A macro: parameters in order, and what those default to that have a default. */
    record Macro(String name, List<String> parameters, Map<String, Expression> defaults, List<Statement> body) {}

    /** What is assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record NamespaceAttribute(String namespace, String attribute) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
