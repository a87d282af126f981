package io.logitstream.cli.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/**
 * A cluster of KRaft brokers as processes, each its own controller too. Each client has a listener of its own on each
 * broker, behind a link of its own, so that any client can be cut off from any broker.
 */
final class Brokers implements AutoCloseable {
    /** Those that are sent no faults reach the brokers here without a link. */
    static final String DIRECT = "DIRECT";

    private static final String INTERNAL = "INTERNAL";
    private static final String CONTROLLER = "CONTROLLER";

    /** One broker. */
    static final class Broker extends Part {
        private final Map<String, Integer> ports = new TreeMap<>();
        private final Map<String, Link> links = new TreeMap<>();

        Broker(int id, Path logs, Path config) {
            super("broker-" + id, logs, "320m", List.of("kafka.Kafka", config.toString()));
        }

        /** All that leads to it from others. */
        List<Link> links() {
            return List.copyOf(links.values());
        }

        private int advertised(String listener) {
            return links.containsKey(listener) ? links.get(listener).port() : ports.get(listener);
        }
    }

    private final List<Broker> brokers;

    private Brokers(List<Broker> brokers) {
        this.brokers = brokers;
    }

    /**
     * Formats the folders of the brokers and starts them.
     *
     * @param count brokers; each partition is on up to three of them, and on all but one before it counts as written
     * @param clients names of the clients, in capitals
     * @param settings settings of the brokers besides, which win
     */
    static Brokers start(Path folder, int count, List<String> clients, Map<String, String> settings)
            throws IOException {
        List<Broker> brokers = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            Broker broker = new Broker(id, folder.resolve("logs"), folder.resolve("broker-" + id + ".properties"));
            for (String listener : listeners(clients)) {
                broker.ports.put(listener, Ports.free());
                if (!listener.equals(DIRECT)) {
                    broker.links.put(listener, new Link(broker.ports.get(listener)));
                }
            }
            brokers.add(broker);
        }
        String clusterId = Uuid.randomUuid().toString();
        String voters = IntStream.range(0, count)
                .mapToObj(i -> i + 1 + "@127.0.0.1:" + brokers.get(i).advertised(CONTROLLER))
                .collect(Collectors.joining(","));
        for (int i = 0; i < count; i++) {
            Path config = folder.resolve("broker-" + (i + 1) + ".properties");
            Map<String, String> properties = properties(folder, i + 1, count, brokers.get(i), clients, voters);
            properties.putAll(settings);
            Files.write(
                    config,
                    properties.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue())
                            .toList());
            format(clusterId, config);
        }
        Brokers cluster = new Brokers(brokers);
        try {
            for (Broker broker : brokers) {
                broker.start();
            }
            return cluster;
        } catch (IOException e) {
            cluster.close();
            throw e;
        }
    }

    private static void format(String clusterId, Path config) {
        int code = StorageTool.execute(
                new String[] {"format", "-t", clusterId, "-c", config.toString()},
                new java.io.PrintStream(java.io.OutputStream.nullOutputStream()));
        if (code != 0) {
            throw new IllegalStateException("the folder of " + config + " cannot be formatted");
        }
    }

    private static List<String> listeners(List<String> clients) {
        List<String> all = new ArrayList<>(List.of(INTERNAL, CONTROLLER, DIRECT));
        all.addAll(clients);
        return all;
    }

    private static Map<String, String> properties(
            Path folder, int id, int count, Broker broker, List<String> clients, String voters) {
        List<String> listeners = listeners(clients);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", Integer.toString(id));
        properties.put(
                "listeners",
                listeners.stream()
                        .map(name -> name + "://127.0.0.1:" + broker.ports.get(name))
                        .collect(Collectors.joining(",")));
        properties.put(
                "advertised.listeners",
                listeners.stream()
                        .map(name -> name + "://127.0.0.1:" + broker.advertised(name))
                        .collect(Collectors.joining(",")));
        properties.put(
                "listener.security.protocol.map",
                listeners.stream().map(name -> name + ":PLAINTEXT").collect(Collectors.joining(",")));
        properties.put("inter.broker.listener.name", INTERNAL);
        properties.put("controller.listener.names", CONTROLLER);
        properties.put("controller.quorum.voters", voters);
        properties.put("log.dirs", folder.resolve("broker-" + id).toString());
        String replicas = Integer.toString(Math.min(3, count));
        String inSync = Integer.toString(Math.max(1, Math.min(3, count) - 1));
        properties.put("default.replication.factor", replicas);
        properties.put("min.insync.replicas", inSync);
        properties.put("offsets.topic.replication.factor", replicas);
        properties.put("transaction.state.log.replication.factor", replicas);
        properties.put("transaction.state.log.min.isr", inSync);
        properties.put("auto.create.topics.enable", "false");
        // Few partitions of Kafka's own and few threads: there are many processes on few cores.
        properties.put("offsets.topic.num.partitions", "3");
        properties.put("transaction.state.log.num.partitions", "3");
        properties.put("num.network.threads", "1");
        properties.put("num.io.threads", "2");
        properties.put("log.cleaner.enable", "false");
        properties.put("log.segment.bytes", Integer.toString(16 << 20));
        // Time-outs in proportion to faults of some seconds.
        properties.put("broker.session.timeout.ms", "6000");
        properties.put("broker.heartbeat.interval.ms", "1000");
        properties.put("replica.lag.time.max.ms", "6000");
        properties.put("group.min.session.timeout.ms", "1000");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        return properties;
    }

    List<Broker> all() {
        return brokers;
    }

    /** The addresses at which a client reaches all brokers. */
    String servers(String client) {
        return brokers.stream()
                .map(broker -> "127.0.0.1:" + broker.advertised(client))
                .collect(Collectors.joining(","));
    }

    /** The links from a client to the brokers. */
    List<Link> links(String client) {
        return brokers.stream().map(broker -> broker.links.get(client)).toList();
    }

    @Override
    public void close() throws IOException {
        brokers.forEach(Broker::kill);
        for (Broker broker : brokers) {
            for (Link link : broker.links()) {
                link.close();
            }
        }
    }
}
