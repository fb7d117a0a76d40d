// SPDX-License-Identifier: Apache-2.0
package dev.dendra.kernels.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Size of the last-level cache as Linux tells it. */
final class LastLevelCache {
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");
    private static final long ASSUMED = 64L << 20;

    private LastLevelCache() {}

    /** Bytes of the largest cache of the first CPU; 64 MiB where that is not told. */
    static long bytes() {
        long largest = 0;
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(CACHES, "index*")) {
            for (Path cache : caches) {
                largest = Math.max(
                        largest, parse(Files.readString(cache.resolve("size")).strip()));
            }
        } catch (IOException e) {
            return ASSUMED;
        }
        return largest == 0 ? ASSUMED : largest;
    }

    /** {@code 32K}, {@code 480M} or plain bytes. */
    private static long parse(String size) {
        return switch (size.charAt(size.length() - 1)) {
            case 'K' -> Long.parseLong(size, 0, size.length() - 1, 10) << 10;
            case 'M' -> Long.parseLong(size, 0, size.length() - 1, 10) << 20;
            default -> Long.parseLong(size);
        };
    }
}
