// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How files of sysfs are read. */
interface SysfsFiles {

    /** The text of a file without the white space round it. */
    String read(Path file) throws IOException;

    /** Straight from the file system. */
    static SysfsFiles system() {
        // Latin-1 never fails to decode; these files are ASCII.
        return file -> Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    }

    /** The whole number in a file. */
    default long number(Path file) throws IOException {
        String text = read(file);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ImplausibleReadingException(file + " is not a number");
        }
    }

    /** Entries of a folder by name, those of {@code glob}; none if the folder cannot be listed. */
    static List<Path> list(Path folder, String glob) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(entries::add);
        } catch (IOException e) {
            return List.of();
        }
        entries.sort(null);
        return entries;
    }
}
