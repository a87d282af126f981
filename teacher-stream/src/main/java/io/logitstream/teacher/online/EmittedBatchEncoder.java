package io.logitstream.teacher.online;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroSerializer;

/** Encodes emitted logits as record values of a logits topic. */
final class EmittedBatchEncoder {
    private final String topic;
    private final EmittedLogitsWriter.Settings settings;
    private final LogitsCodec codec;
    private final Selection selection;
    private final AvroSerializer<LogitsBatch> serializer;
    private final int maxRecordBytes;
    private String corpus;

    /**
     * @param registry schema registry, closed by its owner
     * @param autoRegister whether to register the schema of the topic
     * @param maxRecordBytes largest record of the topic, in bytes
     */
    EmittedBatchEncoder(
            String topic,
            EmittedLogitsWriter.Settings settings,
            SchemaRegistryClient registry,
            boolean autoRegister,
            int maxRecordBytes) {
        this.topic = topic;
        this.settings = settings;
        this.codec = LogitsCodecs.byName(settings.codec());
        this.selection = settings.selection().record(settings.vocabularySize());
        this.serializer = new AvroSerializer<>(registry, autoRegister);
        this.maxRecordBytes = maxRecordBytes;
    }

    /**
     * Encodes the selected logits of a batch.
     *
     * @param step training step that contains the batch
     * @throws LogitstreamException when the value is larger than a record of the topic may be
     */
    byte[] encode(TokenBatch batch, long step, SparseLogits selected) {
        try {
            Teacher teacher = new Teacher(settings.id(), settings.weightsHash(), step);
            corpus = corpus == null ? batch.getCorpus() : corpus;
            if (!corpus.equals(batch.getCorpus())) {
                throw new LogitstreamException("it is of another corpus than " + corpus + ", with which the training"
                        + " began; logits of training steps are recorded for topics of one corpus: publish it to a"
                        + " topic of its own");
            }
            byte[] value = serializer.serialize(
                    topic,
                    new LogitsBatch(
                            batch,
                            teacher,
                            selection,
                            codec.name(),
                            codec.encode(selected, PayloadShape.of(batch, selected.draws()))));
            if (value.length > maxRecordBytes) {
                throw new LogitstreamException("its logits take " + value.length + " bytes, but topic " + topic
                        + " takes at most " + maxRecordBytes
                        + " (max.message.bytes); raise topics.maxRecordBytes, or publish batches of fewer rows");
            }
            return value;
        } catch (LogitstreamException e) {
            throw new LogitstreamException(
                    "batch " + BatchKey.of(batch) + ", training step " + step + ": " + e.getMessage(), e);
        }
    }

    /**
     * Encodes an end-of-corpus marker.
     *
     * @param lastBatch last batch of the training
     * @param batches number of batches that the model was trained on
     * @param predictedTokens number of predicted tokens in these batches
     */
    byte[] encodeEndMarker(TokenBatch lastBatch, long batches, long predictedTokens) {
        TokenBatch marker = TokenBatches.endMarker(
                lastBatch.getCorpus(),
                lastBatch.getTokenizerHash(),
                lastBatch.getVocabularySize(),
                batches,
                predictedTokens,
                lastBatch.getDocumentEnd());
        return serializer.serialize(topic, LogitsBatches.endMarker(marker, codec));
    }
}
