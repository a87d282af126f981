package io.logitstream.teacher.model;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.model.trial.ModelFailureText;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.selection.FiniteLogitsCheck;
import io.logitstream.teacher.selection.LogitsSelector;
import io.logitstream.teacher.selection.PartialSelection;
import io.logitstream.teacher.selection.SampleSeed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;

/** A teacher: model, identity and tokenizer. {@link TeacherLoader} loads it. Thread-safe. */
public final class TeacherModel extends TokenizedTeacher {
    /** From this time of a pass on, what a first pass does once has no weight in it. */
    private static final long LONG_PASS = TimeUnit.SECONDS.toNanos(2);

    /**
     * Positions of a forward pass in float32 on a CPU for each operation thread. The activations of a small model stay in
     * the cache. More passes read the weights more often, but that takes little time compared with the matrix products.
     */
    private static final int POSITIONS_OF_PASS = 1024;

    private final CausalModel model;
    private final LogitsSelector selector;
    private final NDManager manager;
    // Stream threads adopt the number of the thread that loads the teacher.
    private final OperationThreads threads = OperationThreads.current();
    private final TeachConfig config;
    private volatile int longestContext;
    private MeasurementAhead ahead;
    private volatile boolean closing;

    TeacherModel(
            CausalModel model,
            Teacher identity,
            TeachConfig config,
            SelectionConfig selection,
            int selectionThreads,
            TokenizerIdentity tokenizer) {
        super(identity, selection, tokenizer);
        this.model = model;
        this.config = config;
        this.manager = model.newScope();
        this.selector = new LogitsSelector(manager, selection, selectionThreads);
    }

    /**
     * Runs the teacher over a batch.
     *
     * @param batch valid batch, see {@link TokenBatches#require}
     * @param into receives the selected logits of all positions
     * @throws UnusableBatchException when the batch was made with another tokenizer
     * @throws ModelException when the logits are not finite or cannot be computed
     * @throws UsageException when the batch is longer than the teacher's context
     */
    public void process(TokenBatch batch, SparseLogits into) {
        process(batch, into, share -> {});
    }

    private void process(TokenBatch batch, SparseLogits into, DoubleConsumer progress) {
        if (!hasTokenizerOf(batch)) {
            throw new UnusableBatchException("batch " + BatchKey.of(batch) + " was made with tokenizer "
                    + batch.getTokenizerHash() + " of vocabulary " + batch.getVocabularySize() + ", but the teacher "
                    + identity().getId() + " has tokenizer " + tokenizerHash() + " of vocabulary " + vocabularySize());
        }
        threads.adopt();
        int context = batch.getLength() - 1;
        requireContext(context);
        longestContext = Math.max(longestContext, context);
        boolean isolated = Documents.of(batch) == Documents.ISOLATED;
        int rows = rowsOfPass(batch.getRows(), context, isolated);
        long stream = selection().sampled() ? SampleSeed.of(selection().seed(), BatchKey.of(batch)) : 0;
        int[] tokens = TokenBatches.tokens(batch);
        List<PartialSelection> parts = new ArrayList<>();
        for (int row = 0; row < batch.getRows(); row += rows) {
            int end = Math.min(batch.getRows(), row + rows);
            try (NDManager scope = manager.newSubManager()) {
                int[] ofRows = Arrays.copyOfRange(tokens, row * batch.getLength(), end * batch.getLength());
                NDArray tokens_BU = scope.create(ofRows, new Shape(end - row, batch.getLength()));
                NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
                DocumentLengths documents = DocumentLengths.of(ofRows, end - row, batch.getDocumentEnd());
                int before = row;
                parts.addAll(select(
                        ids_BT,
                        documents,
                        stream,
                        row * context,
                        share -> progress.accept((before + share * (end - before)) / batch.getRows())));
            }
        }
        selector.gather(parts, TokenBatches.positions(batch), into);
        FiniteLogitsCheck.require(into, context, identity().getId());
    }

