package io.logitstream.teacher.resume;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.config.ResumeOptions;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.resume.OffsetAlignment.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;

/**
 * Sets the offsets of a teacher stream's consumer group before the stream starts, so that it continues behind its
 * logits topic. An instance that joins running instances leaves the offsets as they are.
 */
public final class ResumeOffsets {
    /**
     * Identities of the topics when the stream starts.
     *
     * @param tokens the tokens topic
     * @param logits the logits topic
     */
    public record TopicsAtStart(TopicIdentity tokens, TopicIdentity logits) {}

    private static final long PAUSE_MS = 200;

    private final KafkaSettings kafka;
    private final StreamTopics topics;
    private final String group;
    private final int maxRecordBytes;
    private final SchemaRegistryClient registry;
    private final ResumeOptions options;

    /**
     * @param kafka the cluster
     * @param topics topics, which must exist
     * @param group consumer group of the stream
     * @param maxRecordBytes largest record of the topics, in bytes
     * @param registry schema registry, closed by its owner
     * @param options losses and repetitions that the user accepts
     */
    public ResumeOffsets(
            KafkaSettings kafka,
            StreamTopics topics,
            String group,
            int maxRecordBytes,
            SchemaRegistryClient registry,
            ResumeOptions options) {
        this.kafka = kafka;
        this.topics = topics;
        this.group = group;
        this.maxRecordBytes = maxRecordBytes;
        this.registry = registry;
        this.options = options;
    }

    /**
     * Finds the offsets at which the stream continues, and sets the group's offsets if they differ.
     *
     * @param patience time after which a dead instance has left the group and its transaction was aborted
     * @param confirmed receives the parts of the setup that the last records confirm
     * @param fitting tests whether a batch was encoded with the teacher's tokenizer
     * @param teacher teacher of the stream
     * @return identities of the topics
     * @throws LogitstreamException when the stream cannot continue
     */
    public TopicsAtStart prepare(
            Duration patience, ConfirmedSetup confirmed, Predicate<TokenBatch> fitting, Teacher teacher) {
        try (Admin admin = Admin.create(kafka.admin());
                TopicEnd logitsEnd = new TopicEnd(kafka, topics.logits(), maxRecordBytes);
                TopicEnd tokensEnd = new TopicEnd(kafka, topics.tokens(), maxRecordBytes)) {
            TopicsAtStart start = new TopicsAtStart(
                    TopicIdentity.of(admin, topics.tokens()), TopicIdentity.of(admin, topics.logits()));
            if (start.tokens.partitions() != start.logits.partitions()) {
                throw new LogitstreamException(
                        "topic " + topics.tokens() + " has " + start.tokens.partitions() + " partitions, but"
                                + " topic " + topics.logits() + " has " + start.logits.partitions()
                                + ": partitions were added to one of them; use another logits topic (--set topics.logits=NAME),"
                                + " and publish the corpus again to another tokens topic if that one was changed");
            }
            new TokensTopicCheck(tokensEnd::tail, new AvroDeserializer<>(registry, TokenBatch.class), confirmed)
                    .run(start.tokens.partitions());
            GroupOffsets offsets = new GroupOffsets(admin, group, start.tokens);
            Snapshot snapshot = new OffsetAlignment(
                            offsets,
                            new AbandonedTransactions(
                                    new LogitsTransactions(admin, start.logits),
                                    offsets::hasMembers,
                                    group,
                                    System::nanoTime),
                            late -> snapshot(offsets, start, logitsEnd, late),
                            this::requireNoRetry,
                            topics.logits(),
                            System::nanoTime,
                            ResumeOffsets::pause)
                    .run(patience.toNanos());
            confirm(snapshot.lasts().values(), confirmed, fitting, teacher);
            return start;
        }
    }

    // The resume offsets alone do not confirm the tokenizer: the topic may continue with a corpus of another tokenizer.
    static void confirm(
            Iterable<LastLogitsRecord> lasts,
            ConfirmedSetup confirmed,
            Predicate<TokenBatch> fitting,
            Teacher teacher) {
        for (LastLogitsRecord last : lasts) {
            if (last != null) {
                confirmed.confirmTopic();
                if (last.batch() != null && fitting.test(last.batch())) {
                    confirmed.confirmTokenizer();
                }
                if (isBy(teacher, last)) {
                    confirmed.confirmTeacher();
                }
            }
        }
    }

