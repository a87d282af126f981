package io.logitstream.cli.options;

import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.ClientProperties;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options that name a cluster. */
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
            description = "properties for the Kafka and registry clients, such as security and tuning, passed on"
                    + " unchanged; a prefix producer., consumer., admin., streams. or schema.registry."
                    + " addresses one kind of client. Default: LOGITSTREAM_COMMAND_CONFIG, if set")
    private Path commandConfig;

    /** Whether a cluster is named; distill and pretrain start one of their own otherwise. */
    public boolean hasCluster() {
        return bootstrapServer != null;
    }

    /**
     * Settings of the named cluster, after a check that its brokers answer.
     *
     * @throws UsageException if no cluster is named or the file of client properties cannot be read
     */
    public KafkaSettings kafka() {
        if (bootstrapServer == null) {
            throw new UsageException(
                    "no cluster is given; name one with --bootstrap-server and --schema-registry, or start"
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
