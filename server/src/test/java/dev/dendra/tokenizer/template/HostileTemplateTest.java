// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that mean harm end early, with an exception that says why. */
@Timeout(60)
class HostileTemplateTest {

    private static String render(String template) {
        Map<String, ?> variables =
                Map.of("messages", List.of(Map.of("role", "user", "content", "a".repeat(100_000))), "n", 3);
        return Template.parse(template).render(variables, Clock.systemUTC(), TemplateLimits.DEFAULT);
    }

    private static TemplateException failure(String template) {
        return assertThrows(TemplateException.class, () -> render(template));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(1000000000000) %}{% endfor %}",
                "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=[]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}"
                        + "{{ ns.s | tojson }}",
                "{% set ns = namespace(s=[], t=[]) %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s] %}"
                        + "{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
                "{% set ns = namespace(s=[]) %}{% for i in range(10000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s | replace('x', 'xx') %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}",
                "{{ 'x' * 1000000000000 }}",
                "{{ [0] * 1000000000000 }}",
                "{{ 2 ** 1000000 }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ ('a' * 1000000).join(range(100000) | map('string')) }}",
                "{{ ('x' | indent('y' * 1000000, true)) * 100 }}",
                "{{ ('a\n' * 1000000) | indent(1000) }}",
                "{{ [[1, 2], [3]] | tojson(indent=64) * 100000000 }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
                "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
                "{% macro m() %}{{ caller() }}{% endmacro %}{% for i in range(10000000) %}{% call m() %}x{% endcall %}{% endfor %}",
                "{% for i in range(1000000) %}{% if (messages[0].content ~ 'b') in messages[0].content %}{% endif %}{% endfor %}",
                "{% for i in range(1000000) %}{{ messages[0].content | length }}{% endfor %}",
                "{% for i in range(1000000) %}{% if messages[0].content == messages[0].content %}{% endif %}{% endfor %}",
                "{% for i in range(1000000) %}{{ messages[0].content }}{% endfor %}",
                "{% for i in range(1000000) %}{% set s = messages[0].content[::-1] %}{% endfor %}",
                "{{ strftime_now('%A' * 10000000) }}",
            })
    void endsWithinItsBudget(String template) {
        assertEquals(
                TemplateException.Kind.LIMIT,
                failure(template).kind(),
                () -> failure(template).getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__ }}",
                "{{ ''.getClass() }}",
                "{{ ''.class }}{{ ''.class.forName('java.lang.Runtime') }}",
                "{{ messages.__class__.__mro__ }}",
                "{{ messages.getClass() }}",
                "{{ messages[0].getClass() }}",
                "{{ messages.stream() }}",
                "{{ messages.append('x') }}",
                "{{ messages[0].put('x', 'y') }}",
                "{{ messages[0].items.__globals__ }}",
                "{{ range.__globals__ }}",
                "{{ namespace.__init__.__globals__ }}",
                "{{ loop.getClass() }}",
                "{% for m in messages %}{{ loop.getClass() }}{% endfor %}",
                "{{ namespace(a=1).getClass() }}",
                "{{ self.__init__ }}",
                "{{ 'x' | map(attribute='__class__') | first + 'y' }}",
                "{{ 'x' | attr('__class__') }}",
                "{{ messages | sort(attribute='bytes') }}{{ 'a'.bytes() }}",
            })
    void reachesNothingButItsValues(String template) {
        TemplateException.Kind kind = failure(template).kind();
        assertTrue(
                kind == TemplateException.Kind.TYPE || kind == TemplateException.Kind.UNDEFINED,
                () -> failure(template).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n\n{% if %}",
                "\n\n{% if true %}",
                "\n\n{{ 1 + }}",
                "\n\n{{ 'open }}",
                "\n\n{{ (1 }}",
                "\n\n{{ ) }}",
                "\n\n{{ 1",
                "\n\n{# comment",
                "\n\n{% raw %}{% endra %}",
                "\n\n{% include 'x' %}",
                "\n\n{% import 'os' as os %}",
                "\n\n{% endfor %}",
                "\n\n{% break %}",
                "\n\n{% for x on y %}{% endfor %}",
                "\n\n{{ 99999999999999999999 }}",
                "\n\n{{ '\\ud' }}",
                "\n\n{{ f(a=1, 2) }}",
                "\n\n{{ a $ b }}",
            })
    void namesTheLineOfASyntaxError(String template) {
        TemplateException failure = failure(template);
        assertEquals(TemplateException.Kind.SYNTAX, failure.kind());
        assertTrue(failure.toString().contains(": line 3: "), failure::toString);
    }

    @Test
    void namesTheLineOfAFailure() {
        assertEquals(
                "line 3: 'nothing' is undefined",
                failure("a\n{% if true %}\n{{ nothing + 1 }}{% endif %}").getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{% if true %}", "not ", "-", "{% for x in messages %}", "a(", "{'a':"})
    void refusesDeepNesting(String opening) {
        String deep = opening.repeat(100_000);
        assertEquals(
                TemplateException.Kind.SYNTAX,
                failure(opening.startsWith("{%") ? deep : "{{ " + deep + " }}").kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {" + 1", " - 1", ".a", "[0]", "|string", "()", " is string"})
    void refusesLongChains(String link) {
        failure("{{ n" + link.repeat(100_000) + " }}");
    }
}
