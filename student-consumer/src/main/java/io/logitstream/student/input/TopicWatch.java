package io.logitstream.student.input;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out during the reading that a topic was deleted and created again under its name, or that its partitions
 * changed. A consumer notices neither: it would continue at its offsets in other text, or wait forever.
 */
public final class TopicWatch implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String topic;
    private final Supplier<TopicIdentity> look;
    private final PartitionEnds ends;
    private final AutoCloseable client;
    private TopicIdentity first;
    private long looked;
    private CompletableFuture<TopicIdentity> pending;
    private boolean missing;

    private TopicWatch(String topic, Supplier<TopicIdentity> look, PartitionEnds ends, AutoCloseable client) {
        this.topic = topic;
        this.look = look;
        this.ends = ends;
        this.client = client;
    }

    /** A watch of a topic in a cluster. */
    public static TopicWatch of(KafkaSettings kafka, String topic) {
        Admin admin = Admin.create(kafka.admin());
        try {
            TopicWatch watch = new TopicWatch(
                    topic,
                    () -> TopicIdentity.of(admin, topic),
                    new PartitionEnds(kafka, admin, topic),
                    () -> admin.close(CLOSE_PATIENCE));
            watch.requireSame();
            return watch;
        } catch (RuntimeException e) {
            admin.close();
            throw e;
        }
    }

    /** A watch with a supplier of the topic's identity, which may return null. */
    public static TopicWatch of(String topic, Supplier<TopicIdentity> identities) {
        TopicWatch watch = new TopicWatch(topic, identities, null, () -> {});
        watch.requireSame();
        return watch;
    }

    /** Identity of the topic when it was first seen; null if unknown. */
    public TopicIdentity identity() {
        return first;
    }

    /**
     * Requires that stored offsets belong to this topic.
     *
     * @param earlier identity of the topic that was stored with them; null where none was
     */
    public void requireSameAs(TopicIdentity earlier) {
        if (first != null && earlier != null) {
            first.changeSince(earlier).ifPresent(change -> {
                throw new LogitstreamException(
                        change + ": the offsets of the checkpoint do not belong to it; train with a new"
                                + " output folder, or bring back the topic that the checkpoint was made from");
            });
        }
    }

    /** As {@link #requireSame}, every 5 s and without waiting: the answer of the cluster is checked by a later call. */
    public void requireSameSometimes() {
        if (pending == null && System.nanoTime() - looked >= PAUSE_NANOS) {
            looked = System.nanoTime();
            pending = CompletableFuture.supplyAsync(look, work -> {
                Thread thread = new Thread(work, "topic-watch");
                thread.setDaemon(true);
                thread.start();
            });
        } else if (pending != null && pending.isDone()) {
            CompletableFuture<TopicIdentity> answer = pending;
            pending = null;
            requireSame(answer::join);
        }
    }

    /**
     * Requires that the topic is the one that was first seen. A cluster that does not answer is no reason to fail, and
     * neither is the first answer that the topic does not exist: the metadata of one broker may be behind.
     *
     * @throws LogitstreamException naming the change, or the missing permission
     */
    public void requireSame() {
        looked = System.nanoTime();
        requireSame(look);
    }

    private void requireSame(Supplier<TopicIdentity> answer) {
        TopicIdentity now;
        try {
            now = answer.get();
        } catch (LogitstreamException | CompletionException e) {
            requirePassing(e);
            return;
        }
        missing = false;
        if (first == null) {
            first = now;
        } else if (now != null) {
            now.changeSince(first).ifPresent(change -> {
                throw new LogitstreamException(
                        change + ", while it was read: the batches so far come from the earlier topic; the last"
                                + " checkpoint stays, but does not fit the new topic: train with a new output folder");
            });
        }
    }

    private void requirePassing(RuntimeException failure) {
        boolean unknown = isCausedBy(failure, UnknownTopicOrPartitionException.class);
        if (unknown && missing && first != null) {
            throw new LogitstreamException(
                    "topic " + topic + " was deleted while it was read; the last checkpoint stays, and"
                            + " training continues from it only with a topic of the same records at the same offsets",
                    failure);
        }
        missing = unknown;
        if (isCausedBy(failure, AuthorizationException.class)
                || first == null && (unknown || !isCausedBy(failure, RetriableException.class))) {
            throw failure instanceof CompletionException && failure.getCause() instanceof LogitstreamException cause
                    ? cause
                    : failure;
        }
        LOG.debug("the state of topic {} cannot be read", topic, failure);
    }

    private static boolean isCausedBy(Throwable failure, Class<?> kind) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).anyMatch(kind::isInstance);
    }

    /**
     * Whether a partition has never been written to, while every other one that was written to ends with an
     * end-of-corpus marker; false if unknown.
     */
    public boolean isLeftOut(int partition) {
        if (ends == null || ends.isWritten(partition)) {
            return false;
        }
        try (TopicEnd end = ends.open()) {
            boolean any = false;
            for (int other : end.partitions()) {
                if (end.marker(other) != null) {
                    any = true;
                } else if (ends.isWritten(other)) {
                    return false;
                }
            }
            return any;
        } catch (RetriableException e) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (Exception e) {
            throw new LogitstreamException(
                    "topic " + topic + ": the client that watches it cannot be closed: " + FailureText.of(e), e);
        }
    }
}
