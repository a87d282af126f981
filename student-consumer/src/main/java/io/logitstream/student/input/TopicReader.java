package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.TopicSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic's partitions in a fixed turn, one record of each, so that the sequence of batches depends on the
 * topic and not on timing. At the end of a partition it waits for more, until the end-of-corpus marker. The position
 * is the caller's to keep; the group's committed offsets are for lag tools only.
 */
public final class TopicReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    private final String topic;
    private final RecordDecoder decoder;
    private final TopicRecords records;
    private final TopicWatch watch;
    private final List<Integer> partitions;
    private final Map<Integer, Long> offsets = new TreeMap<>();
    private final Map<Integer, Map<String, BatchKey>> lastKeys = new HashMap<>();
    private final List<Integer> ended = new ArrayList<>();
    private final CorpusWeights weights;
    private final CorpusEnds ends;
    private ConsumerRecord<String, byte[]> current;
    private int given;
    private int turn;
    private int epoch;
    private long batches;
    private long passed;
    /** Predicted tokens of this epoch's batches; null where weights apply, or did, or a checkpoint did not know them. */
    private Long tokens = 0L;

    private boolean warned;

    /** A reader of each batch once. */
    public TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder) {
        this(kafka, topic, group, decoder, CorpusWeights.NONE);
    }

    public TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder, CorpusWeights weights) {
        this(
                () -> consumer(kafka, group),
                topic,
                decoder,
                kafka.bootstrapServers(),
                weights,
                TopicWatch.of(kafka, topic));
    }

    /**
     * A reader from the beginning of a topic.
     *
     * @param consumers makes a consumer without partitions, which the reader closes
     * @param topic topic
     * @param decoder of its records
     * @param cluster where the topic is, for messages
     * @param weights how often the batches of each corpus are given
     * @param watch tells whether it is still the same topic; closed with the reader
     */
    public TopicReader(
            Supplier<Consumer<String, byte[]>> consumers,
            String topic,
            RecordDecoder decoder,
            String cluster,
            CorpusWeights weights,
            TopicWatch watch) {
        this.weights = weights;
        this.ends = new CorpusEnds(weights);
        this.topic = topic;
        this.decoder = decoder;
        this.watch = watch;
        Consumer<String, byte[]> consumer = null;
        try {
            consumer = consumers.get();
            this.records = new TopicRecords(consumer, topic, cluster, watch);
            this.partitions = records.partitions();
            rewind();
        } catch (RuntimeException e) {
            if (consumer != null) {
                consumer.close();
            }
            watch.close();
            throw e;
        }
    }

    private static Consumer<String, byte[]> consumer(KafkaSettings kafka, String group) {
        Properties properties = kafka.consumer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        // A position that retention has deleted is an error to report, not to jump over.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "4");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** Goes to the beginning of all partitions, without counting an epoch. */
    private void rewind() {
        offsets.putAll(records.beginnings());
        ended.clear();
        ends.restore(Map.of());
        lastKeys.clear();
        batches = 0;
        passed = 0;
        tokens = isWeighted() ? null : Long.valueOf(0);
        turn = partitions.get(0);
        records.seek(offsets);
    }

    /** Begins the next pass over the topic. */
    void nextEpoch() {
        epoch++;
        rewind();
    }

    /**
     * Continues where a checkpoint stood.
     *
     * @param waiting called every fifth of a second while there is nothing to read; may throw to give up
     * @return the batches that were held in the shuffle window, read again
     */
    List<TrainingBatch> restore(ReaderState state, Runnable waiting) {
        watch.requireSameAs(state.topic());
        if (!state.offsets().keySet().equals(offsets.keySet())) {
            throw new LogitstreamException("topic " + topic + " has partitions " + partitions
                    + ", but the checkpoint was made from partitions "
                    + state.offsets().keySet()
                    + "; train with a new output folder");
        }
        records.beginnings().forEach((partition, beginning) -> {
            if (state.offsets().get(partition) < beginning) {
                throw records.gone(partition, state.offsets().get(partition), beginning);
            }
        });
        decoder.restoreCounts(state.counts());
        decoder.teachers().restore(state.teacher());
        Map<ReaderState.Address, Deque<TrainingBatch>> held = readAgain(state.held(), waiting);
        offsets.putAll(state.offsets());
        ended.clear();
        if (state.corpora() == null) {
            ended.addAll(state.ended());
        } else {
            // With other weights than before, others may have to be waited for.
            ends.restore(state.corpora());
            partitions.stream().filter(ends::isEnded).forEach(ended::add);
        }
        passed = state.passed();
        tokens = isWeighted() ? null : state.tokens();
        given = state.given();
        turn = state.turn();
        epoch = state.epoch();
        batches = state.batches();
        records.seek(offsets);
        return state.held().stream().map(address -> held.get(address).remove()).toList();
    }

    // A batch that is held more than once is decoded as often: its memory is used again after each.
    private Map<ReaderState.Address, Deque<TrainingBatch>> readAgain(
            List<ReaderState.Address> addresses, Runnable waiting) {
        Map<ReaderState.Address, Deque<TrainingBatch>> found = new HashMap<>();
        TreeMap<Integer, TreeSet<Long>> wanted = new TreeMap<>();
        addresses.forEach(address -> wanted.computeIfAbsent(address.partition(), partition -> new TreeSet<>())
                .add(address.offset()));
        wanted.forEach((partition, places) -> offsets.put(partition, places.first()));
        records.seek(offsets);
        wanted.forEach((partition, places) -> {
            while (!places.isEmpty()) {
                ConsumerRecord<String, byte[]> record = take(partition, waiting);
                if (record.offset() > places.first()) {
                    throw records.gone(partition, places.first(), record.offset());
                }
                if (places.remove(record.offset())) {
                    ReaderState.Address address = new ReaderState.Address(partition, record.offset());
                    Deque<TrainingBatch> copies = found.computeIfAbsent(address, key -> new ArrayDeque<>());
                    for (int i = Collections.frequency(addresses, address); i > 0; i--) {
                        copies.add(decoder.decode(record));
                    }
                }
            }
        });
        return found;
    }

    /** Where the reader stands: what {@link #next} has returned is behind it. */
    ReaderState state() {
        Map<Integer, Long> next = new TreeMap<>(offsets);
        if (current != null) {
            next.put(turn, current.offset());
        }
        return new ReaderState(
                next,
                turn,
                List.copyOf(ended),
                epoch,
                batches,
                List.of(),
                decoder.teachers().first(),
                passed,
                given,
                ends.state(),
                decoder.counts(),
                tokens,
                watch.identity());
    }

    int epoch() {
        return epoch;
    }

    /** Takes a batch back whose memory can be used again; from any thread. */
    void release(TrainingBatch batch) {
        decoder.release(batch);
    }

    /**
     * The next batch in turn.
     *
     * @param waiting called every fifth of a second while there is none; may throw to give up
     * @return the batch, or null when all partitions have come to the end of the corpus
     */
    public TrainingBatch next(Runnable waiting) {
        while (ended.size() < partitions.size()) {
            if (!ended.contains(turn)) {
                current = current == null ? take(turn, waiting) : current;
                TrainingBatch batch = look(current);
                if (batch != null) {
                    return batch;
                }
            }
            turn = following(turn);
        }
        if (!decoder.counts().isEmpty()) {
            new CountCheck(topic, records, offsets, decoder.isLogitsTopic())
                    .require(
                            batches + passed,
                            passed == 0 ? tokens : null,
                            decoder.counts(),
                            ends.state(),
                            tokens == null,
                            waiting);
        }
        return null;
    }

    private boolean isWeighted() {
        return !weights.named().isEmpty();
    }

    /** The record's batch once more, or null when there is no more of it; then it is the turn of the next partition. */
    private TrainingBatch look(ConsumerRecord<String, byte[]> record) {
        BatchKey key = RecordKind.key(record).orElse(null);
        boolean withdrawn = key != null && weights.isWithdrawn(key.corpus());
        if (key != null && !key.isEnd() && given >= weights.copies(key, epoch)) {
            leave(record, key, withdrawn ? 0 : 1);
            return null;
        }
        TrainingBatch batch = withdrawn ? null : decoder.decode(record);
        if (batch == null) {
            ends.end(record.partition(), key.corpus());
            if (ends.isEnded(record.partition())) {
                ended.add(record.partition());
            }
            current = null;
            return null;
        }
        if (batch == RecordDecoder.OUTSIDE) {
            leave(record, key, 1);
            return null;
        }
        if (given == 0) {
            requireOrder(batch);
        }
        given++;
        batches++;
        tokens = tokens == null ? null : Long.valueOf(tokens + batch.predicted());
        if (given == weights.copies(key, epoch)) {
            leave(record, key, 1);
            turn = following(record.partition());
        }
        return batch;
    }

    private void leave(ConsumerRecord<String, byte[]> record, BatchKey key, int counted) {
        ends.batch(record.partition(), key.corpus());
        passed += counted - given;
        given = 0;
        current = null;
    }

    /** Whether the corpus of a batch has been withdrawn. */
    boolean isWithdrawn(TrainingBatch batch) {
        return weights.isWithdrawn(batch.key().corpus());
    }

    private ConsumerRecord<String, byte[]> take(int partition, Runnable waiting) {
        ConsumerRecord<String, byte[]> record = records.take(partition, waiting, () -> requireEndToCome(partition));
        offsets.put(partition, record.offset() + 1);
        return record;
    }

    /** Where the others have ended, a partition that has never held anything was added: nobody writes to it. */
    private void requireEndToCome(int partition) {
        if (!warned && watch.isLeftOut(partition)) {
            String what =
                    "topic " + topic + ": partition " + partition + " is empty, but those that hold records end with an"
                            + " end-of-corpus marker: partitions were added to the topic, and nothing will come there";
            if (Boolean.FALSE.equals(decoder.isLogitsTopic())) {
                throw new LogitstreamException(what + "; publish the corpus into a new topic");
            }
            // A teacher that is down may still owe it.
            warned = true;
            LOG.warn("{}, unless a teacher is still to write to it", what);
        }
    }

    private void requireOrder(TrainingBatch batch) {
        BatchKey last = lastKeys.computeIfAbsent(batch.partition(), partition -> new HashMap<>())
                .put(batch.key().corpus(), batch.key());
        boolean inOrder = last == null
                || last.shard() < batch.key().shard()
                || last.shard() == batch.key().shard()
                        && last.batch() < batch.key().batch();
        if (!inOrder) {
            throw new LogitstreamException(batch.address(topic) + ": comes after batch " + last
                    + ": the topic holds a batch twice or out of order");
        }
    }

    private int following(int partition) {
        return partitions.get((partitions.indexOf(partition) + 1) % partitions.size());
    }

    /** Lets lag tools see a position; losing this is harmless, so it is not waited for. */
    void commitForLagTools(ReaderState state) {
        records.commit(state.offsets());
    }

    /**
     * Requires the right to the consumer group, which otherwise shows at the first checkpoint only.
     *
     * @throws LogitstreamException when it is missing
     */
    void requireGroup() {
        records.requireGroup(state().offsets());
    }

    /** Batches between the position and the end of the topic, at the last fetch. */
    long lag() {
        return records.lag();
    }

    @Override
    public void close() {
        records.close();
    }
}