    // Rows do not depend on each other: the results are those of one pass over all rows, up to rounding.
    private int rowsOfPass(int rows, int context, boolean isolated) {
        int fitting = config.rowsOfForward(rows, model.bytesPerRow(context, isolated));
        if (manager.getDevice().isGpu() || config.precision() != Precision.FLOAT32) {
            return fitting;
        }
        return Math.min(fitting, Math.max(1, threads.count() * POSITIONS_OF_PASS / context));
    }

    @Override
    public ScoredBatch score(TokenBatch batch, SparseLogits reusable) {
        return score(batch, reusable, share -> {});
    }

    @Override
    public ScoredBatch score(TokenBatch batch, SparseLogits reusable, DoubleConsumer progress) {
        process(batch, reusable, progress);
        return new ScoredBatch(reusable, null);
    }

    @Override
    public BatchScorer scorer() {
        return null;
    }

    // One pass more than the stream has threads: while a batch is selected, encoded and written, the next one computes.
    // Together they keep to the memory of one pass.
    @Override
    public int passes(BatchShape shape) {
        int context = (int) Math.min(shape.contextLength(), model.longestContext());
        boolean isolated = shape.documents() != Documents.JOINED;
        long bytes = rowsOfPass(shape.rows(), context, isolated) * model.bytesPerRow(context, isolated);
        return config.fitsForward(2 * bytes) ? config.threads() + 1 : config.threads();
    }

    @Override
    public boolean givesStatistics() {
        return true;
    }

    @Override
    public boolean isReplaceable() {
        return true;
    }

    @Override
    public void requireContext(int contextLength) {
        try {
            model.requireContext(contextLength);
        } catch (ModelException e) {
            throw new UsageException("teacher " + identity().getId() + ": " + e.getMessage());
        }
    }

    // libtorch throws when an index is computed from NaN, and when memory runs out.
    private List<PartialSelection> select(
            NDArray ids_BT, DocumentLengths documents, long stream, int first, DoubleConsumer progress) {
        try {
            CausalModel.Outputs outputs =
                    model.outputs(ids_BT, documents, vocabularySize(), config.precision(), progress);
            return selector.parts(outputs.values_N(), outputs.weight_VD(), vocabularySize(), stream, first);
        } catch (EngineException e) {
            throw new ModelException("teacher " + identity().getId() + ": " + ModelFailureText.of(e), e);
        }
    }

    /**
     * Measures the time of one batch, for time-outs.
     *
     * @param rows rows of a batch
     * @param contextLength positions of a row; limited to the teacher's context
     * @return nanoseconds of a second pass, after one warm-up pass, or of a first one that takes seconds
     */
    @Override
    public long measure(int rows, int contextLength) {
        MeasurementAhead measured;
        synchronized (this) {
            measured = ahead;
        }
        return measured != null && measured.isOf(rows, contextLength)
                ? measured.nanos()
                : measureNow(rows, contextLength);
    }

    @Override
    public synchronized void measureAhead(int rows, int contextLength, Runnable afterwards) {
        if (ahead == null) {
            ahead = new MeasurementAhead(rows, contextLength, () -> measureNow(rows, contextLength), afterwards);
        } else {
            afterwards.run();
        }
    }

    private long measureNow(int rows, int contextLength) {
        int length = (int) Math.min(contextLength, model.longestContext()) + 1;
        int[] tokens = new int[rows * length];
        TokenBatch batch = TokenBatch.newBuilder()
                .setCorpus("measurement")
                .setShard(0)
                .setBatch(0)
                .setRows(rows)
                .setLength(length)
                .setTokens(TokenBatches.bytes(tokens))
                .setTokenizerHash(tokenizerHash())
                .setVocabularySize(vocabularySize())
                .build();
        SparseLogits logits = new SparseLogits();
        int longest = longestContext;
        long time = time(() -> process(batch, logits));
        if (time < LONG_PASS && !closing) {
            time = time(() -> process(batch, logits));
        }
        longestContext = longest;
        return time;
    }

    private static long time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    @Override
    public int longestContext() {
        return longestContext;
    }

    @Override
    public void close() {
        closing = true;
        MeasurementAhead measured;
        synchronized (this) {
            measured = ahead;
        }
        if (measured != null) {
            measured.await();
        }
        selector.close();
        manager.close();
        model.close();
    }
}
