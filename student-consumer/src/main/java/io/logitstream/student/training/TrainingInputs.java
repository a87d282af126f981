package io.logitstream.student.training;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.evaluation.HeldOutText;
import io.logitstream.student.input.ArchiveRecords;
import io.logitstream.student.input.BatchFeed;
import io.logitstream.student.input.CorpusSize;
import io.logitstream.student.input.CorpusWeights;
import io.logitstream.student.input.RecordDecoder;
import io.logitstream.student.input.TeacherChoice;
import io.logitstream.student.input.TopicReader;
import java.io.IOException;
import java.util.List;

/** The sources of a training, open from its start to its end: registry, batches, held-out text and the emitter. */
final class TrainingInputs implements AutoCloseable {
    private final ArchiveRecords archived;
    private final SchemaRegistryClient registry;
    private ResumePoint start;
    private StepEmitter emitter = StepEmitter.none();
    private HeldOutText heldOut;
    private BatchFeed feed;

    private TrainingInputs(KafkaSettings kafka, TrainingJob job) {
        archived = job.archive() == null ? null : new ArchiveRecords(job.archive());
        registry = archived == null ? RegistryClients.create(kafka) : archived.schemas();
    }

    /**
     * Opens the sources. Those of batches stay closed where the run is finished already.
     *
     * @param kafka cluster and registry; null for a job with an archive
     * @param emitters opens the emitter of the student's logits; null for none
     */
    static TrainingInputs open(KafkaSettings kafka, TrainingJob job, LogitsEmitter.Factory emitters) {
        if (emitters != null) {
            new TrainingChecks(job).requireEmittable();
        }
        TrainingInputs inputs = new TrainingInputs(kafka, job);
        try {
            inputs.openAll(kafka, job, emitters);
            return inputs;
        } catch (RuntimeException | Error e) {
            inputs.close();
            throw e;
        }
    }

    private void openAll(KafkaSettings kafka, TrainingJob job, LogitsEmitter.Factory emitters) {
        start = ResumePoint.of(
                job,
                () -> archived == null ? CorpusSize.find(kafka, registry, job.sizedBy()) : archived.corpusTokens());
        if (emitters != null) {
            emitter = new StepEmitter(emitters.open(start.settings(), start.step()), job.tokenizer(), start.step());
        }
        if (start.isFinished()) {
            return;
        }
        if (job.heldOut() != null && job.training().evaluateSteps() != null) {
            requireHeldOut(job);
            heldOut = job.heldOutArchive() == null
                    ? new HeldOutText(kafka, registry, job.heldOut(), job.tokenizer(), job.heldOutDocuments())
                    : new HeldOutText(job.heldOutArchive(), job.tokenizer(), job.heldOutDocuments());
        }
        RecordDecoder decoder = new RecordDecoder(
                registry,
                job.tokenizer().identity(),
                job.training().teacherSteps(),
                job.loss().truncation(),
                teachers(job),
                job.documents());
        feed = new BatchFeed(
                archived == null
                        ? new TopicReader(kafka, job.topic(), job.group(), decoder, CorpusWeights.of(job.training()))
                        : new TopicReader(archived, job.topic(), decoder, CorpusWeights.of(job.training())),
                job.training(),
                start.state() == null ? null : start.state().reader());
    }

    private static void requireHeldOut(TrainingJob job) {
        if (job.archive() != null && job.heldOutArchive() == null) {
            throw new UsageException("training.evaluateSteps reads the topic " + job.heldOut()
                    + ", which an archive of " + job.topic()
                    + " does not hold; name an archive of " + job.heldOut()
                    + " with --held-out-archive, or leave training.evaluateSteps out");
        }
    }

    // With alpha 0 no logits are used, so the topic may be that of any teacher.
    private static TeacherChoice teachers(TrainingJob job) {
        boolean textOnly = job.loss().alpha() == 0 && job.training().teachers() == null;
        return new TeacherChoice(
                textOnly ? List.of(TrainingConfig.ANY_TEACHER) : job.training().teachers());
    }

    /** Where the run starts. */
    ResumePoint start() {
        return start;
    }

    /** The run's batches, read ahead on a thread; null where the run is finished already. */
    BatchFeed feed() {
        return feed;
    }

    /** The text for evaluations during the training; null where there are none. */
    HeldOutText heldOut() {
        return heldOut;
    }

    StepEmitter emitter() {
        return emitter;
    }

    @Override
    public void close() {
        try {
            if (feed != null) {
                feed.close();
            }
        } finally {
            try {
                emitter.close();
            } finally {
                closeRegistry();
            }
        }
    }

    private void closeRegistry() {
        try {
            registry.close();
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }
}
