package io.logitstream.producers.topic;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.EndOfCorpus;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.VocabularyHeader;
import java.util.List;

/**
 * The part of a corpus that is in a topic. Batches are committed in order, so it is always a prefix of the corpus.
 *
 * @param last last batch; null if there is none or the corpus is complete
 * @param position position of the last batch; null if there is none
 * @param end end marker; null unless the corpus is complete
 * @param vocabulary {@link VocabularyHeader} of the last record; null if it has none
 * @param mixture {@link MixtureHeader} of the last record; null if it has none
 */
public record PublishedCorpus(
        TokenBatch last, BatchPosition position, TokenBatch end, String vocabulary, MixtureHeader mixture) {
    /**
     * Last record of the corpus in a partition.
     *
     * @param batch batch or end marker; null if there is none
     * @param position position of the batch; null for an end marker, or if there is no record
     * @param vocabulary {@link VocabularyHeader} of the record; null if it has none
     * @param mixture {@link MixtureHeader} of the record; null if it has none
     */
    record Last(TokenBatch batch, BatchPosition position, String vocabulary, MixtureHeader mixture) {
        static final Last NONE = new Last(null, null, null, null);

        boolean isEnd() {
            return batch != null && TokenBatches.isEndMarker(batch);
        }
    }

    /**
     * Combines the last records of all partitions.
     *
     * @param lasts last record of each partition, in order
     * @throws LogitstreamException when no run of a publisher can have left these records
     */
    static PublishedCorpus of(String topic, String corpus, List<Last> lasts) {
        long ends = lasts.stream().filter(Last::isEnd).count();
        if (ends > 0) {
            if (ends < lasts.size()) {
                throw new LogitstreamException("topic " + topic + ": corpus " + corpus + " is ended in " + ends
                        + " of "
                        + lasts.size() + " partitions; were partitions added or records deleted? Use another topic");
            }
            return new PublishedCorpus(
                    null,
                    null,
                    lasts.get(0).batch(),
                    lasts.get(0).vocabulary(),
                    lasts.get(0).mixture());
        }
        Last last = Last.NONE;
        for (Last each : lasts) {
            if (each.position() != null
                    && (last.position() == null
                            || each.position().number() > last.position().number())) {
                last = each;
            }
        }
        for (int partition = 0; partition < lasts.size(); partition++) {
            requireLast(
                    topic,
                    corpus,
                    lasts,
                    partition,
                    last.position() == null ? -1 : last.position().number());
        }
        return new PublishedCorpus(last.batch(), last.position(), null, last.vocabulary(), last.mixture());
    }

    /** Whether the topic has no record of the corpus. */
    public boolean isEmpty() {
        return last == null && end == null;
    }

    /** The last batch or an end marker; null if the topic has neither. */
    public TokenBatch lastRecord() {
        return end == null ? last : end;
    }

    /** Counts of a complete corpus. */
    public EndOfCorpus endOfCorpus() {
        return end.getEndOfCorpus();
    }

    private static void requireLast(String topic, String corpus, List<Last> lasts, int partition, long lastNumber) {
        int partitions = lasts.size();
        long expected = BatchPartitioner.lastNumber(partition, lastNumber, partitions);
        BatchPosition position = lasts.get(partition).position();
        long found = position == null ? -1 : position.number();
        if (found != expected) {
            throw new LogitstreamException("topic " + topic + ", partition " + partition
                    + ": the last batch of corpus "
                    + corpus + " has running number " + found + " instead of " + expected
                    + "; were partitions added or records deleted? Use another topic");
        }
    }
}
