package io.logitstream.cli;

import io.logitstream.cli.embedded.EmbeddedCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "cluster", mixinStandardHelpOptions = true, description = {
    "Runs a Kafka broker and a schema registry on loopback until stopped.",
    "Their data are kept under --out and can be those of an earlier distill."})
final class ClusterCommand implements Callable<Integer> {
  @Mixin
  private CommonOptions common;

  @Option(names = "--out", paramLabel = "DIR", defaultValue = "results",
      description = "folder of the data, ${DEFAULT-VALUE} by default")
  private Path out;

  @Option(names = "--port", paramLabel = "PORT", defaultValue = "9092",
      description = "port of the broker, ${DEFAULT-VALUE} by default")
  private int port;

  @Option(names = "--registry-port", paramLabel = "PORT", defaultValue = "8081",
      description = "port of the registry, ${DEFAULT-VALUE} by default")
  private int registryPort;

  @Override
  public Integer call() throws InterruptedException {
    List<String> flags = new ArrayList<>();
    Flags.add(flags, "cluster.brokerPort", port);
    Flags.add(flags, "cluster.registryPort", registryPort);
    LogitstreamConfig config = common.load(flags);
    EmbeddedCluster cluster = EmbeddedCluster.start(out, config.cluster());
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "cluster-shutdown"));
    System.out.printf("cluster is up: --bootstrap-server %s --schema-registry %s%n", cluster.bootstrapServers(),
        cluster.schemaRegistry());
    new CountDownLatch(1).await();
    return 0;
  }
}
