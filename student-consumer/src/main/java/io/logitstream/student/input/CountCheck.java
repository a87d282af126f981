package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares the batches of a topic that was read to its end with the counts of its end-of-corpus markers. */
public final class CountCheck {
    private static final Logger LOG = LoggerFactory.getLogger(CountCheck.class);

    private final String topic;
    private final RecordSource records;
    private final Map<Integer, Long> offsets;
    private final Boolean logitsTopic;

    /**
     * A check.
     *
     * @param topic topic
     * @param records records of the topic, read to the ends of all partitions
     * @param offsets next offset of each partition
     * @param logitsTopic whether the topic holds logits, of which the teacher may have left some out; null if unknown
     */
    public CountCheck(String topic, RecordSource records, Map<Integer, Long> offsets, Boolean logitsTopic) {
        this.topic = topic;
        this.records = records;
        this.offsets = offsets;
        this.logitsTopic = logitsTopic;
    }

    /**
     * Requires that as many batches were read as the markers count. Batches that the teacher left out, or that
     * retention has deleted, are only logged.
     *
     * @param read number of batches read or passed over
     * @param tokens their predicted tokens; null if unknown
     * @param counts counts of the markers read, by corpus
     * @param seen for each partition its corpora, and whether they have ended there
     * @param weighted whether batches may have been left out or repeated by weights
     * @param waiting called while the check waits for the cluster; may throw to give up
     * @throws LogitstreamException naming the contradiction
     */
    public void require(
            long read,
            Long tokens,
            Map<String, CorpusCount> counts,
            Map<Integer, Map<String, Boolean>> seen,
            boolean weighted,
            Runnable waiting) {
        long counted = counts.values().stream().mapToLong(CorpusCount::batches).sum();
        long countedTokens =
                counts.values().stream().mapToLong(CorpusCount::tokens).sum();
        boolean known =
                seen.values().stream().allMatch(corpora -> counts.keySet().containsAll(corpora.keySet()));
        if (!known) {
            return;
        }
        // A corpus that begins in some partitions before another one ends in others is read in some partitions only.
        boolean everywhere = seen.values().stream().map(Map::keySet).distinct().count() == 1;
        boolean strict = everywhere && !weighted;
        if (strict && read == counted && tokens != null && tokens != countedTokens) {
            throw new LogitstreamException("topic " + topic + " holds " + tokens + " predicted tokens in its " + read
                    + " batches, but its end-of-corpus markers count " + countedTokens
                    + "; publish the corpus into a new topic");
        }
        if (strict && read > counted) {
            throw new LogitstreamException("topic " + topic + " holds " + read + " batches, more than the " + counted
                    + " that its end-of-corpus markers count; it was not written by one producer: publish the corpus into a new"
                    + " topic");
        }
        if (read < counted) {
            if (strict) {
                requireNothingBehind(seen, read, counted, waiting);
            }
            boolean deleted = records.beginnings().values().stream().anyMatch(beginning -> beginning > 0);
            if (strict && !deleted && Boolean.FALSE.equals(logitsTopic)) {
                throw new LogitstreamException(
                        "topic " + topic + " holds " + read + " batches, but its end-of-corpus marker counts " + counted
                                + ", and no batch follows the marker: the marker was written too early, or records"
                                + " were lost; publish the corpus into a new topic");
            }
            LOG.warn(
                    "topic {} holds {} of the {} batches of its corpus; {}",
                    topic,
                    read,
                    counted,
                    reason(deleted, everywhere));
        }
    }

    private String reason(boolean deleted, boolean everywhere) {
        if (deleted) {
            return "the first ones are no longer there (deleted by retention)";
        } else if (!everywhere) {
            return "a corpus begins in some partitions before another one ends in others, so this run read only part of"
                    + " it; name it in training.corpora to read it whole";
        }
        return Boolean.FALSE.equals(logitsTopic)
                ? "corpora were left out by training.corpora in a part of the topic, or records were lost"
                : "the teacher has left the others out: 'logitstream inspect' of its dead-letter topic says why";
    }

    private void requireNothingBehind(
            Map<Integer, Map<String, Boolean>> seen, long read, long counted, Runnable waiting) {
        Map<Integer, Long> ends = records.ends();
        seen.forEach((partition, corpora) -> {
            if (ends.get(partition) > offsets.get(partition)) {
                requireNothingBehind(
                        partition, corpora, read, counted, records.following(partition, ends.get(partition), waiting));
            }
        });
    }

    private void requireNothingBehind(
            int partition,
            Map<String, Boolean> corpora,
            long read,
            long counted,
            List<ConsumerRecord<String, byte[]>> behind) {
        for (ConsumerRecord<String, byte[]> record : behind) {
            String corpus = RecordKind.key(record).map(BatchKey::corpus).orElse(null);
            if (corpus != null && corpora.getOrDefault(corpus, false)) {
                throw new LogitstreamException("before "
                        + RecordAddress.of(topic, partition, Math.max(offsets.get(partition), record.offset()))
                        + ": the end-of-corpus marker of corpus "
                        + corpus
                        + " comes too early: it counts " + counted + " batches, of which " + read
                        + " precede the markers, and "
                        + record.key()
                        + " follows it; no logitstream producer writes this order: publish the corpus into a"
                        + " new topic");
            }
        }
    }
}
