// SPDX-License-Identifier: Apache-2.0
package dev.dendra.convert.calibration;

/** A text or a model that no calibration tokens can be had from; the message names it and says why. */
public final class CalibrationException extends Exception {
    private static final long serialVersionUID = 1;

    CalibrationException(String message) {
        super(message);
    }

    CalibrationException(String message, Throwable cause) {
        super(message, cause);
    }
}
