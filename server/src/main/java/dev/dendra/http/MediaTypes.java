// SPDX-License-Identifier: Apache-2.0
package dev.dendra.http;

/** Values of {@code Content-Type}. */
final class MediaTypes {
    static final String JSON = "application/json";
    static final String EVENT_STREAM = "text/event-stream; charset=utf-8";
    static final String YAML = "application/yaml";
    static final String TEXT = "text/plain; charset=utf-8";

    private MediaTypes() {}
}
