package io.logitstream.cli.testing;

import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** An embedded cluster shared by all test classes that take it as a parameter; each uses topics of its own. */
public final class SharedCluster implements ParameterResolver {
    /** Addresses of the cluster, and command lines with them. */
    public static final class Cluster implements AutoCloseable {
        private final Path folder;
        private final EmbeddedCluster embedded;

        private Cluster(Path folder) {
            this.folder = folder;
            embedded = EmbeddedCluster.start(folder, EmbeddedSettings.defaults());
        }

        public KafkaSettings kafka() {
            return new KafkaSettings(embedded.bootstrapServers(), embedded.schemaRegistry(), Map.of());
        }

        /** A command line with the cluster's addresses. */
        public String[] on(String... command) {
            List<String> arguments = new ArrayList<>(List.of(command));
            arguments.addAll(List.of(
                    "--bootstrap-server", embedded.bootstrapServers(), "--schema-registry", embedded.schemaRegistry()));
            return arguments.toArray(String[]::new);
        }

        @Override
        public void close() throws IOException {
            embedded.close();
            PathUtils.deleteDirectory(folder);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Cluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedCluster.class))
                .getOrComputeIfAbsent(Cluster.class, key -> start(), Cluster.class);
    }

    private static Cluster start() {
        try {
            return new Cluster(Files.createTempDirectory("logitstream-cluster-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