    private static boolean isBy(Teacher teacher, LastLogitsRecord last) {
        return last.teacher() != null
                && last.teacher().getId().equals(teacher.getId())
                && last.teacher().getWeightsHash().equals(teacher.getWeightsHash());
    }

    // Other instances of the stream are running, and have set the offsets at their start.
    private void requireNoRetry() {
        if (options.retryDeadLetters()) {
            throw new LogitstreamException(
                    "group " + group + " has other running instances, so that dead letters cannot be taught"
                            + " again; stop them, and start with --retry-dead-letters again");
        }
    }

    private Snapshot snapshot(GroupOffsets offsets, TopicsAtStart start, TopicEnd logitsEnd, boolean late) {
        GroupOffsets.Committed known = offsets.committed();
        Map<Integer, Long> committed = known.pending().isEmpty() ? known.committed() : offsets.committedBefore();
        Map<Integer, Long> tokensBegins =
                offsets.topicOffsets(start.tokens, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
        Map<Integer, Long> logitsBegins =
                offsets.topicOffsets(start.logits, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
        // Committed offsets are visible shortly before the records of their transaction, or until an open transaction
        // ends.
        boolean settled = offsets.isSettled(start.logits);
        Map<Integer, LastLogitsRecord> lasts = new HashMap<>();
        Map<Integer, TokenBatch> lastBatches = new HashMap<>();
        for (int partition = 0; partition < start.logits.partitions(); partition++) {
            LastLogitsRecord last = LastLogitsRecord.find(logitsEnd, partition, registry);
            lasts.put(partition, last);
            lastBatches.put(partition, last == null ? null : last.batch());
        }
        // Read after the logits: running instances may write in between, and the logits must not be ahead of the
        // tokens.
        Map<Integer, Long> tokensEnds =
                offsets.topicOffsets(start.tokens, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
        // Where logits have expired, only the group's offset tells where the stream has been.
        Set<Integer> doubtful = known.pending().stream()
                .filter(partition -> lasts.get(partition) == null && logitsBegins.get(partition) > 0)
                .collect(Collectors.toSet());
        Map<Integer, Long> next = new HashMap<>();
        List<String> notes = new ArrayList<>();
        try (KafkaTopicLookup evidence = new KafkaTopicLookup(
                kafka, start.tokens, topics.deadLetters(), maxRecordBytes, registry, lastBatches)) {
            ResumeRule rule = new ResumeRule(start.tokens, topics.logits(), group, options, evidence);
            for (int partition = 0; partition < start.tokens.partitions(); partition++) {
                ResumeRule.Decision decision = rule.decide(new PartitionState(
                        partition,
                        tokensBegins.get(partition),
                        tokensEnds.get(partition),
                        committed.get(partition),
                        logitsBegins.get(partition),
                        lasts.get(partition) == null
                                ? null
                                : lasts.get(partition).last()));
                next.put(partition, decision.offset());
                if (decision.note() != null) {
                    notes.add(decision.note());
                }
                if (known.pending().contains(partition)) {
                    notes.add(removed(partition, decision.offset(), doubtful.contains(partition)));
                }
            }
        } catch (LogitstreamException e) {
            if (settled && known.pending().isEmpty()) {
                throw e;
            }
            if (settled && late) {
                throw new LogitstreamException(
                        e.getMessage() + " (the group's offsets of partitions " + known.pending()
                                + " are pending: their transaction has not ended)",
                        e);
            }
            return new Snapshot(Map.of(), known.committed(), known.pending(), known.pending(), List.of(), false, lasts);
        }
        return new Snapshot(next, known.committed(), known.pending(), doubtful, notes, settled, lasts);
    }

    private String removed(int partition, long next, boolean doubtful) {
        return "the offset of group " + group + " for topic " + topics.tokens() + ", partition " + partition
                + ", stayed pending although its transaction has ended, and was removed: the stream continues at offset "
                + next
                + (doubtful
                        ? ", the group's offset before; the logits there have expired, so that batches may be taught"
                                + " again"
                        : "");
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while the stream was started", e);
        }
    }
}
