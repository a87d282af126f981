package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;

/**
 * Port of the status page of a running command, which is served on loopback.
 *
 * @param port port in [0, 65535], 0 for any free one; null, the default, serves no page
 */
public record PageConfig(Integer port) {
    /** Checks the range. */
    public PageConfig {
        if (port != null && (port < 0 || port > 65535)) {
            throw new UsageException("page.port " + port + " is not in [0, 65535]");
        }
    }
}
