package io.logitstream.cli.commands;

import io.logitstream.cli.options.CommandSettings;
import io.logitstream.cli.options.ConfigOptions;
import io.logitstream.cli.options.Setting;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a Kafka broker and a schema registry on loopback until stopped.",
            "Keeps their data in --out, which may be the output folder of an earlier distill."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class ClusterCommand implements Callable<Integer>, CommandSettings {
    @Mixin
    private ConfigOptions common;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "results",
            description = "folder of the data, ${DEFAULT-VALUE} by default")
    private Path out;

    @Setting("cluster.brokerPort")
    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "port of the broker, 0 for any free one. Default: 9092")
    private Integer port;

    @Setting("cluster.registryPort")
    @Option(
            names = "--registry-port",
            paramLabel = "PORT",
            description = "port of the registry, 0 for any free one. Default: 8081")
    private Integer registryPort;

    /** The ports that clients expect; distill, which shares the keys, takes any free ones. */
    @Override
    public SettingValues ownDefaults() {
        return new SettingValues().with("cluster.brokerPort", 9092).with("cluster.registryPort", 8081);
    }

    @Override
    public Integer call() throws InterruptedException {
        LogitstreamConfig config = common.load();
        EmbeddedCluster cluster = EmbeddedCluster.start(out, config.cluster());
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "cluster-shutdown"));
        System.out.printf(
                "cluster is up: --bootstrap-server %s --schema-registry %s%n",
                cluster.bootstrapServers(), cluster.schemaRegistry());
        new CountDownLatch(1).await();
        return 0;
    }
}
