package io.logitstream.pipeline.pruning;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.pruning.CalibrationBatch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.BatchSource;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.student.input.RecordDecoder;
import io.logitstream.student.input.TopicReader;
import io.logitstream.student.input.TrainingBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The first rows of a corpus or a topic, in memory with 4 bytes a token. Rows shorter than the context, which end a shard,
 * are left out.
 *
 * @param name name of the corpus, or of the topic
 * @param contextLength predicted tokens of a row
 * @param batches batches of the rows
 */
record CalibrationText(String name, int contextLength, List<CalibrationBatch> batches) {
    /** Calls while there is nothing to read, 0.2 s apart, after which a topic counts as read. */
    private static final int PATIENCE = 50;

    /**
     * Rows of a corpus.
     *
     * @throws UsageException if it has fewer
     */
    static CalibrationText ofCorpus(CorpusConfig corpus, Tokenizer tokenizer, int rows) {
        Rows taken = new Rows(rows);
        Integer documentEnd = corpus.isIsolated() ? tokenizer.endOfText() : null;
        try (BatchSource source = BatchSource.of(corpus, tokenizer)) {
            while (taken.missing() > 0 && source.hasNext()) {
                CorpusBatch batch = source.next();
                if (batch.length() == corpus.contextLength() + 1) {
                    taken.add(batch.rows(), batch.length(), batch.tokens(), documentEnd);
                }
            }
        }
        if (taken.missing() > 0) {
            throw new UsageException("corpus " + corpus.name() + " has " + taken.count + " rows of "
                    + corpus.contextLength() + " tokens, but prune.rows is " + rows
                    + "; give a larger corpus, fewer rows or a smaller corpus.contextLength");
        }
        return new CalibrationText(corpus.name(), corpus.contextLength(), taken.batches);
    }

    /**
     * Rows of a tokens topic or a logits topic, which need not be complete.
     *
     * @param documents how the topic's documents have to be read; null if the topic decides
     * @param contextLength predicted tokens of a row; rows of another length are left out
     * @throws UsageException if it has fewer
     * @throws LogitstreamException if the topic does not exist, or was made with another tokenizer
     */
    static CalibrationText ofTopic(
            KafkaSettings kafka, String topic, Documents documents, int contextLength, Tokenizer tokenizer, int rows) {
        Rows taken = new Rows(rows);
        int[] waits = {0};
        try (SchemaRegistryClient registry = RegistryClients.create(kafka);
                TopicReader reader = new TopicReader(
                        kafka,
                        topic,
                        "logitstream-prune-" + topic,
                        new RecordDecoder(registry, tokenizer.identity(), documents))) {
            while (taken.missing() > 0) {
                Optional<TrainingBatch> next = reader.next(() -> {
                    if (waits[0]++ == PATIENCE) {
                        throw tooFew(topic, contextLength, taken, rows);
                    }
                });
                if (next.isEmpty()) {
                    throw tooFew(topic, contextLength, taken, rows);
                }
                waits[0] = 0;
                TrainingBatch batch = next.get();
                if (batch.length() == contextLength + 1) {
                    taken.add(batch.rows(), batch.length(), batch.tokens(), batch.documentEnd());
                }
            }
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
        return new CalibrationText(topic, contextLength, taken.batches);
    }

    private static UsageException tooFew(String topic, int contextLength, Rows taken, int rows) {
        return new UsageException("topic " + topic + " holds " + taken.count + " rows of " + contextLength
                + " tokens (corpus.contextLength), but prune.rows is " + rows
                + "; publish more, or give fewer rows or the topic's corpus.contextLength");
    }

    /** Rows of the text. */
    int rows() {
        return batches.stream().mapToInt(CalibrationBatch::rows).sum();
    }

    private static final class Rows {
        private final List<CalibrationBatch> batches = new ArrayList<>();
        private final int wanted;
        private int count;

        Rows(int wanted) {
            this.wanted = wanted;
        }

        int missing() {
            return wanted - count;
        }

        void add(int rows, int length, int[] tokens, Integer documentEnd) {
            int used = Math.min(rows, missing());
            batches.add(new CalibrationBatch(used, length, Arrays.copyOf(tokens, used * length), documentEnd));
            count += used;
        }
    }
}
