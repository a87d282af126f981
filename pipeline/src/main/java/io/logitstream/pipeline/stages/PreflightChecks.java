package io.logitstream.pipeline.stages;

import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.corpus.source.Mixtures;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.checkpoint.StudentFolder;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.StudentStart;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.StreamTeachers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks that fail before a topic is created or a folder is written. A run that fails later would leave topics and
 * folders that prevent the next start with corrected settings.
 */
public final class PreflightChecks {
    private static final List<String> MAY_BE_THERE = List.of(EmbeddedCluster.DATA, FolderLock.FILE);

    private PreflightChecks() {}

    /**
     * Requires that a corpus, or each source of a mixture, holds files. Standard input is not checked, since it can be
     * read only once.
     */
    public static void requireCorpus(CorpusConfig corpus) {
        if (!CorpusConfig.STANDARD_INPUT.equals(corpus.source())) {
            Mixtures.sources(corpus)
                    .forEach(source ->
                            CorpusReader.ofSource(corpus, source, null).close());
        }
    }

    /**
     * Requires that at most one of the two corpora is read from standard input.
     *
     * @param config configuration with held-out text
     * @throws UsageException if both are
     */
    public static void requireOneStandardInput(LogitstreamConfig config) {
        String source = config.corpus().source();
        if (source != null && source.equals(config.heldOut().source()) && CorpusReader.isReadOnce(config.corpus())) {
            String shown = CorpusConfig.STANDARD_INPUT.equals(source) ? "- (standard input)" : source;
            throw new UsageException("corpus.source and heldOut.source are both " + shown + ", which can be read only"
                    + " once; name a folder, glob, file, zip or jar for one of them");
        }
    }

    /**
     * Requires that the largest batch of a corpus fits into a record of its topic.
     *
     * @throws UsageException if topics.maxRecordBytes is too small
     */
    public static void requireTokensFit(CorpusConfig corpus, TopicsConfig topics) {
        requireFits(corpus, TokenBatches.maxRecordBytes(corpus.rows(), corpus.contextLength() + 1), "", topics);
    }

    /** Requires that the logits of the largest batch of a corpus fit into a record of their topic. */
    static void requireLogitsFit(LogitstreamConfig config) {
        if (!config.selection().bounded()) {
            return;
        }
        CorpusConfig corpus = config.corpus();
        int maxKept = config.selection().maxKept(Integer.MAX_VALUE);
        long largest = LogitsBatches.maxRecordBytes(
                LogitsCodecs.byName(config.teach().codec()), corpus.rows(), corpus.contextLength() + 1, maxKept);
        requireFits(corpus, largest, " with up to " + maxKept + " kept logits each (selection)", config.topics());
    }

    /**
     * Requires that a loss can be computed from the records of the configured teacher: a server tells no statistics over
     * the vocabulary.
     *
     * @param config configuration with the teacher
     * @param name name of the student, for the message
     * @param loss loss of the student
     * @throws UsageException if it cannot
     */
    public static void requireLossFits(LogitstreamConfig config, String name, LossConfig loss) {
        if (config.teach().server() == null || loss.alpha() == 0) {
            return;
        }
        SparseLogits served = new SparseLogits();
        served.resizeWithoutStatistics(0, 0);
        String mismatch = loss.mismatch(served);
        if (mismatch != null) {
            throw new UsageException(
                    "student " + name + " cannot learn from a served teacher (teach.server): " + mismatch);
        }
    }

    /**
     * Requires that the teacher can select the logits: a server tells only the most likely ones.
     *
     * @throws UsageException if it cannot
     */
    public static void requireSelectionFits(LogitstreamConfig config) {
        if (config.teach().server() != null) {
            StreamTeachers.requireSelection(config.selection(), config.teach().server());
        }
    }

    /** Requires all that a new run of {@code distill} needs, except its models: both corpora, and room for their records. */
    public static void requireDistillable(LogitstreamConfig config) {
        for (CorpusConfig corpus : List.of(config.corpus(), config.heldOut())) {
            requireCorpus(corpus);
            requireTokensFit(corpus, config.topics());
        }
        requireLogitsFit(config);
    }

