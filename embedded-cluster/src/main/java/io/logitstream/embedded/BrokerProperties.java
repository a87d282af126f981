package io.logitstream.embedded;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Configuration of a broker that is its own controller and serves a few clients on this machine with little memory and
 * disk.
 */
final class BrokerProperties {

    static final int NODE_ID = 1;
    static final String BROKER_LISTENER = "BROKER";
    static final String CONTROLLER_LISTENER = "CONTROLLER";

    private static final int MIB = 1024 * 1024;
    /** Segment size, below Kafka's 1 GiB, because segments that were not flushed are read again after a crash. */
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
        // The log folder stores only the node id of a static voter, so the port may change at each start.
        properties.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        properties.put("log.dirs", folder.toString());
        properties.put("auto.create.topics.enable", "false");
        // After a crash the controller keeps the old broker session for this time before it admits the restarted
        // broker. A broker that gets no processor time for longer is considered dead, and its clients retry until it
        // returns.
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
        // Offsets are part of the output folder: a run that is resumed after a long time must find them.
        properties.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE));
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("transaction.state.log.num.partitions", "4");
        properties.put("transaction.max.timeout.ms", Integer.toString(24 * 60 * 60 * 1000));
        // Interval of the check for transactions that have timed out. Until such a check, the open transaction of a
        // killed client blocks all readers behind it. Kafka's default of 10 s would nearly double that time.
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
        // The smallest value that Kafka accepts per cleaner thread. The buffer is allocated at start.
        properties.put("log.cleaner.dedupe.buffer.size", Integer.toString(MIB + 1));
        // Otherwise the controller writes a no-op record every 500 ms.
        properties.put("metadata.max.idle.interval.ms", "0");
        properties.put("metadata.log.segment.bytes", Integer.toString(8 * MIB));
    }
}
