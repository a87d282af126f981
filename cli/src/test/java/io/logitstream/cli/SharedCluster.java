package io.logitstream.cli;

import io.logitstream.cli.embedded.EmbeddedCluster;
import io.logitstream.cli.embedded.EmbeddedSettings;
import io.logitstream.schemas.KafkaSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One embedded cluster for all test classes that ask for it as a parameter; they use topics of their own. */
final class SharedCluster implements ParameterResolver {
  /** The cluster's addresses, and command lines with them. */
  static final class Cluster implements AutoCloseable {
    private final EmbeddedCluster embedded;

    private Cluster(EmbeddedCluster embedded) {
      this.embedded = embedded;
    }

    KafkaSettings kafka() {
      return new KafkaSettings(embedded.bootstrapServers(), embedded.schemaRegistry(), Map.of());
    }

    /** A command with the cluster's addresses added. */
    String[] on(String... command) {
      List<String> arguments = new ArrayList<>(List.of(command));
      arguments.addAll(List.of("--bootstrap-server", embedded.bootstrapServers(), "--schema-registry",
          embedded.schemaRegistry()));
      return arguments.toArray(String[]::new);
    }

    @Override
    public void close() {
      embedded.close();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context.getRoot().getStore(ExtensionContext.Namespace.create(SharedCluster.class))
        .getOrComputeIfAbsent(Cluster.class, key -> start(), Cluster.class);
  }

  private static Cluster start() {
    try {
      Path folder = Files.createTempDirectory(Files.createDirectories(Repository.root().resolve("cli/target")), "cluster-");
      return new Cluster(EmbeddedCluster.start(folder, EmbeddedSettings.defaults()));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
