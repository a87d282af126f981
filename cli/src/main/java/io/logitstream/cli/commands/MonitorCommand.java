package io.logitstream.cli.commands;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.metrics.ClusterMeters;
import io.logitstream.pipeline.metrics.ClusterSurvey;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.micrometer.core.instrument.Metrics;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "monitor",
        mixinStandardHelpOptions = true,
        description = {
            "Serves metrics of the cluster for Prometheus until stopped: brokers, their disks,"
                    + " replicas, lag of groups.",
            "Needs metrics.port. A client with the rights to describe the cluster, topics and groups is enough."
        })
public final class MonitorCommand implements Callable<Integer> {
    @Mixin
    private ClusterConfigOptions common;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "time between two queries of the cluster, ${DEFAULT-VALUE} by default")
    private int interval;

    @Override
    @SuppressWarnings("try") // The server only has to be open.
    public Integer call() throws InterruptedException {
        LogitstreamConfig config = common.load();
        if (config.metrics().port() == null) {
            throw new UsageException("monitor needs a port to serve metrics on; give one with --set metrics.port=9400");
        }
        if (interval < 1) {
            throw new UsageException("--interval " + interval + " must be at least 1 second");
        }
        try (ClusterSurvey survey = new ClusterSurvey(common.kafka());
                MetricsServer server = MetricsServer.start(config.metrics())) {
            ClusterMeters meters = new ClusterMeters(Metrics.globalRegistry, survey);
            boolean known = true;
            while (!Thread.currentThread().isInterrupted()) {
                known = update(meters, known);
                TimeUnit.SECONDS.sleep(interval);
            }
        }
        return 0;
    }

    private static boolean update(ClusterMeters meters, boolean known) {
        try {
            meters.update();
            return true;
        } catch (LogitstreamException e) {
            if (known) {
                System.err.println("logitstream: " + e.getMessage() + "; retrying until the brokers answer");
            }
            return false;
        }
    }
}
