package io.logitstream.pipeline.status;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Positions of the stages of a running command: end offsets of topics and committed offsets of the teacher's groups.
 * Queried from the brokers when {@link #get} is called, at most once a second. Thread-safe.
 */
public final class PipelineStatus implements Supplier<List<StagePosition>>, AutoCloseable {
    /**
     * A position to watch.
     *
     * @param stage {@code produce} or {@code teach}
     * @param topic topic that is written to, or that the group reads
     * @param group consumer group; null to watch the end of the topic
     * @param complete whether the stage has finished
     */
    public record WatchedPosition(String stage, String topic, String group, BooleanSupplier complete) {
        private String name() {
            return group == null ? topic : group;
        }
    }

    private record Snapshot(long time, Map<String, Long> positions) {}

    private static final Logger LOG = LoggerFactory.getLogger(PipelineStatus.class);
    private static final long MIN_INTERVAL = TimeUnit.SECONDS.toNanos(1);
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(30);
    private static final double NANOS = 1e9;
    private static final Map<String, String> SHORT_TIMEOUTS = Map.of(
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            "4000",
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
            "3000");

    private final KafkaSettings kafka;
    private final List<WatchedPosition> watched;
    private final Deque<Snapshot> snapshots = new ArrayDeque<>();
    private Admin admin;
    private boolean closed;

    public PipelineStatus(KafkaSettings kafka, List<WatchedPosition> watched) {
        this.kafka = kafka;
        this.watched = watched;
    }

    /** The input topic of each watched group. */
    public Map<String, String> topicsOfGroups() {
        Map<String, String> topics = new HashMap<>();
        watched.stream()
                .filter(target -> target.group != null)
                .forEach(target -> topics.put(target.group, target.topic));
        return topics;
    }

    @Override
    public synchronized List<StagePosition> get() {
        if (!closed && (snapshots.isEmpty() || System.nanoTime() - snapshots.peekLast().time > MIN_INTERVAL)) {
            try {
                takeSnapshot();
            } catch (KafkaException | LogitstreamException e) {
                LOG.debug("the brokers could not be queried for the live page; the stages report the cause", e);
            }
        }
        return snapshots.isEmpty() ? List.of() : stages();
    }

    private void takeSnapshot() {
        if (admin == null) {
            Properties properties = kafka.admin();
            // Unreachable brokers must not delay the page or the end of the command.
            properties.putAll(SHORT_TIMEOUTS);
            admin = Admin.create(properties);
        }
        ClusterOffsets cluster = new ClusterOffsets(admin);
        Map<String, Long> positions = new HashMap<>();
        for (WatchedPosition target : watched) {
            positions.computeIfAbsent(target.topic, cluster::end);
            if (target.group != null) {
                positions.computeIfAbsent(target.group, group -> cluster.committed(group, target.topic));
            }
        }
        snapshots.add(new Snapshot(System.nanoTime(), positions));
        while (snapshots.size() > 2 && snapshots.peekLast().time - snapshots.peekFirst().time > WINDOW) {
            snapshots.removeFirst();
        }
    }

    private List<StagePosition> stages() {
        Snapshot first = snapshots.peekFirst();
        Snapshot last = snapshots.peekLast();
        List<StagePosition> stages = new ArrayList<>();
        for (WatchedPosition target : watched) {
            Long position = last.positions.get(target.name());
            if (position != null) {
                Long before = first.positions.get(target.name());
                Double rate = before == null || snapshots.size() == 1
                        ? null
                        : Double.valueOf((position - before) * NANOS / (last.time - first.time));
                stages.add(StagePosition.of(
                        target.stage,
                        target.name(),
                        position,
                        target.group == null ? null : last.positions.get(target.topic),
                        rate,
                        target.complete.getAsBoolean()));
            }
        }
        return stages;
    }

    /** Queries the brokers a last time if they were queried before, and closes the client. */
    @Override
    public synchronized void close() {
        if (admin != null && !closed) {
            get();
            admin.close();
        }
        closed = true;
    }
}
