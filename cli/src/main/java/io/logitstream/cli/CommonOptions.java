package io.logitstream.cli;

import io.logitstream.cli.options.ClusterOptions;
import io.logitstream.cli.options.ConfigOptions;
import io.logitstream.schemas.KafkaSettings;
import picocli.CommandLine.Mixin;

/** Options of every command that works on a cluster, with a configuration. */
final class CommonOptions extends ConfigOptions {
  @Mixin
  private ClusterOptions cluster;

  ClusterOptions cluster() {
    return cluster;
  }

  /** Whether a cluster is named; without one, distill starts its own. */
  boolean hasCluster() {
    return cluster.hasCluster();
  }

  /** The cluster that the options name, after a sign of life from it. */
  KafkaSettings kafka() {
    return cluster.kafka();
  }
}
