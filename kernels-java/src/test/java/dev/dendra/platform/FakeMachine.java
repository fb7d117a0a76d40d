// SPDX-License-Identifier: Apache-2.0
package dev.dendra.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory that looks like the root of a machine. */
final class FakeMachine {

    private final Path root;

    FakeMachine(Path root) {
        this.root = root;
    }

    FakeMachine with(String path, String text) throws IOException {
        Path file = root.resolve(path.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return this;
    }

    Path root() {
        return root;
    }

    SystemFiles files() {
        return new SystemFiles(root);
    }
}
