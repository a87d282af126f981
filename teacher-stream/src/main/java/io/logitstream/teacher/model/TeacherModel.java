package io.logitstream.teacher.model;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import io.logitstream.model.huggingface.ModelWeights;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScriptFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.model.trial.ModelFailureText;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.selection.FiniteLogitsCheck;
import io.logitstream.teacher.selection.LogitsSelector;
import io.logitstream.teacher.selection.PartialSelection;
import io.logitstream.teacher.selection.SampleSeed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A teacher: its model, its name and the tokenizer it was made with. Safe for several threads. */
public final class TeacherModel implements AutoCloseable {
    private final CausalModel model;
    private final LogitsSelector selector;
    private final NDManager manager;
    // Stream threads adopt the number of the thread that loads the teacher.
    private final OperationThreads threads = OperationThreads.current();
    private final Teacher identity;
    private final SelectionConfig selection;
    private final TeachConfig config;
    private final String tokenizerHash;
    private final int vocabularySize;
    private volatile int longestContext;

    private TeacherModel(
            CausalModel model,
            Teacher identity,
            TeachConfig config,
            SelectionConfig selection,
            String tokenizerHash,
            int vocabularySize) {
        this.model = model;
        this.config = config;
        this.manager = model.newScope();
        this.selector = new LogitsSelector(manager, selection, selectionThreads(config));
        this.identity = identity;
        this.selection = selection;
        this.tokenizerHash = tokenizerHash;
        this.vocabularySize = vocabularySize;
    }

    /**
     * Loads a finished teacher, whose name is {@code teach.id} or that of its folder.
     *
     * @param path Hugging Face folder with its tokenizer, or a TorchScript file beside a tokenizer
     * @param config settings
     * @param selection which logits are kept
     * @throws UsageException when the tokenizer does not fit the model
     */
    public static TeacherModel load(Path path, TeachConfig config, SelectionConfig selection) {
        return load(path, config.id(), null, config, selection);
    }

