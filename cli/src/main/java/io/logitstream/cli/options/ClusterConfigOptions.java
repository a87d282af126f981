package io.logitstream.cli.options;

import io.logitstream.schemas.kafka.KafkaSettings;
import picocli.CommandLine.Mixin;

/** Options of every command that works on a cluster, with a configuration. */
public final class ClusterConfigOptions extends ConfigOptions {
    @Mixin
    private ClusterOptions cluster;

    ClusterOptions cluster() {
        return cluster;
    }

    /** Whether a cluster is named; without one, distill starts its own. */
    public boolean hasCluster() {
        return cluster.hasCluster();
    }

    /** The cluster that the options name, after a sign of life from it. */
    public KafkaSettings kafka() {
        return cluster.kafka();
    }
}
