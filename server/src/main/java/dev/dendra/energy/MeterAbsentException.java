// SPDX-License-Identifier: Apache-2.0
package dev.dendra.energy;

/** A source of energy figures is not to be had here. */
final class MeterAbsentException extends Exception {
    private static final long serialVersionUID = 1;

    private final Cause cause;
    private final String fix;

    /** What stands between us and a meter, from what says least about the machine to what says most. */
    enum Cause {
        /** There is none. */
        ABSENT,
        /** It is there and makes no sense. */
        BROKEN,
        /** It is there, but this process is kept from it: it may not read it, or it runs in a container that hides it. */
        BARRED
    }

    /**
     * With what to tell the user.
     *
     * @param reason the file and what is the matter with it
     * @param fix what would help
     */
    MeterAbsentException(Cause cause, String reason, String fix) {
        super(reason);
        this.cause = cause;
        this.fix = fix;
    }

    Cause kind() {
        return cause;
    }

    String reason() {
        return String.valueOf(getMessage());
    }

    String fix() {
        return fix;
    }
}