    /**
     * Loads a teacher.
     *
     * @param path as above
     * @param id name in the records, null for that of the folder
     * @param trainingStep where it stood in its own training, null for a finished teacher
     * @param config settings
     * @param selection which logits are kept
     * @throws UsageException when the tokenizer does not fit the model
     */
    public static TeacherModel load(
            Path path, String id, Long trainingStep, TeachConfig config, SelectionConfig selection) {
        String hash;
        int vocabularySize;
        try (Tokenizer tokenizer = Tokenizer.load(path)) {
            hash = tokenizer.hash();
            vocabularySize = tokenizer.vocabularySize();
        }
        CausalModel model = CausalModels.open(path, config.device(), config.torchScript());
        try {
            requireVocabulary(model.vocabularySize(), vocabularySize, path);
            if (config.precision() != Precision.FLOAT32 && TorchScriptFile.isTorchScript(path)) {
                throw new UsageException("teach.precision: " + path.toAbsolutePath()
                        + " is TorchScript, which computes as it was" + " saved; leave teach.precision out");
            }
            Teacher identity = new Teacher(
                    id != null
                            ? id
                            : path.toAbsolutePath().normalize().getFileName().toString(),
                    ModelWeights.hash(path),
                    trainingStep);
            return new TeacherModel(model, identity, config, selection, hash, vocabularySize);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    // Cores that libtorch's threads leave idle, shared by the stream threads.
    private static int selectionThreads(TeachConfig config) {
        return config.device().equals("cpu")
                ? Math.max(
                        1,
                        Runtime.getRuntime().availableProcessors()
                                / (OperationThreads.current().count() * config.threads()))
                : 1;
    }

    private static void requireVocabulary(int model, int tokenizer, Path path) {
        if (tokenizer > model) {
            throw new UsageException(path.toAbsolutePath() + ": the tokenizer has " + tokenizer
                    + " tokens, but the model's vocabulary is " + model
                    + "; use the tokenizer that the model was trained with");
        }
    }

    /**
     * Runs the teacher over a batch.
     *
     * @param batch a batch that {@link TokenBatches#require} has accepted
     * @param into receives the selected logits
     * @throws UnusableBatchException when the batch was made with another tokenizer
     * @throws ModelException when the logits are not finite, or cannot be computed
     * @throws UsageException when the batch is longer than the context that the teacher was made for
     */
    public void process(TokenBatch batch, SparseLogits into) {
        if (!batch.getTokenizerHash().equals(tokenizerHash) || batch.getVocabularySize() != vocabularySize) {
            throw new UnusableBatchException("batch " + BatchKey.of(batch) + " was made with tokenizer "
                    + batch.getTokenizerHash() + " of vocabulary " + batch.getVocabularySize() + ", but the teacher "
                    + identity.getId() + " has tokenizer " + tokenizerHash + " of vocabulary " + vocabularySize);
        }
        threads.adopt();
        int context = batch.getLength() - 1;
        requireContext(context);
        longestContext = Math.max(longestContext, context);
        int rows = config.rowsOfForward(batch.getRows(), model.bytesPerRow(context));
        long stream = selection.sampled() ? SampleSeed.of(selection.seed(), BatchKey.of(batch)) : 0;
        int[] tokens = TokenBatches.tokens(batch);
        List<PartialSelection> parts = new ArrayList<>();
        for (int row = 0; row < batch.getRows(); row += rows) {
            int end = Math.min(batch.getRows(), row + rows);
            try (NDManager scope = manager.newSubManager()) {
                NDArray tokens_BU = scope.create(
                        Arrays.copyOfRange(tokens, row * batch.getLength(), end * batch.getLength()),
                        new Shape(end - row, batch.getLength()));
                NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
                parts.addAll(select(ids_BT, stream, row * context));
            }
        }
        selector.gather(parts, TokenBatches.positions(batch), into);
        FiniteLogitsCheck.require(into, context, identity.getId());
    }

    /**
     * Checks that the teacher can read batches of a context length.
     *
     * @throws UsageException when they are longer than it was made for
     */
    public void requireContext(int contextLength) {
        try {
            model.requireContext(contextLength);
        } catch (ModelException e) {
            throw new UsageException("teacher " + identity.getId() + ": " + e.getMessage());
        }
    }

    // libtorch fails where an index is made of NaN, and where there is no memory left.
    private List<PartialSelection> select(NDArray ids_BT, long stream, int first) {
        try {
            CausalModel.Outputs outputs = model.outputs(ids_BT, vocabularySize, config.precision());
            return selector.parts(outputs.values_N(), outputs.weight_VD(), vocabularySize, stream, first);
        } catch (EngineException e) {
            throw new ModelException("teacher " + identity.getId() + ": " + ModelFailureText.of(e), e);
        }
    }

    /**
     * Time of one forward pass, to set time-outs by.
     *
     * @param rows rows of a batch
     * @param contextLength positions of a row; as many as the teacher can read where that is less
     * @return nanoseconds of the second pass; the first one warms up
     */
    public long measure(int rows, int contextLength) {
        int length = (int) Math.min(contextLength, model.longestContext()) + 1;
        int[] tokens = new int[rows * length];
        TokenBatch batch = TokenBatch.newBuilder()
                .setCorpus("measurement")
                .setShard(0)
                .setBatch(0)
                .setRows(rows)
                .setLength(length)
                .setTokens(TokenBatches.bytes(tokens))
                .setTokenizerHash(tokenizerHash)
                .setVocabularySize(vocabularySize)
                .build();
        SparseLogits logits = new SparseLogits();
        int longest = longestContext;
        process(batch, logits);
        long start = System.nanoTime();
        process(batch, logits);
        longestContext = longest;
        return System.nanoTime() - start;
    }

    /** Positions of the longest context of a batch so far. */
    public int longestContext() {
        return longestContext;
    }

    /** Name, weights hash and training step, as every record carries them. */
    public Teacher identity() {
        return identity;
    }

    /** Which logits are kept. */
    public SelectionConfig selection() {
        return selection;
    }

    /** As every record carries it. */
    public Selection selectionRecord() {
        return selection.record(vocabularySize);
    }

    /** Ids that the teacher's tokenizer gives. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /** SHA-256 of the teacher's {@code tokenizer.json}. */
    public String tokenizerHash() {
        return tokenizerHash;
    }

    /** Whether a batch was made with the teacher's tokenizer. */
    public boolean hasTokenizerOf(TokenBatch batch) {
        return batch.getTokenizerHash().equals(tokenizerHash()) && batch.getVocabularySize() == vocabularySize();
    }

    @Override
    public void close() {
        selector.close();
        manager.close();
        model.close();
    }
}
