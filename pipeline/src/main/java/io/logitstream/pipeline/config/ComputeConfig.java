package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;

/**
 * What a stage computes on.
 *
 * @param device {@code cpu} (the default) or {@code cuda:N}
 * @param threads threads within one tensor operation of a stage, 1 by default; weights are the same bit for bit only
 *     with the same number
 */
public record ComputeConfig(String device, Integer threads) {
    /** Fills in the defaults. */
    public ComputeConfig {
        device = device == null ? "cpu" : device;
        threads = threads == null ? 1 : threads;
        if (threads < 1) {
            throw new UsageException("compute.threads " + threads + " is not positive");
        }
    }
}
