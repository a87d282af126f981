package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RecordKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the batches of a topic, one record of each partition in turn, so that their sequence depends on the topic and
 * not on timing. At the end of a partition the reader waits for more records, until the end-of-corpus marker. The
 * caller stores the position; the offsets committed to the group are for lag tools only.
 */
public final class TopicReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    private final String topic;
    private final RecordDecoder decoder;
    private final RecordSource records;
    private final PartitionTurns turns;
    /** Next offset to fetch from each partition. */
    private final Map<Integer, Long> offsets = new TreeMap<>();
    /** The record in hand, of the partition whose turn it is; null between records. */
    private ConsumerRecord<String, byte[]> current;

    private boolean warned;

    /** A reader that gives each batch once. */
    public TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder) {
        this(kafka, topic, group, decoder, CorpusWeights.NONE);
    }

    /**
     * A reader from the beginning of a topic.
     *
     * @param group consumer group to which positions are committed for lag tools
     * @param decoder decoder of the topic's records
     * @param weights how often the batches of each corpus are given
     * @throws LogitstreamException when the topic does not exist
     */
    public TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder, CorpusWeights weights) {
        this(
                () -> TopicRecords.consumer(kafka, group),
                topic,
                decoder,
                kafka.bootstrapServers(),
                weights,
                TopicWatch.of(kafka, topic));
    }

    /**
     * A reader from the beginning of a topic, with a consumer and a watch of the caller's making.
     *
     * @param consumers makes a consumer without assignment, which the reader closes
     * @param topic topic
     * @param decoder decoder of the topic's records
     * @param cluster address of the cluster, for messages
     * @param weights how often the batches of each corpus are given
     * @param watch finds out whether the topic was replaced; closed with the reader
     */
    public TopicReader(
            Supplier<Consumer<String, byte[]>> consumers,
            String topic,
            RecordDecoder decoder,
            String cluster,
            CorpusWeights weights,
            TopicWatch watch) {
        this(open(consumers, topic, cluster, watch), topic, decoder, weights);
    }

    /**
     * A reader from the beginning of a topic, wherever its records are.
     *
     * @param records records of the topic, closed with the reader
     * @param topic name of the topic, for messages
     * @param decoder decoder of the records
     * @param weights how often the batches of each corpus are given
     */
    public TopicReader(RecordSource records, String topic, RecordDecoder decoder, CorpusWeights weights) {
        this.topic = topic;
        this.decoder = decoder;
        this.records = records;
        try {
            this.turns = new PartitionTurns(topic, records.partitions(), weights);
            rewind();
        } catch (RuntimeException e) {
            records.close();
            throw e;
        }
    }

    private static TopicRecords open(
            Supplier<Consumer<String, byte[]>> consumers, String topic, String cluster, TopicWatch watch) {
        Consumer<String, byte[]> consumer = null;
        try {
            consumer = consumers.get();
            return new TopicRecords(consumer, topic, cluster, watch);
        } catch (RuntimeException e) {
            if (consumer != null) {
                consumer.close();
            }
            watch.close();
            throw e;
        }
    }

    private void rewind() {
        offsets.putAll(records.beginnings());
        records.seek(offsets);
    }

    /** Begins the next pass over the topic. */
    void nextEpoch() {
        turns.nextEpoch();
        rewind();
    }

    /**
     * Continues where a checkpoint stood.
     *
     * @param waiting called every 0.2 s while there is nothing to read; may throw to give up
     * @return the batches that were held in the shuffle window, read again
     * @throws LogitstreamException when the topic is another one, or no longer has the records
     */
    List<TrainingBatch> restore(ReaderState state, Runnable waiting) {
        records.requireSameAs(state.topic());
        if (!state.offsets().keySet().equals(offsets.keySet())) {
            throw new LogitstreamException("topic " + topic + " has partitions " + records.partitions()
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
        List<TrainingBatch> held =
                new HeldBatches(records, decoder, this::take).readAgain(state.held(), offsets, waiting);
        offsets.putAll(state.offsets());
        turns.restore(state);
        records.seek(offsets);
        return held;
    }

    /** Position of the reader: behind the batches that {@link #next} has returned. */
    ReaderState state() {
        Map<Integer, Long> next = new TreeMap<>(offsets);
        if (current != null) {
            next.put(turns.turn(), current.offset());
        }
        return turns.state(next, decoder.teachers().first(), decoder.counts(), records.identity());
    }

    /** Completed passes over the topic. */
    int epoch() {
        return turns.epoch();
    }

    /** Takes back a batch that is no longer used, whose memory the next ones reuse. May be called from any thread. */
    void release(TrainingBatch batch) {
        decoder.release(batch);
    }

    /**
     * The next batch in turn.
     *
     * @param waiting called every 0.2 s while there is none; may throw to give up
     * @return the batch; empty when all partitions have ended
     * @throws LogitstreamException when a record cannot be used, or the batches are not those that the end-of-corpus
     *     markers count
     */
    public Optional<TrainingBatch> next(Runnable waiting) {
        while (!turns.areAllEnded()) {
            if (!turns.isEnded()) {
                current = current == null ? take(turns.turn(), waiting) : current;
                Optional<TrainingBatch> batch = batchOfCurrent();
                if (batch.isPresent()) {
                    return batch;
                }
            }
            turns.advance();
        }
        if (!decoder.counts().isEmpty()) {
            new CountCheck(topic, records, offsets, decoder.isLogitsTopic())
                    .require(
                            turns.read(),
                            turns.tokensOfRead(),
                            decoder.counts(),
                            turns.corpora(),
                            turns.mayBeWeighted(),
                            waiting);
        }
        return Optional.empty();
    }

    /** The batch of the current record; empty when it gives none, or no more. */
    private Optional<TrainingBatch> batchOfCurrent() {
        // A record without a valid key fails in the decoder, whose message gives its address.
        BatchKey key = RecordKind.key(current).orElse(null);
        if (key != null && !key.isEnd() && turns.isGivenOften(key)) {
            turns.leave(key);
            current = null;
            return Optional.empty();
        }
        // The end-of-corpus markers of withdrawn corpora are not decoded: their counts are not compared.
        DecodedRecord decoded =
                key != null && turns.isWithdrawn(key) ? new DecodedRecord.EndOfCorpus(key) : decoder.decode(current);
        if (decoded instanceof DecodedRecord.Batch found) {
            if (turns.give(found.batch())) {
                current = null;
            }
            return Optional.of(found.batch());
        }
        if (decoded instanceof DecodedRecord.EndOfCorpus end) {
            turns.end(end.key());
        } else if (decoded instanceof DecodedRecord.Skipped skipped) {
            turns.leave(skipped.key());
        }
        current = null;
        return Optional.empty();
    }

    /** Whether the corpus of a batch has been withdrawn by a weight of 0. */
    boolean isWithdrawn(TrainingBatch batch) {
        return turns.isWithdrawn(batch.key());
    }

    private ConsumerRecord<String, byte[]> take(int partition, Runnable waiting) {
        ConsumerRecord<String, byte[]> record = records.take(partition, waiting, () -> requireEndToCome(partition));
        offsets.put(partition, record.offset() + 1);
        return record;
    }

    // A partition that has never been written to, where the others have ended, was added later: no marker will come.
    private void requireEndToCome(int partition) {
        if (!warned && records.isLeftOut(partition)) {
            String what =
                    "topic " + topic + ": partition " + partition + " is empty, but those that hold records end with an"
                            + " end-of-corpus marker: partitions were added to the topic, and no record will arrive"
                            + " there";
            if (Boolean.FALSE.equals(decoder.isLogitsTopic())) {
                throw new LogitstreamException(what + "; publish the corpus into a new topic");
            }
            // A teacher that is not running now may still write its marker.
            warned = true;
            LOG.warn("{}, unless a teacher has yet to write to it", what);
        }
    }

    /** Commits a position for lag tools, without waiting: a lost commit does no harm. */
    void commitForLagTools(ReaderState state) {
        records.commit(state.offsets());
    }

    /**
     * Requires the permission to use the consumer group, which would otherwise be missed at the first checkpoint.
     *
     * @throws LogitstreamException when the permission is missing
     */
    void requireGroup() {
        records.requireGroup(state().offsets());
    }

    /** Estimated number of batches between the position and the end of the topic, at the last fetch. */
    long lag() {
        return records.lag();
    }

    @Override
    public void close() {
        records.close();
    }
}
