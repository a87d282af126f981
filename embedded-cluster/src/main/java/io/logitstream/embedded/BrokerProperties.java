package io.logitstream.embedded;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The configuration of a broker that is its own controller, serves a few clients on this machine, and stays
 * small.
 */
final class BrokerProperties {

    static final int NODE_ID = 1;
    static final String BROKER_LISTENER = "BROKER";
    static final String CONTROLLER_LISTENER = "CONTROLLER";

    private static final int MIB = 1024 * 1024;
    /** What has not been flushed is read again after a crash, so segments are smaller than Kafka's 1 GiB. */
    private static final int SEGMENT_BYTES = 128 * MIB;

    private static final int MIN_REQUEST_BYTES = 100 * MIB;
    private static final int MAX_REQUEST_BYTES = Integer.MAX_VALUE - MIB;

    private BrokerProperties() {}

    static Map<String, String> of(Path folder, int brokerPort, int controllerPort, int maxRecordBytes) {
        Map<String, String> properties = new HashMap<>();
        identity(properties, folder, brokerPort, controllerPort);
        threads(properties);
        coordinators(properties);
        logs(properties, maxRecordBytes);
        return properties;
    }

    private static void identity(Map<String, String> properties, Path folder, int brokerPort, int controllerPort) {
        String broker = BROKER_LISTENER + "://127.0.0.1:" + brokerPort;
        String controller = CONTROLLER_LISTENER + "://127.0.0.1:" + controllerPort;
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", Integer.toString(NODE_ID));
        properties.put("listeners", broker + "," + controller);
        properties.put("advertised.listeners", broker + "," + controller);
        properties.put(
                "listener.security.protocol.map", BROKER_LISTENER + ":PLAINTEXT," + CONTROLLER_LISTENER + ":PLAINTEXT");
        properties.put("inter.broker.listener.name", BROKER_LISTENER);
        properties.put("controller.listener.names", CONTROLLER_LISTENER);
        // Only the node id of a static voter is kept in the log folder, so that the port may change at each
        // start.
        properties.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        properties.put("log.dirs", folder.toString());
        properties.put("auto.create.topics.enable", "false");
        // After a crash the controller holds the broker's place for this long before it lets the new start in. A
        // broker that the machine starves for longer is taken for dead, and its clients try again until it is
        // back.
        properties.put("broker.session.timeout.ms", "5000");
        properties.put("broker.heartbeat.interval.ms", "1000");
    }

    private static void threads(Map<String, String> properties) {
        properties.put("num.network.threads", "1");
        properties.put("num.io.threads", "2");
        properties.put("background.threads", "2");
        properties.put("num.recovery.threads.per.data.dir", "1");
        properties.put("group.coordinator.threads", "1");
        properties.put("share.coordinator.threads", "1");
    }

    private static void coordinators(Map<String, String> properties) {
        properties.put("default.replication.factor", "1");
        properties.put("min.insync.replicas", "1");
        properties.put("offsets.topic.replication.factor", "1");
        properties.put("offsets.topic.num.partitions", "4");
        // Offsets belong to the output folder: a run that is continued after a long time must find them.
        properties.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE));
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("transaction.state.log.num.partitions", "4");
        properties.put("transaction.max.timeout.ms", Integer.toString(24 * 60 * 60 * 1000));
        // How often it looks for transactions that their time-out has ended. Until it does, what a killed client has
        // left
        // open holds up all readers behind it; Kafka's own 10 s would nearly double the wait.
        properties.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("group.min.session.timeout.ms", "1000");
    }

    private static void logs(Map<String, String> properties, int maxRecordBytes) {
        properties.put("log.retention.ms", "-1");
        properties.put("message.max.bytes", Integer.toString(maxRecordBytes));
        properties.put(
                "socket.request.max.bytes",
                Long.toString(Math.min(MAX_REQUEST_BYTES, Math.max(MIN_REQUEST_BYTES, 2L * maxRecordBytes))));
        properties.put(
                "log.segment.bytes",
                Long.toString(Math.min(Integer.MAX_VALUE, Math.max(SEGMENT_BYTES, 2L * maxRecordBytes))));
        properties.put("log.index.size.max.bytes", Integer.toString(MIB));
        properties.put("log.cleaner.threads", "1");
        // The least that Kafka takes, per cleaner thread; it is allocated at start.
        properties.put("log.cleaner.dedupe.buffer.size", Integer.toString(MIB + 1));
        // Without it the controller writes a record every 500 ms, for ever, to say that nothing happened.
        properties.put("metadata.max.idle.interval.ms", "0");
        properties.put("metadata.log.segment.bytes", Integer.toString(8 * MIB));
    }
}
