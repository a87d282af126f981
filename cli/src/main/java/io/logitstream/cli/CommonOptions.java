package io.logitstream.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.cli.report.CommandText;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Options of every command that works on a cluster. */
final class CommonOptions {
  @Option(names = "--config", paramLabel = "FILE", defaultValue = "${env:LOGITSTREAM_CONFIG}",
      description = "YAML configuration; see docs/configuration.md. LOGITSTREAM_CONFIG by default")
  Path config;

  @Option(names = "--set", paramLabel = "KEY=VALUE",
      description = "one configuration value, as in --set training.seed=2; wins over --config")
  List<String> settings = new ArrayList<>();

  @Option(names = "--bootstrap-server", paramLabel = "HOST:PORT", defaultValue = "${env:LOGITSTREAM_BOOTSTRAP_SERVER}",
      description = "the Kafka cluster; LOGITSTREAM_BOOTSTRAP_SERVER by default")
  String bootstrapServer;

  @Option(names = "--schema-registry", paramLabel = "URL", defaultValue = "${env:LOGITSTREAM_SCHEMA_REGISTRY}",
      description = "the schema registry; LOGITSTREAM_SCHEMA_REGISTRY by default")
  String schemaRegistry;

  @Option(names = "--command-config", paramLabel = "FILE", defaultValue = "${env:LOGITSTREAM_COMMAND_CONFIG}",
      description = "client properties, passed on untouched: security and tuning, for one kind of client with prefix"
          + " producer., consumer., admin., streams. or schema.registry.;"
          + " LOGITSTREAM_COMMAND_CONFIG by default")
  Path commandConfig;

  @Option(names = "--stacktrace", description = "show where an error comes from")
  boolean stackTrace;

  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  private CommandLine.Model.CommandSpec command;

  /** The command line that was given, for a report. */
  String commandLine() {
    return CommandText.of(command.root().commandLine().getParseResult().originalArgs());
  }

  /** The configuration, with the command's own flags laid over it. */
  LogitstreamConfig load(List<String> flags) {
    ObjectNode chosen = config == null ? ConfigFile.empty() : ConfigFile.read(config);
    ConfigFile.set(chosen, settings);
    ConfigFile.set(chosen, flags);
    ObjectNode tree = Defaults.suiting(chosen);
    ConfigFile.merge(tree, chosen);
    return ConfigFile.bind(tree);
  }

  /** Whether a cluster is named; without one, distill starts its own. */
  boolean hasCluster() {
    return bootstrapServer != null;
  }

  /** The cluster that the options name, after a sign of life from it. */
  KafkaSettings kafka() {
    if (bootstrapServer == null) {
      throw new UsageException("no cluster is given: name one with --bootstrap-server and --schema-registry, or start"
          + " one with 'logitstream cluster'");
    }
    KafkaSettings kafka = new KafkaSettings(bootstrapServer, schemaRegistry, clientProperties());
    kafka.requireReachable();
    return kafka;
  }

  private Map<String, String> clientProperties() {
    return commandConfig == null ? Map.of() : ClientProperties.read(commandConfig);
  }
}