    /**
     * Opens the configured teacher, or connects to its server, and requires that it reads rows as long as the texts'.
     *
     * @return the teacher; the caller closes it
     */
    public static StreamTeacher openTeacher(LogitstreamConfig config) {
        StreamTeacher teacher = TeachStage.loadTeacher(config);
        try {
            teacher.requireContext(
                    Math.max(config.corpus().contextLength(), config.heldOut().contextLength()));
            return teacher;
        } catch (RuntimeException e) {
            teacher.close();
            throw e;
        }
    }

    /**
     * Requires that a tokenizer is the teacher's, before anything is published with it.
     *
     * @param config configuration with the teacher
     * @param tokenizer tokenizer of the run
     */
    public static void requireTokenizerOfTeacher(LogitstreamConfig config, Tokenizer tokenizer) {
        Path folder = InputPath.require("teacher", config.teacher());
        if (!Tokenizer.hashOf(folder).equals(tokenizer.hash())) {
            requireSameIds(folder, tokenizer);
        }
        if (TorchScriptFile.isTorchScript(folder) || config.teach().server() != null) {
            // A TorchScript file shows its vocabulary only when it runs, and a served model when it is opened.
            return;
        }
        int vocabulary = LanguageModels.config(folder).vocabularySize();
        if (tokenizer.vocabularySize() > vocabulary) {
            throw new UsageException("tokenizer " + tokenizer.file() + " has " + tokenizer.vocabularySize()
                    + " tokens, but the vocabulary of teacher " + folder + " has only " + vocabulary);
        }
    }

    private static void requireSameIds(Path teacher, Tokenizer tokenizer) {
        try (Tokenizer own = Tokenizer.load(teacher)) {
            String difference = tokenizer.vocabulary().difference(own.vocabulary());
            if (difference != null) {
                throw new UsageException("tokenizer " + tokenizer.file() + " differs from that of teacher " + teacher
                        + ": " + difference + "; logits are meaningful only for the tokens of their teacher");
            }
        }
    }

    /**
     * Requires that a new student can start where its settings say.
     *
     * @param student settings of the student
     * @param tokenizer tokenizer of the run
     * @param device device on which the student is trained
     * @throws UsageException if its start does not fit the run, or the scaling of its rotary embedding the model
     */
    public static void requireStart(StudentConfig student, Tokenizer tokenizer, String device) {
        if (student.from() != null) {
            StudentStart.require(student.from(), tokenizer, device);
        }
        // Refuses a scaling that does not fit the model, whatever the context.
        student.model(tokenizer.vocabularySize(), 1, tokenizer.endOfText());
    }

    private static void requireFits(CorpusConfig corpus, long largest, String what, TopicsConfig topics) {
        if (largest > topics.maxRecordBytes()) {
            throw new UsageException("a batch of " + corpus.rows() + " rows of " + corpus.contextLength() + " tokens"
                    + what
                    + " takes up to " + largest + " bytes, but topics.maxRecordBytes is " + topics.maxRecordBytes()
                    + "; raise it, or use fewer rows or a smaller contextLength");
        }
    }

    /**
     * Requires that a folder is new, empty, or that of a student in training. The data of an embedded cluster may be in
     * it.
     *
     * @throws UsageException if it holds something else
     */
    public static void requireStudentFolder(Path out) {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new UsageException("student folder " + out.toAbsolutePath() + " is a file");
        }
        // A student that was killed while it waited for its first record has written only an event file.
        if (Files.isDirectory(out) && !new StudentFolder(out).isStarted()) {
            try (Stream<Path> files = Files.list(out)) {
                if (files.anyMatch(
                        file -> !MAY_BE_THERE.contains(file.getFileName().toString()))) {
                    throw new UsageException("student folder " + out.toAbsolutePath()
                            + " is not empty and holds no student in training; choose another one");
                }
            } catch (IOException e) {
                throw new LogitstreamException(
                        "student folder " + out.toAbsolutePath() + " cannot be read: " + FailureText.of(e), e);
            }
        }
    }

    /**
     * Requires that a device can be used.
     *
     * @param key setting or option that names it, for the message
     * @throws UsageException if the device is missing
     */
    public static void requireDevice(String key, String device) {
        try {
            Torch.newScope(device).close();
        } catch (ModelException e) {
            throw new UsageException(key + ": " + e.getMessage());
        }
    }
}
