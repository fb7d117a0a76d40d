// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Readings that failed, by reason. Any thread. */
public final class ReadErrors {
    private final Map<Reason, AtomicLong> counts = new EnumMap<>(Reason.class);

    /** Why a reading failed. */
    public enum Reason {
        /** The file may not be read. */
        EACCES,
        /** The file is gone, as when a package was taken offline. */
        ENOENT,
        /** The meter says what cannot be. */
        IMPLAUSIBLE,
        /** Anything else. */
        OTHER;

        /** Name in metrics. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ReadErrors() {
        for (Reason reason : Reason.values()) {
            counts.put(reason, new AtomicLong());
        }
    }

    void add(IOException failure) {
        of(reason(failure)).incrementAndGet();
    }

    /** Failures so far. */
    public long count(Reason reason) {
        return of(reason).get();
    }

    private AtomicLong of(Reason reason) {
        return counts.getOrDefault(reason, new AtomicLong());
    }

    private static Reason reason(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> Reason.EACCES;
            case NoSuchFileException _ -> Reason.ENOENT;
            case ImplausibleReadingException _ -> Reason.IMPLAUSIBLE;
            default -> Reason.OTHER;
        };
    }
}
