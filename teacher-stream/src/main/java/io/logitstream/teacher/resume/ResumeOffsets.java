package io.logitstream.teacher.resume;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.config.ResumeOptions;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.input.ConfirmedSetup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the consumer group of a teacher stream to where it goes on, before the stream is started. An instance that joins
 * others finds all as it should be.
 */
public final class ResumeOffsets {
    /**
     * Identities of the topics when the stream starts.
     *
     * @param tokens the tokens topic
     * @param logits the logits topic
     */
    public record TopicsAtStart(TopicIdentity tokens, TopicIdentity logits) {}

    /** What one look at the topics and the group gives. */
    private record Look(
            Map<Integer, Long> offsets,
            Map<Integer, Long> committed,
            List<String> notes,
            boolean settled,
            Map<Integer, LastLogitsRecord> lasts) {
        private boolean agrees() {
            return offsets.equals(committed);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(ResumeOffsets.class);
    private static final long PAUSE_MS = 200;

    private final KafkaSettings kafka;
    private final StreamTopics topics;
    private final String group;
    private final int maxRecordBytes;
    private final SchemaRegistryClient registry;
    private final ResumeOptions options;

    /**
     * @param kafka the cluster
     * @param topics topics, which exist
     * @param group consumer group of the stream
     * @param maxRecordBytes largest record of the topics
     * @param registry shared, closed by its owner
     * @param options what the user allows
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
     * Finds where the stream goes on, and sets the group's offsets where they say something else.
     *
     * @param patience after which a dead instance has left the group and its transaction is over
     * @param proofs learns whether the registry knows the topic's schema, and what has been taught before
     * @param fitting whether a batch was made with the teacher's tokenizer
     * @throws LogitstreamException one line, when the stream cannot go on
     */
    public TopicsAtStart prepare(Duration patience, ConfirmedSetup proofs, Predicate<TokenBatch> fitting) {
        try (Admin admin = Admin.create(kafka.admin());
                TopicEnd logitsEnd = new TopicEnd(kafka, topics.logits(), maxRecordBytes);
                TopicEnd tokensEnd = new TopicEnd(kafka, topics.tokens(), maxRecordBytes)) {
            TopicsAtStart start = new TopicsAtStart(
                    TopicIdentity.of(admin, topics.tokens()), TopicIdentity.of(admin, topics.logits()));
            if (start.tokens.partitions() != start.logits.partitions()) {
                throw new LogitstreamException(
                        "topic " + topics.tokens() + " has " + start.tokens.partitions() + " partitions, but"
                                + " topic " + topics.logits() + " has " + start.logits.partitions()
                                + ": partitions were added to one of them;"
                                + " take another logits topic (--set topics.logits=NAME), and publish the corpus again if it was the tokens");
            }
            new TokensTopicCheck(tokensEnd::tail, new AvroDeserializer<>(registry, TokenBatch.class), proofs)
                    .look(start.tokens.partitions());
            Look look = align(new GroupOffsets(admin, group), start, logitsEnd, patience);
            prove(look.lasts.values(), proofs, fitting);
            return start;
        }
    }

    // Where an instance begins says nothing of what was taught before: a second corpus of another tokenizer may lie
    // there.
    static void prove(Iterable<LastLogitsRecord> lasts, ConfirmedSetup proofs, Predicate<TokenBatch> fitting) {
        for (LastLogitsRecord last : lasts) {
            if (last != null) {
                proofs.confirmTopic();
                if (last.batch() != null && fitting.test(last.batch())) {
                    proofs.confirmTokenizer();
                }
            }
        }
    }

    private Look align(GroupOffsets offsets, TopicsAtStart start, TopicEnd logitsEnd, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        Map<Integer, Long> before = null;
        while (true) {
            Look look = look(offsets, start, logitsEnd);
            if (before != null && !before.equals(look.committed)) {
                leaveToOthers();
                return look;
            }
            before = look.committed;
            if (look.agrees()) {
                look.notes.forEach(LOG::warn);
                return look;
            }
            boolean members = offsets.hasMembers();
            if (!members && look.settled && offsets.set(start.tokens.name(), look.offsets)) {
                look.notes.forEach(LOG::warn);
                return look;
            }
            if (System.nanoTime() > deadline) {
                if (members) {
                    leaveToOthers();
                    return look;
                }
                throw new LogitstreamException(
                        "topic " + topics.logits() + " has an open transaction, so that its end is not known;"
                                + " end the writer that is not this teacher stream, and start again");
            }
            pause();
        }
    }

    // Other instances are at work, and have begun in the same way.
    private void leaveToOthers() {
        if (options.retryDeadLetters()) {
            throw new LogitstreamException(
                    "group " + group + " has other instances at work, so that dead letters cannot be taught"
                            + " again; end them, and start with --retry-dead-letters once more");
        }
    }

    private Look look(GroupOffsets offsets, TopicsAtStart start, TopicEnd logitsEnd) {
        Map<Integer, Long> committed = offsets.committed(start.tokens.name());
        Map<Integer, Long> tokensBegins =
                offsets.of(start.tokens, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
        Map<Integer, Long> logitsBegins =
                offsets.of(start.logits, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
        // Offsets are visible before the records of the same transaction are, for a moment, or while another one is
        // open.
        boolean settled = offsets.isSettled(start.logits);
        Map<Integer, LastLogitsRecord> lasts = new HashMap<>();
        Map<Integer, TokenBatch> lastBatches = new HashMap<>();
        for (int partition = 0; partition < start.logits.partitions(); partition++) {
            LastLogitsRecord last = LastLogitsRecord.find(logitsEnd, partition, registry);
            lasts.put(partition, last);
            lastBatches.put(partition, last == null ? null : last.batch());
        }
        // After the logits: other instances may be at work, and these are never behind.
        Map<Integer, Long> tokensEnds = offsets.of(start.tokens, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
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
            }
        } catch (LogitstreamException e) {
            if (settled) {
                throw e;
            }
            return new Look(Map.of(), committed, List.of(), false, lasts);
        }
        return new Look(next, committed, notes, settled, lasts);
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
