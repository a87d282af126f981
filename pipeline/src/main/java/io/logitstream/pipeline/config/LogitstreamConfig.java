package io.logitstream.pipeline.config;

import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.MixtureSource;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Configuration of all stages. Bound by {@link ConfigurationPrecedence}.
 *
 * @param topics names and settings of the topics
 * @param corpus text to publish; the Java sources of kafka-clients by default
 * @param corpora sources of a mixture by their names, in place of {@code corpus.source}; none by default. Both corpora
 *     have them as their mixture
 * @param heldOut text to evaluate on; by default the sources of kafka-streams, or the documents that {@code
 *     corpus.holdOut} leaves out of another corpus; null if there is none
 * @param teacher Hugging Face folder of the teacher; by default the one that comes with logitstream
 * @param tokenizer folder or file of the tokenizer; the teacher's by default
 * @param selection selection of the teacher's logits that are kept
 * @param teach teacher stream
 * @param student shape of the student
 * @param training training of the student
 * @param loss loss of the student
 * @param students named students, each with the settings that differ from the three above; by default {@code pd},
 *     with no differences, and {@code lm} with alpha 0
 * @param pretrain model that {@code pretrain} trains: the settings that differ from student and training
 * @param prune smaller model that {@code prune} makes
 * @param tasks multiple-choice tasks to evaluate on, as jsonl files by the name of their layout; none by default
 * @param compute device and threads
 * @param metrics where metrics are served; nowhere by default
 * @param page where the status page is served; nowhere by default
 * @param cluster embedded cluster
 */
public record LogitstreamConfig(
        TopicsConfig topics,
        CorpusConfig corpus,
        Map<String, MixtureSource> corpora,
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
        PruneConfig prune,
        Map<String, String> tasks,
        ComputeConfig compute,
        MetricsConfig metrics,
        PageConfig page,
        EmbeddedSettings cluster) {
    /** Fills in the defaults, except for those that {@link BundledDefaults} gives. */
    public LogitstreamConfig {
        if (corpus == null) {
            throw new UsageException("corpus is null; set corpus.source to the text to publish");
        }
        if (heldOut != null && !Objects.equals(heldOut.endOfText(), corpus.endOfText())) {
            throw new UsageException("heldOut.endOfText is " + heldOut.endOfText() + " and corpus.endOfText "
                    + corpus.endOfText() + "; a model knows one token that ends documents, so set both to the same");
        }
        corpora = corpora == null ? Map.of() : new LinkedHashMap<>(corpora);
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
        prune = (prune == null ? PruneConfig.NOTHING : prune).withModel(teacher);
        tasks = tasks == null ? Map.of() : new LinkedHashMap<>(tasks);
        compute = compute == null ? new ComputeConfig(null, null) : compute;
        metrics = metrics == null ? new MetricsConfig(null, null) : metrics;
        page = page == null ? new PageConfig(null) : page;
        cluster = cluster == null ? EmbeddedSettings.defaults() : cluster;
        if (selection.sampled() && !LogitsCodecs.byName(teach.codec()).hasStatistics()) {
            throw new UsageException("teach.codec " + teach.codec()
                    + " holds no samples; set teach.codec to compact-1 or plain, or selection.method to another than"
                    + " sampled");
        }
    }

    /**
     * Settings of a student.
     *
     * @param name name of the student; null for the settings of the top level
     * @throws UsageException if the configuration has no student of this name
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

    /** How the documents of the held-out topic have to be read; null if the topic decides. */
    public Documents heldOutDocuments() {
        return heldOut == null ? corpus.documents() : heldOut.documents();
    }

    /** The same with other topics. */
    public LogitstreamConfig withTopics(TopicsConfig other) {
        return new LogitstreamConfig(
                other, corpus, corpora, heldOut, teacher, tokenizer, selection, teach, student, training, loss,
                students, pretrain, prune, tasks, compute, metrics, page, cluster);
    }

    /** The same with another selection of the logits. */
    public LogitstreamConfig withSelection(SelectionConfig other) {
        return new LogitstreamConfig(
                topics, corpus, corpora, heldOut, teacher, tokenizer, other, teach, student, training, loss, students,
                pretrain, prune, tasks, compute, metrics, page, cluster);
    }

    /** The same with another loss at the top level; named students keep theirs. */
    public LogitstreamConfig withLoss(LossConfig other) {
        return new LogitstreamConfig(
                topics, corpus, corpora, heldOut, teacher, tokenizer, selection, teach, student, training, other,
                students, pretrain, prune, tasks, compute, metrics, page, cluster);
    }
}
