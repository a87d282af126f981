package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.deadletters.DeadLetterTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;

/**
 * Coverage of a tokens topic by its logits topic: whether the stream has read the whole corpus, and whether the logits
 * topic has each of its batches. Not thread-safe.
 */
public final class CorpusCoverage implements AutoCloseable {
    /** Upper bound of the time after which a broker aborts the transaction of a dead instance. */
    private static final long SETTLE_NANOS = Duration.ofSeconds(60).toNanos();

    private static final long PAUSE_MS = 50;
    private static final int MAX_MESSAGE_LENGTH = 1_000;

    private final KafkaSettings kafka;
    private final StreamTopics topics;
    private final int maxRecordBytes;
    private final Runnable running;
    private final Admin admin;
    private final GroupOffsets offsets;
    private final TopicEnd tokensEnd;
    private final TopicEnd logitsEnd;
    private final CorpusCompletion ends;

    /**
     * @param kafka the cluster
     * @param topics topics, which must exist
     * @param group consumer group of the stream
     * @param maxRecordBytes largest record of the topics, in bytes
     * @param running called repeatedly while topics are read or awaited; its exceptions end that
     */
    public CorpusCoverage(
            KafkaSettings kafka, StreamTopics topics, String group, int maxRecordBytes, Runnable running) {
        this.kafka = kafka;
        this.topics = topics;
        this.maxRecordBytes = maxRecordBytes;
        this.running = running;
        this.admin = Admin.create(kafka.admin());
        this.tokensEnd = new TopicEnd(kafka, topics.tokens(), maxRecordBytes);
        this.offsets = new GroupOffsets(
                admin,
                group,
                new TopicIdentity(topics.tokens(), null, tokensEnd.partitions().size()));
        this.logitsEnd = new TopicEnd(kafka, topics.logits(), maxRecordBytes);
        this.ends = new CorpusCompletion(topics.tokens(), tokensEnd::tail, logitsEnd::tail, System::nanoTime);
    }

    /**
     * Whether the corpus has ended in each partition of the tokens topic and the stream has read it to the end.
     *
     * @throws LogitstreamException when a partition will not get an end marker
     */
    public boolean isOver() {
        return ends.isOver(tokensEnd.partitions(), () -> offsets.committed().committed());
    }

    /**
     * Requires that the logits topic has each batch of a corpus that is over.
     *
     * @return notes for the user, one line each, about dead letters that are not batches
     * @throws LogitstreamException with the number of missing batches and the cause of the first, or with the partition
     *     that does not end with the end of the corpus
     */
    public List<String> requireComplete() {
        running.run();
        TopicIdentity tokens = TopicIdentity.of(admin, topics.tokens());
        awaitSettled(topics.logits());
        awaitSettled(topics.deadLetters());
        MissingRecords missing = missing(tokens);
        MissingRecords.Group batches = missing.batches();
        if (batches.count() > 0) {
            throw new LogitstreamException(String.format(
                    "topic %s has no logits for %,d %s of topic %s, which %s; cause of the first: %s."
                            + " 'logitstream inspect --topic %s' lists all of them;"
                            + " docs/how-to/recover-after-faults.md says how to process them again",
                    topics.logits(),
                    batches.count(),
                    batches.count() == 1 ? "record" : "records",
                    topics.tokens(),
                    batches.count() == 1 ? "is a dead letter" : "are dead letters",
                    batches.first().message(),
                    topics.deadLetters()));
        }
        for (int partition : logitsEnd.partitions()) {
            ends.requireEnd(partition, tokens, topics.logits());
        }
        List<String> notes = new ArrayList<>();
        if (missing.foreign().count() > 0) {
            notes.add(note(
                    missing.foreign(),
                    "topic " + topics.tokens() + " holds ",
                    "foreign record",
                    " that no publisher wrote as a batch"));
        }
        if (missing.unclear().count() > 0) {
            notes.add(note(
                    missing.unclear(),
                    "topic " + topics.deadLetters() + " holds ",
                    "dead letter",
                    " of an older version that may be of an earlier topic " + topics.tokens()));
        }
        return notes;
    }

    private String note(MissingRecords.Group group, String where, String what, String which) {
        return String.format(
                "%s%,d %s%s%s; the first: %s. 'logitstream inspect --topic %s' lists all of them",
                where,
                group.count(),
                what,
                group.count() == 1 ? "" : "s",
                which,
                Printable.of(group.first().message(), MAX_MESSAGE_LENGTH),
                topics.deadLetters());
    }

    // Committed offsets are visible shortly before the records of their transaction.
    private void awaitSettled(String topic) {
        TopicIdentity identity = TopicIdentity.of(admin, topic);
        long deadline = System.nanoTime() + SETTLE_NANOS;
        while (!offsets.isSettled(identity) && System.nanoTime() < deadline) {
            running.run();
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LogitstreamException("interrupted while waiting for topic " + topic, e);
            }
        }
    }

    private MissingRecords missing(TopicIdentity tokens) {
        Map<Integer, Long> tokensEnds =
                offsets.topicOffsets(tokens, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
        try (SourceOffsetSearch search = new SourceOffsetSearch(kafka, topics.logits(), tokens, running)) {
            return MissingRecords.find(
                    tokens,
                    tokensEnds,
                    action -> DeadLetterTopic.read(kafka, topics.deadLetters(), maxRecordBytes, letter -> {
                        running.run();
                        action.accept(letter);
                    }),
                    search::firstSourceFrom);
        }
    }

    @Override
    public void close() {
        tokensEnd.close();
        logitsEnd.close();
        admin.close();
    }
}
