package io.logitstream.pipeline.config;

import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The one configuration of all stages.
 *
 * @param topics the topics
 * @param corpus text to publish; by default the Java sources of kafka-clients
 * @param heldOut text to evaluate on; by default sources of kafka-streams
 * @param teacher Hugging Face folder of the teacher; by default the one that comes with logitstream
 * @param tokenizer folder or file of the tokenizer, by default the teacher's
 * @param selection which of the teacher's logits are kept
 * @param teach the teacher stream
 * @param student shape of the student
 * @param training how it is trained
 * @param loss its loss
 * @param students several students by name, each with what differs from the three above; by default {@code pd}, as they
 *     are, and {@code lm} with alpha 0
 * @param pretrain the model that {@code pretrain} makes: what differs from student and training
 * @param tasks multiple-choice tasks to evaluate on: jsonl files by the name of their layout, none by default
 * @param compute device and threads
 * @param metrics where metrics are served, if at all
 * @param page where the page of a running command is served, if at all
 * @param cluster the embedded cluster
 */
public record LogitstreamConfig(
        TopicsConfig topics,
        CorpusConfig corpus,
        CorpusConfig heldOut,
        String teacher,
        String tokenizer,
        SelectionConfig selection,
        TeachConfig teach,
        StudentConfig student,
        TrainingConfig training,
        LossConfig loss,
        Map<String, StudentTrainingConfig> students,
        PretrainConfig pretrain,
        Map<String, String> tasks,
        ComputeConfig compute,
        MetricsConfig metrics,
        PageConfig page,
        EmbeddedSettings cluster) {
    /** Fills in the defaults, but for those of corpus and teacher, see {@link Defaults}. */
    public LogitstreamConfig {
        if (corpus == null) {
            throw new UsageException("corpus is null: name text to publish");
        }
        topics = topics == null
                ? new TopicsConfig(null, null, null, null, null, null, null, null, null, null, null)
                : topics;
        tokenizer = tokenizer == null ? teacher : tokenizer;
        selection = selection == null ? new SelectionConfig(null, null) : selection;
        teach = teach == null ? new TeachConfig(null, null, null, null, null, null) : teach;
        student = student == null ? StudentConfig.of(null) : student;
        training = training == null ? TrainingConfig.defaults() : training;
        loss = loss == null ? LossConfig.defaults() : loss;
        pretrain = pretrain == null ? new PretrainConfig(student, training) : pretrain;
        tasks = tasks == null ? Map.of() : new LinkedHashMap<>(tasks);
        compute = compute == null ? new ComputeConfig(null, null) : compute;
        metrics = metrics == null ? new MetricsConfig(null, null) : metrics;
        page = page == null ? new PageConfig(null) : page;
        cluster = cluster == null ? EmbeddedSettings.defaults() : cluster;
    }

    /**
     * One of the students.
     *
     * @param name its name; null for the one of the top level
     */
    public StudentTrainingConfig student(String name) {
        if (name == null) {
            return new StudentTrainingConfig(student, training, loss);
        }
        if (!students.containsKey(name)) {
            throw new UsageException(
                    "--student " + name + ": the configuration's students are " + String.join(", ", students.keySet()));
        }
        return students.get(name);
    }

    /** The same with other topics. */
    public LogitstreamConfig withTopics(TopicsConfig other) {
        return new LogitstreamConfig(
                other, corpus, heldOut, teacher, tokenizer, selection, teach, student, training, loss, students,
                pretrain, tasks, compute, metrics, page, cluster);
    }

    /** The same with another selection of the logits. */
    public LogitstreamConfig withSelection(SelectionConfig other) {
        return new LogitstreamConfig(
                topics, corpus, heldOut, teacher, tokenizer, other, teach, student, training, loss, students, pretrain,
                tasks, compute, metrics, page, cluster);
    }

    /** The same with another loss at the top level; named students keep theirs. */
    public LogitstreamConfig withLoss(LossConfig other) {
        return new LogitstreamConfig(
                topics, corpus, heldOut, teacher, tokenizer, selection, teach, student, training, other, students,
                pretrain, tasks, compute, metrics, page, cluster);
    }
}
