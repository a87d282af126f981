package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;

/**
 * Device and threads of the stages.
 *
 * @param device {@code cpu} or {@code cuda:N}; {@code cpu} by default
 * @param threads threads within one tensor operation, for each stage that runs; at least 1, 1 by default. Weights
 *     are the same bit for bit only with the same number
 */
public record ComputeConfig(String device, Integer threads) {
    /** Fills in the defaults and checks the range. */
    public ComputeConfig {
        device = device == null ? "cpu" : device;
        threads = threads == null ? 1 : threads;
        if (threads < 1) {
            throw new UsageException("compute.threads " + threads + " is not positive");
        }
    }
}
