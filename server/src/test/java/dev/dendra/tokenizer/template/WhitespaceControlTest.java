// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expectations are what Jinja2 3.1.6 renders with {@code trim_blocks} and {@code lstrip_blocks}. */
class WhitespaceControlTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "{% if true %}~  {% if true %}~x{% endif %}{% endif %}!x",
                "  {% if true %}a{% endif %}!a",
                "{{ 1 }}  {% if true %}a{% endif %}!1  a",
                "a~  {#- c #}~  {# d #}~ b!a b",
                "{% if true -%}~  {% if true %}y{% endif %}~{% endif %}z!yz",
                "{% raw %}~ a {% endraw %}~b!~ a b",
                "x  {%+ if true %}  y{% endif +%}~  z!x    y~  z",
                "a {{- ' b ' -}} ~ c~~!a b c~",
            })
    void stripsWhatJinjaStrips(String template, String expected) {
        // A tilde stands for a newline.
        assertEquals(
                expected.replace('~', '\n'),
                Template.parse(template.replace('~', '\n'))
                        .render(Map.of(), Clock.systemUTC(), TemplateLimits.DEFAULT));
    }
}
