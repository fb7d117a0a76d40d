// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A parsed template. Immutable; may be rendered by several threads at once. */
public final class Template {
    private final List<Statement> statements;

    private Template(List<Statement> statements) {
        this.statements = statements;
    }

    /**
     * Parses a template, with {@code trim_blocks} and {@code lstrip_blocks} on.
     *
     * @throws TemplateException of kind {@code SYNTAX}, naming the line
     */
    public static Template parse(String source) {
        return new Template(Parser.parse(source));
    }

    /**
     * Renders it.
     *
     * @param variables by name: {@link String}, {@link Long}, {@link Double}, {@link Boolean}, null (which becomes
     *     {@code none}), and lists and maps of these
     * @param clock what {@code strftime_now} asks
     * @param limits how much it may use up
     * @throws TemplateException when it fails, naming the line
     */
    public String render(Map<String, ? extends @Nullable Object> variables, Clock clock, TemplateLimits limits) {
        Budget budget = new Budget(limits);
        Map<String, Object> names = new HashMap<>(new Functions(clock, budget).byName());
        variables.forEach((name, value) -> names.put(name, new Imports(budget).imported(value)));
        return new Interpreter(budget).run(statements, Scope.global(names));
    }
}
