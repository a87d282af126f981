package io.logitstream.teacher.online;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.selection.ChunkedSelection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A teacher that learns: writes the processed logits of its training's own forward passes to a logits topic, each batch
 * once. Steps go into transactions whole and in order. A training that was killed does the steps since its last
 * checkpoint again, in the same way; those that are in the topic already are held against it and not written again.
 *
 * <p>For the training's thread, which only copies the logits: selection, codec and producer run on a thread beside it. An
 * error there is thrown by one of the next calls, by {@link #commit} at the latest.
 */
public final class EmittedLogitsWriter implements AutoCloseable {
    /**
     * What the records say of their teacher and how they are made.
     *
     * @param id name of the teacher
     * @param weightsHash stands for the weights in all steps of the run: a hash of all that they follow from
     * @param selection which logits are kept
     * @param codec how payloads are stored
     * @param device device of the logits, {@code cpu} or {@code cuda:N}
     * @param vocabularySize ids there are
     */
    public record Settings(
            String id,
            String weightsHash,
            SelectionConfig selection,
            String codec,
            String device,
            int vocabularySize) {}

    /** Chunks of logits that wait for the thread beside the training: each is a copy. */
    private static final int MOST_CHUNKS = 2;

    /** A batch on its way through the training. */
    private record InHand(TokenBatch batch, int partition, long step) {}

    /** A batch of the step in hand; without a value when the topic has it already. */
    private record Recorded(TokenBatch batch, int partition, byte[] value, int kept) {}

    private final String topic;
    private final Settings settings;
    private final LogitsCodec codec;
    private final Selection selection;
    private final SchemaRegistryClient registry;
    private final AvroSerializer<LogitsBatch> serializer;
    private final ChunkedSelection forward;
    private final EmittedSteps earlier;
    private final EmittedLogitsProducer producer;
    private final TeachListener listener;
    private final int maxRecordBytes;
    private final EmitThread thread = new EmitThread(MOST_CHUNKS);
    /** The training's. */
    private InHand inHand;
    /** These two are the recording thread's. */
    private final List<Recorded> step = new ArrayList<>();

    private TokenBatch lastBatch;

    private EmittedLogitsWriter(
            String topic,
            Settings settings,
            SchemaRegistryClient registry,
            boolean autoRegister,
            EmittedSteps earlier,
            EmittedLogitsProducer producer,
            int maxRecordBytes,
            TeachListener listener) {
        this.topic = topic;
        this.settings = settings;
        this.codec = LogitsCodecs.byName(settings.codec());
        this.selection = settings.selection().record(settings.vocabularySize());
        this.registry = registry;
        this.serializer = new AvroSerializer<>(registry, autoRegister);
        this.forward = new ChunkedSelection(settings.selection(), settings.device());
        this.earlier = earlier;
        this.producer = producer;
        this.maxRecordBytes = maxRecordBytes;
        this.listener = listener;
        this.lastBatch =
                earlier.lastBatch() == null ? null : earlier.lastBatch().getBatch();
    }

    /**
     * Begins to write, or goes on. Whoever wrote as the same topic's learning teacher before cannot write any more.
     *
     * @param kafka cluster and registry
     * @param topic logits topic, which exists, with as many partitions as the tokens topic
     * @param settings what the records say
     * @param step steps done at the checkpoint that the training continues from, 0 at its start
     * @param maxRecordBytes largest record of the topic
     * @param listener hears of each batch that is written
     * @throws UsageException when the topic holds logits of another teacher
     * @throws LogitstreamException when logits of steps up to {@code step} are missing
     */
    public static EmittedLogitsWriter start(
            KafkaSettings kafka,
            String topic,
            Settings settings,
            long step,
            int maxRecordBytes,
            TeachListener listener) {
        SchemaRegistryClient registry = RegistryClients.create(kafka);
        EmittedLogitsProducer producer = new EmittedLogitsProducer(kafka, topic, maxRecordBytes);
        try (TopicEnd end = new TopicEnd(kafka, topic, maxRecordBytes)) {
            Teacher teacher = new Teacher(settings.id(), settings.weightsHash(), null);
            EmittedSteps earlier = EmittedSteps.read(
                    end,
                    topic,
                    registry,
                    teacher,
                    settings.selection().record(settings.vocabularySize()),
                    settings.codec());
            if (earlier.step() < step) {
                throw new UsageException("topic " + topic + " holds logits up to training step " + earlier.step()
                        + ", but the checkpoint is at step " + step
                        + ": the logits between were not recorded, or are gone; start again"
                        + " with a new output folder and a new topic (topics.logits), or go on without --emit-logits");
            }
            return new EmittedLogitsWriter(
                    topic,
                    settings,
                    registry,
                    kafka.autoRegisterSchemas(),
                    earlier,
                    producer,
                    maxRecordBytes,
                    listener);
        } catch (RuntimeException e) {
            producer.close();
            throw e;
        }
    }

    /**
     * A batch's forward pass begins, whose logits go to {@link #add}.
     *
     * @param next the batch as it stands in the tokens topic
     * @param sourcePartition its partition, there and in the logits topic
     * @param stepNumber training step that it is part of, from 1
     */
    public void begin(TokenBatch next, int sourcePartition, long stepNumber) {
        if (sourcePartition >= earlier.partitions()) {
            throw new LogitstreamException(
                    "topic " + topic + " has " + earlier.partitions() + " partitions, but batch " + BatchKey.of(next)
                            + " comes from partition " + sourcePartition + ": both topics must have as many");
        }
        InHand begun = new InHand(next, sourcePartition, stepNumber);
        inHand = begun;
        thread.submit(() -> {
            if (isRecorded(begun)) {
                step.add(new Recorded(next, sourcePartition, null, 0));
            } else {
                forward.begin(next);
            }
        });
    }

    /** Takes the logits [C, V] of the batch's next positions, float32; they are copied. */
    @SuppressWarnings("try") // The scope is closed when the copy in it has been read.
    public void add(NDArray logits_CV) {
        InHand of = inHand;
        if (isRecorded(of)) {
            return;
        }
        thread.awaitRoom();
        NDArray copy_CV = forward.copy(logits_CV);
        thread.submitLarge(() -> {
            SparseLogits selected;
            try (NDManager scope = copy_CV.getManager()) {
                if (thread.failed()) {
                    return;
                }
                selected = forward.add(copy_CV);
            }
            if (selected != null) {
                step.add(new Recorded(of.batch, of.partition, value(of, selected), selected.total()));
            }
        });
    }

    private boolean isRecorded(InHand of) {
        return of.step <= earlier.step();
    }

    private byte[] value(InHand of, SparseLogits selected) {
        try {
            Teacher teacher = new Teacher(settings.id(), settings.weightsHash(), of.step);
            byte[] value = serializer.serialize(
                    topic,
                    new LogitsBatch(
                            of.batch,
                            teacher,
                            selection,
                            codec.name(),
                            codec.encode(selected, PayloadShape.of(of.batch, selected.draws()))));
            if (value.length > maxRecordBytes) {
                throw new LogitstreamException("its logits take " + value.length + " bytes, but topic " + topic
                        + " takes at most " + maxRecordBytes
                        + " (max.message.bytes); raise topics.maxRecordBytes, or publish batches of fewer rows");
            }
            return value;
        } catch (LogitstreamException e) {
            throw new LogitstreamException(
                    "batch " + BatchKey.of(of.batch) + ", training step " + of.step + ": " + e.getMessage(), e);
        }
    }

    /** All batches of the step are through: they are written, or held against what is there. */
    public void endStep() {
        InHand last = inHand;
        thread.submit(() -> write(last));
    }

    private void write(InHand last) {
        if (thread.failed()) {
            return;
        }
        if (isRecorded(last)) {
            Map<Integer, BatchKey> lastOfStep = new HashMap<>();
            step.forEach(recorded -> lastOfStep.put(recorded.partition, BatchKey.of(recorded.batch)));
            lastOfStep.forEach((where, key) -> earlier.require(key, where, last.step));
        } else if (earlier.complete()) {
            throw new LogitstreamException("topic " + topic + " ends after training step " + earlier.step()
                    + " with an end-of-corpus marker, but the training goes on; use another topic (topics.logits)");
        } else {
            for (Recorded recorded : step) {
                producer.send(recorded.partition, BatchKey.of(recorded.batch).toString(), recorded.value);
                listener.onBatch(TokenBatches.positions(recorded.batch), recorded.kept, recorded.value.length);
            }
            producer.commitSometimes();
        }
        lastBatch = last.batch;
        step.clear();
    }

    /** Commits what has been written, and waits for it. */
    public void commit() {
        thread.submit(this::commitSteps);
        thread.await();
    }

    private void commitSteps() {
        if (!thread.failed()) {
            producer.commit();
        }
    }

    /**
     * Ends each partition with an end-of-corpus marker, if it has none.
     *
     * @param batches batches that the teacher has learned from: those of the whole corpus, or fewer when it has ended
     *     before
     * @param predictedTokens predicted tokens of them
     */
    public void finish(long batches, long predictedTokens) {
        thread.submit(() -> end(batches, predictedTokens));
        commit();
    }

    private void end(long batches, long predictedTokens) {
        if (!thread.failed() && !earlier.complete() && lastBatch != null) {
            TokenBatch marker = TokenBatches.endMarker(
                    lastBatch.getCorpus(),
                    lastBatch.getTokenizerHash(),
                    lastBatch.getVocabularySize(),
                    batches,
                    predictedTokens);
            byte[] value = serializer.serialize(topic, LogitsBatches.endMarker(marker, codec));
            for (int i = 0; i < earlier.partitions(); i++) {
                producer.send(i, BatchKey.of(marker).toString(), value);
            }
        }
    }

    @Override
    public void close() {
        thread.close();
        producer.close();
        forward.close();
        try {
            registry.close();
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }
}
