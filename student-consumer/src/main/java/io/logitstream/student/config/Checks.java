package io.logitstream.student.config;

import io.logitstream.messages.UsageException;

/** Checks of configuration values. */
final class Checks {
    private Checks() {}

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new UsageException(message);
        }
    }
}
