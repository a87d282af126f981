package io.logitstream.cli.options;

import io.logitstream.schemas.kafka.KafkaSettings;
import picocli.CommandLine.Mixin;

/** Options of the commands that work on a cluster and have a configuration. */
public final class ClusterConfigOptions extends ConfigOptions {
    @Mixin
    private ClusterOptions cluster;

    ClusterOptions cluster() {
        return cluster;
    }

    /** Whether a cluster is named; distill and pretrain start one of their own otherwise. */
    public boolean hasCluster() {
        return cluster.hasCluster();
    }

    /** Settings of the named cluster, after a check that its brokers answer. */
    public KafkaSettings kafka() {
        return cluster.kafka();
    }
}
