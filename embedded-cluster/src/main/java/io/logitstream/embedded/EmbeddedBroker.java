package io.logitstream.embedded;

import io.logitstream.embedded.registry.LoopbackSockets;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server$;
import kafka.server.SharedServer;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker within this process, which is also its own KRaft controller. It listens on 127.0.0.1 only. Its data
 * stay in a folder and are found again by the next start, even after the process was killed.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final long CLOSE_LIMIT_MS = 10_000;

    private final FolderLock lock;
    private final LoopbackSockets sockets;
    private final StartupFaultHandler faults = new StartupFaultHandler();
    private final int port;
    private final Metrics metrics;
    private final ControllerServer controller;
    private final BrokerServer broker;
    private Thread stopper;

    private EmbeddedBroker(FolderLock lock, LoopbackSockets sockets, Path folder, int port, int maxRecordBytes) {
        this.lock = lock;
        this.sockets = sockets;
        this.port = sockets.bind(BrokerProperties.BROKER_LISTENER, port);
        int controllerPort = sockets.bind(BrokerProperties.CONTROLLER_LISTENER, 0);
        LogFolder logs = LogFolder.open(folder);
        KafkaConfig config =
                new KafkaConfig(BrokerProperties.of(folder, this.port, controllerPort, maxRecordBytes), false);
        String clusterId = logs.identity().clusterId().orElseThrow();
        metrics = Server$.MODULE$.initializeMetrics(config, Time.SYSTEM, clusterId);
        Map<Integer, InetSocketAddress> voters =
                Map.of(BrokerProperties.NODE_ID, LoopbackSockets.address(controllerPort));
        SharedServer shared = new SharedServer(
                config,
                logs.identity(),
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(voters),
                List.of(),
                faults,
                sockets);
        controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), logs.bootstrap());
        broker = new BrokerServer(shared);
    }

    /**
     * Starts a broker and waits until it serves clients. This takes a few seconds, and longer if it must recover data
     * that were not flushed before a crash.
     *
     * @param folder folder of the data; created if it is missing
     * @param port port on 127.0.0.1; 0 stands for any free port
     * @param maxRecordBytes largest record, in bytes, of topics that set no limit of their own
     * @throws UsageException if the folder's path contains a comma, which Kafka reads as a separator
     * @throws LogitstreamException if the port or the folder is in use, or the data cannot be read
     */
    public static EmbeddedBroker start(Path folder, int port, int maxRecordBytes) {
        Path absolute = folder.toAbsolutePath().normalize();
        if (absolute.toString().contains(",")) {
            throw new UsageException("Kafka cannot keep data in " + absolute
                    + ", because its path contains a comma; choose another folder");
        }
        FolderLock lock = FolderLock.acquire(absolute);
        LoopbackSockets sockets = new LoopbackSockets();
        EmbeddedBroker embedded;
        try {
            embedded = new EmbeddedBroker(lock, sockets, absolute, port, maxRecordBytes);
        } catch (RuntimeException | Error e) {
            sockets.close();
            lock.close();
            throw e;
        }
        try {
            // The broker registers with the controller, so the controller starts first.
            embedded.controller.startup();
            embedded.broker.startup();
            embedded.faults.started();
            return embedded;
        } catch (RuntimeException | Error e) {
            embedded.close();
            Throwable cause = embedded.faults.first().orElse(e);
            throw new LogitstreamException(
                    "the embedded broker with its data in " + absolute + " does not start: " + FailureText.of(cause)
                            + "; the log gives details",
                    cause);
        }
    }

    /** Address for clients as host:port. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Stops the broker; gives up after 10 s. May be called more than once, and waits again if it has not stopped. */
    @Override
    public synchronized void close() {
        if (stopper == null) {
            stopper = new Thread(this::stop, "embedded-broker-stop");
            stopper.setDaemon(true);
            stopper.start();
        }
        try {
            stopper.join(CLOSE_LIMIT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (stopper.isAlive()) {
            // The folder stays locked, because threads that are still running may write to it.
            LOG.warn(
                    "the embedded broker did not stop within {} s; the next start recovers its data",
                    CLOSE_LIMIT_MS / 1000);
        }
    }

    private void stop() {
        try {
            // The broker needs the controller for an orderly shutdown, so the controller stops last.
            broker.shutdown();
            controller.shutdown();
            broker.awaitShutdown();
            controller.awaitShutdown();
        } catch (RuntimeException e) {
            LOG.warn("the embedded broker did not stop cleanly; the next start recovers its data", e);
        } finally {
            metrics.close();
            sockets.close();
            lock.close();
        }
    }
}
