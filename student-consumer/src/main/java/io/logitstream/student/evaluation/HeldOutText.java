package io.logitstream.student.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.archive.Archive;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.student.input.ArchiveRecords;
import io.logitstream.student.input.CorpusWeights;
import io.logitstream.student.input.RecordDecoder;
import io.logitstream.student.input.TopicReader;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.metrics.HeldOutMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Held-out text on which a model in training is evaluated. It is read once, when its topic is complete, and stays in
 * memory, 4 bytes per token: all evaluations use the same text, and none depends on the broker.
 */
public final class HeldOutText {
    private static final Logger LOG = LoggerFactory.getLogger(HeldOutText.class);

    private final KafkaSettings kafka;
    private final SchemaRegistryClient registry;
    private final String topic;
    private final Tokenizer tokenizer;
    private final Documents documents;
    private final ArchiveRecords archived;
    private List<TrainingBatch> batches;
    private long tokens;
    private long bytes;

    /**
     * Held-out text, which is not read yet.
     *
     * @param topic tokens topic of the text
     * @param tokenizer tokenizer with which the topic must have been written
     * @param documents how the topic's documents have to be read; null if the topic decides
     */
    public HeldOutText(
            KafkaSettings kafka,
            SchemaRegistryClient registry,
            String topic,
            Tokenizer tokenizer,
            Documents documents) {
        this.kafka = kafka;
        this.registry = registry;
        this.topic = topic;
        this.tokenizer = tokenizer;
        this.documents = documents;
        this.archived = null;
    }

    /**
     * Held-out text of an archive, which is not read yet.
     *
     * @param archive archive of a tokens or logits topic
     * @param tokenizer tokenizer with which the topic must have been written
     * @param documents how the topic's documents have to be read; null if the topic decides
     * @throws UsageException when the archive is not that of a complete topic
     */
    public HeldOutText(Archive archive, Tokenizer tokenizer, Documents documents) {
        this.archived = new ArchiveRecords(archive);
        this.kafka = null;
        this.registry = archived.schemas();
        this.topic = archive.manifest().topic().name();
        this.tokenizer = tokenizer;
        this.documents = documents;
        if (!archived.isComplete()) {
            throw new UsageException(archive.folder().toAbsolutePath().normalize()
                    + " does not end with end-of-corpus markers, so it is not the whole held-out text; archive topic "
                    + topic + " when it is complete");
        }
    }

    /**
     * Reads the text, unless it was read before.
     *
     * @param waiting called every 0.2 s while there is nothing to read; may throw to give up
     * @return whether the text is available; false, with a warning, where the topic is incomplete or cannot be read
     * @throws LogitstreamException when the topic holds anything other than batches of this tokenizer
     */
    public boolean read(Runnable waiting) {
        if (batches != null) {
            return true;
        }
        RecordDecoder decoder = new RecordDecoder(registry, tokenizer.identity(), documents);
        if (archived != null) {
            try (TopicReader reader = new TopicReader(archived, topic, decoder, CorpusWeights.NONE)) {
                take(reader, waiting);
            }
            return true;
        }
        try (TopicEnd end = new TopicEnd(kafka, topic, TopicSettings.DEFAULT_MAX_RECORD_BYTES)) {
            if (!end.isComplete()) {
                LOG.warn(
                        "topic {} is not complete, so the student is not evaluated now (training.evaluateSteps):"
                                + " publish it with 'logitstream produce --held-out'",
                        topic);
                return false;
            }
            try (TopicReader reader = new TopicReader(kafka, topic, "logitstream-evaluate-" + topic, decoder)) {
                take(reader, waiting);
            }
            return true;
        } catch (RetriableException e) {
            LOG.warn("topic {} cannot be read, so the student is not evaluated now: {}", topic, FailureText.of(e));
            return false;
        }
    }

    private void take(TopicReader reader, Runnable waiting) {
        List<TrainingBatch> all = new ArrayList<>();
        for (Optional<TrainingBatch> next = reader.next(waiting); next.isPresent(); next = reader.next(waiting)) {
            TrainingBatch batch = next.get();
            all.add(batch);
            tokens += batch.predicted();
            bytes += Evaluator.predictedBytes(batch, tokenizer);
        }
        if (all.isEmpty()) {
            throw new LogitstreamException("the held-out topic " + topic + " holds no tokens");
        }
        batches = all;
    }

    /** Evaluates a model in the calling thread, whose recording of gradients is off meanwhile and on afterwards. */
    public HeldOutMetrics evaluate(LanguageModel model) {
        double[] sum = new double[Evaluator.SUMS];
        int vocabularySize = tokenizer.vocabularySize();
        Torch.recordGradients(false);
        try (NDManager manager = model.newScope();
                TorchScript kernels = TorchScript.load(manager, Evaluator.class, "evaluation.py")) {
            for (TrainingBatch batch : batches) {
                try (NDManager scope = manager.newSubManager()) {
                    NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
                    NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
                    NDArray targets_N1 =
                            tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
                    Evaluator.add(
                            kernels,
                            model.outputsOfAnyLength(ids_BT, batch.documents(), vocabularySize, Precision.FLOAT32),
                            null,
                            targets_N1,
                            vocabularySize,
                            sum);
                }
            }
        } finally {
            Torch.recordGradients(true);
        }
        Evaluation evaluation = Evaluator.evaluation(sum, tokens, bytes, false);
        return new HeldOutMetrics(
                evaluation.loss(), evaluation.perplexity(), evaluation.bitsPerByte(), evaluation.calibrationError());
    }
}
