// SPDX-License-Identifier: Apache-2.0
package dev.dendra.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the user says of one model to serve: {@code WHERE} or {@code NAME=WHERE}. The path of an existing file is taken as
 * one, whatever it looks like.
 *
 * @param alias name for clients; nothing to go by the model's own
 * @param where path or catalogue name; nothing for the default model
 */
record ModelOption(Optional<String> alias, Optional<String> where) {
    /** Printable, without what would have to be escaped in addresses. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");

    /** Reads {@code text}. */
    static ModelOption parse(String text) throws CommandFailure {
        int equals = text.indexOf('=');
        if (equals < 0 || Files.exists(Path.of(text))) {
            return new ModelOption(Optional.empty(), Optional.of(text));
        }
        String alias = text.substring(0, equals);
        String where = text.substring(equals + 1);
        if (where.isEmpty()) {
            throw new CommandFailure("--model " + text + " names no model after '='");
        }
        return new ModelOption(Optional.of(requireName(alias, "--model " + text)), Optional.of(where));
    }

    /** The same under another name for clients. */
    ModelOption named(String name) throws CommandFailure {
        return new ModelOption(Optional.of(requireName(name, "--alias " + name)), where);
    }

    private static String requireName(String name, String option) throws CommandFailure {
        if (!NAME.matcher(name).matches()) {
            throw new CommandFailure(option + ": a name must start with a letter or digit, and go on with up to 127 "
                    + "letters, digits, '.', '_', ':', '/' or '-'");
        }
        return name;
    }
}
