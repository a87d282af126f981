package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks every second whether the topics of a running stream were deleted and created again, or got more partitions.
 * Kafka's clients do not notice: they continue at their old offsets in the new topic, and read no added partition.
 */
public final class TopicChangeDetector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicChangeDetector.class);
    private static final long PAUSE_MS = 1_000;
    private static final long JOIN_MS = 10_000;

    private final KafkaSettings kafka;
    private final List<TopicIdentity> topics;
    private final Consumer<LogitstreamException> changed;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::watch, "topic-changes");

    /**
     * Starts the detector's thread.
     *
     * @param kafka the cluster
     * @param start topics when the stream was started
     * @param changed receives the first change, on the detector's thread
     */
    public TopicChangeDetector(
            KafkaSettings kafka, ResumeOffsets.TopicsAtStart start, Consumer<LogitstreamException> changed) {
        this.kafka = kafka;
        this.topics = List.of(start.tokens(), start.logits());
        this.changed = changed;
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        try (Admin admin = Admin.create(kafka.admin())) {
            while (!closed.await(PAUSE_MS, TimeUnit.MILLISECONDS)) {
                for (TopicIdentity topic : topics) {
                    Optional<String> change = change(admin, topic);
                    if (change.isPresent()) {
                        changed.accept(new LogitstreamException(change.get()
                                + ", while the teacher stream was running; start it again to see how it can continue"));
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Unreachable brokers and a missing topic are reported by the stream's clients.
    private static Optional<String> change(Admin admin, TopicIdentity topic) {
        try {
            return TopicIdentity.of(admin, topic.name()).changeSince(topic);
        } catch (LogitstreamException e) {
            LOG.debug("topic {} cannot be described", topic.name(), e);
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            if (Thread.currentThread() != thread) {
                thread.join(JOIN_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
