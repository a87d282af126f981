package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;

/**
 * Where the page of a running command is served: on loopback, so that only this machine sees it.
 *
 * @param port port, 0 for any free one; null, the default, serves none
 */
public record PageConfig(Integer port) {
    /** Checks the range. */
    public PageConfig {
        if (port != null && (port < 0 || port > 65535)) {
            throw new UsageException("page.port " + port + " is no port");
        }
    }
}
