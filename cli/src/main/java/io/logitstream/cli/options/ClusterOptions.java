package io.logitstream.cli.options;

import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ClientProperties;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options of commands that work on a cluster. */
public final class ClusterOptions {
    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:LOGITSTREAM_BOOTSTRAP_SERVER}",
            description = "the Kafka cluster. Default: LOGITSTREAM_BOOTSTRAP_SERVER, if set")
    private String bootstrapServer;

    @Option(
            names = "--schema-registry",
            paramLabel = "URL",
            defaultValue = "${env:LOGITSTREAM_SCHEMA_REGISTRY}",
            description = "the schema registry. Default: LOGITSTREAM_SCHEMA_REGISTRY, if set")
    private String schemaRegistry;

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            defaultValue = "${env:LOGITSTREAM_COMMAND_CONFIG}",
            description =
                    "client properties, passed on untouched: security and tuning, for one kind of client with prefix"
                            + " producer., consumer., admin., streams. or schema.registry. Default: LOGITSTREAM_COMMAND_CONFIG, if set")
    private Path commandConfig;

    /** Whether a cluster is named; without one, distill starts its own. */
    public boolean hasCluster() {
        return bootstrapServer != null;
    }

    /** The cluster that the options name, after a sign of life from it. */
    public KafkaSettings kafka() {
        if (bootstrapServer == null) {
            throw new UsageException(
                    "no cluster is given: name one with --bootstrap-server and --schema-registry, or start"
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
