package io.logitstream.teacher.online;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.selection.ChunkedSelection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the logits that a training emits to a logits topic, each batch exactly once. A transaction contains whole
 * steps, in order. A training that was killed repeats the steps since its last checkpoint, with the same logits: the
 * writer compares repeated steps with the topic and does not write them again.
 *
 * <p>Called from the training thread, which only copies the logits. Selection, encoding and producing run on a second
 * thread; its errors are thrown by one of the next calls, at the latest by {@link #commit}.
 */
public final class EmittedLogitsWriter implements AutoCloseable {
    /**
     * Identity of the teacher, and selection and encoding of its logits.
     *
     * @param id name of the teacher
     * @param weightsHash identifies the weights at all steps of the run: a hash of the settings that determine them
     * @param selection which logits are kept
     * @param codec codec of the payloads
     * @param device device of the logits, {@code cpu} or {@code cuda:N}
     * @param vocabularySize number of ids of the tokenizer
     * @param vocabulary identity of its ids and merges
     */
    public record Settings(
            String id,
            String weightsHash,
            SelectionConfig selection,
            String codec,
            String device,
            int vocabularySize,
            String vocabulary) {}

    /** Maximum number of chunks of logits that wait for the second thread. Each is a copy in memory. */
    private static final int MAX_WAITING_CHUNKS = 2;

    /** A batch in the forward pass. */
    private record CurrentBatch(TokenBatch batch, int partition, long step) {}

    /** A batch of the current step; the value is null if the topic contains the batch already. */
    private record StepBatch(TokenBatch batch, int partition, byte[] value, int kept) {}

    private final String topic;
    private final SchemaRegistryClient registry;
    private final EmittedBatchEncoder encoder;
    private final ChunkedSelection forward;
    private final EmittedSteps earlier;
    private final EmittedLogitsProducer producer;
    private final TeachListener listener;
    private final EmitThread thread = new EmitThread(MAX_WAITING_CHUNKS);
    /** Used by the training thread only. */
    private CurrentBatch current;
    /** Used by the second thread only, like {@link #lastBatch}. */
    private final List<StepBatch> step = new ArrayList<>();

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
        this.registry = registry;
        this.encoder = new EmittedBatchEncoder(topic, settings, registry, autoRegister, maxRecordBytes);
        this.forward = new ChunkedSelection(settings.selection(), settings.device());
        this.earlier = earlier;
        this.producer = producer;
        this.listener = listener;
        this.lastBatch =
                earlier.lastBatch() == null ? null : earlier.lastBatch().getBatch();
    }

    /**
     * Starts a writer, which continues after the steps in the topic. Fences earlier writers of emitted logits to this
     * topic.
     *
     * @param kafka cluster and schema registry
     * @param topic logits topic, which must exist and have as many partitions as the tokens topic
     * @param settings identity of the teacher, selection and encoding
     * @param step step of the checkpoint that the training continues from; 0 for a new training
     * @param maxRecordBytes largest record of the topic, in bytes
     * @param listener notified of each batch that is written
     * @throws UsageException when the topic holds logits of another teacher, or lacks logits of steps up to
     *     {@code step}
     * @throws LogitstreamException when only some partitions end with an end-of-corpus marker
     */
    public static EmittedLogitsWriter start(
            KafkaSettings kafka,
            String topic,
            Settings settings,
            long step,
            int maxRecordBytes,
            TeachListener listener) {
        SchemaRegistryClient registry = RegistryClients.create(kafka);
        EmittedLogitsProducer producer = new EmittedLogitsProducer(kafka, topic, maxRecordBytes, settings.vocabulary());
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
                throw new UsageException(
                        "topic " + topic + " holds logits up to training step " + earlier.step()
                                + ", but the checkpoint is at step " + step
                                + ": the logits of the steps between were not emitted, or were deleted; start again"
                                + " with a new output folder and a new topic (topics.logits), or continue without --emit-logits");
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
     * Begins a batch's forward pass; its logits follow through {@link #add}.
     *
     * @param next the batch as read from the tokens topic
     * @param sourcePartition partition of the tokens topic that the batch was read from; its logits go to the same
     *     partition
     * @param stepNumber training step that contains the batch, from 1
     */
    public void begin(TokenBatch next, int sourcePartition, long stepNumber) {
        if (sourcePartition >= earlier.partitions()) {
            throw new LogitstreamException("topic " + topic + " has " + earlier.partitions() + " partitions, but batch "
                    + BatchKey.of(next) + " comes from partition " + sourcePartition
                    + ": both topics must have the same number of partitions");
        }
        CurrentBatch begun = new CurrentBatch(next, sourcePartition, stepNumber);
        current = begun;
        thread.submit(() -> {
            if (isRepeated(begun)) {
                step.add(new StepBatch(next, sourcePartition, null, 0));
            } else {
                forward.begin(next);
            }
        });
    }

    /** Takes the logits [C, V], float32, of the batch's next positions, and copies them. */
    @SuppressWarnings("try") // The scope is closed when the copy in it has been read.
    public void add(NDArray logits_CV) {
        CurrentBatch of = current;
        if (isRepeated(of)) {
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
                step.add(new StepBatch(
                        of.batch, of.partition, encoder.encode(of.batch, of.step, selected), selected.total()));
            }
        });
    }

    private boolean isRepeated(CurrentBatch of) {
        return of.step <= earlier.step();
    }

    /** Ends a step: writes its batches, or compares them with the topic if the step is repeated. */
    public void endStep() {
        CurrentBatch last = current;
        thread.submit(() -> write(last));
    }

    private void write(CurrentBatch last) {
        if (thread.failed()) {
            return;
        }
        if (isRepeated(last)) {
            Map<Integer, BatchKey> lastOfStep = new HashMap<>();
            step.forEach(emitted -> lastOfStep.put(emitted.partition, BatchKey.of(emitted.batch)));
            lastOfStep.forEach((where, key) -> earlier.require(key, where, last.step));
        } else if (earlier.complete()) {
            throw new LogitstreamException("topic " + topic + " ends after training step " + earlier.step()
                    + " with an end-of-corpus marker, but the training continues; use another topic (topics.logits)");
        } else {
            for (StepBatch emitted : step) {
                producer.send(emitted.partition, BatchKey.of(emitted.batch).toString(), emitted.value);
                listener.onBatch(TokenBatches.positions(emitted.batch), emitted.kept, emitted.value.length);
            }
            producer.commitIfDue();
        }
        lastBatch = last.batch;
        step.clear();
    }

    /** Commits all emitted steps, and waits until they are committed. */
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
     * Writes an end-of-corpus marker to each partition, unless the topic has them.
     *
     * @param batches number of batches that the model was trained on; fewer than the corpus has if the training ended
     *     early
     * @param predictedTokens number of predicted tokens in these batches
     */
    public void finish(long batches, long predictedTokens) {
        thread.submit(() -> writeEndMarkers(batches, predictedTokens));
        commit();
    }

    private void writeEndMarkers(long batches, long predictedTokens) {
        if (!thread.failed() && !earlier.complete() && lastBatch != null) {
            byte[] value = encoder.encodeEndMarker(lastBatch, batches, predictedTokens);
            String key = BatchKey.endOf(lastBatch.getCorpus()).toString();
            for (int i = 0; i < earlier.partitions(); i++) {
                producer.send(i, key, value);
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
