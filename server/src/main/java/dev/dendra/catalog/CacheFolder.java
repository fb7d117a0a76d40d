// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where fetched and packed models are kept. */
public final class CacheFolder {
    private CacheFolder() {}

    /**
     * The folder that was asked for, else {@code DENDRA_CACHE}, else {@code dendra} in {@code XDG_CACHE_HOME}, else
     * {@code ~/.cache/dendra}. It need not exist.
     *
     * @param option the value of {@code --cache}
     * @param environment the process's environment
     */
    public static Path resolve(Optional<Path> option, Map<String, String> environment) {
        if (option.isPresent()) {
            return option.get();
        }
        String ours = environment.getOrDefault("DENDRA_CACHE", "");
        if (!ours.isBlank()) {
            return Path.of(ours);
        }
        // The XDG specification wants relative paths ignored.
        String shared = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base = !shared.isBlank() && Path.of(shared).isAbsolute()
                ? Path.of(shared)
                : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache");
        return base.resolve("dendra");
    }
}
