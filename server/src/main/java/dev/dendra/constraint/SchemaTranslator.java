// SPDX-License-Identifier: Apache-2.0
package dev.dendra.constraint;

import com.fasterxml.jackson.databind.JsonNode;

/** Makes grammars of JSON schemas. */
final class SchemaTranslator {
    private SchemaTranslator() {}

    static Grammar translate(JsonNode schema) throws ConstraintException {
        throw ConstraintException.unsupported("not there yet " + schema.getNodeType());
    }
}
