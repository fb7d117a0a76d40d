// SPDX-License-Identifier: Apache-2.0
package dev.dendra.tokenizer.template;

/**
 * What a name stands for that nothing has defined: empty text, an empty list, false; anything else done with it fails.
 *
 * @param description how messages call it
 */
record Undefined(String description) {
    TemplateException used() {
        return new TemplateException(TemplateException.Kind.UNDEFINED, description + " is undefined");
    }
}
