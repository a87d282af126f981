package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.ScoredBatch;
import io.logitstream.teacher.model.StreamTeacher;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A teacher that finds the next token of the text certain, and answers as a test says. */
final class ScriptedTeacher implements StreamTeacher, BatchScorer {
    static final int VOCABULARY = 9;
    static final String TOKENIZER = "0".repeat(64);
    static final String IDS = "2".repeat(64);

    final List<TokenBatch> scored = new ArrayList<>();
    private final Set<String> sameIds = new HashSet<>();
    private Function<TokenBatch, CompletableFuture<ScoredBatch>> script =
            batch -> CompletableFuture.completedFuture(certain(batch));

    void answer(Function<TokenBatch, CompletableFuture<ScoredBatch>> next) {
        script = next;
    }

    static ScoredBatch certain(TokenBatch batch) {
        int[] tokens = TokenBatches.tokens(batch);
        int positions = TokenBatches.positions(batch);
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, positions);
        for (int i = 0; i < positions; i++) {
            logits.offsets()[i + 1] = i + 1;
            logits.ids()[i] = tokens[i + 1];
            logits.logProbs()[i] = 0;
            logits.tailMass()[i] = 0;
            logits.logSumExp()[i] = 0;
            logits.standardDeviation()[i] = 0;
            logits.entropy()[i] = 0;
        }
        return new ScoredBatch(logits, 0.25 * positions);
    }

    static TokenBatch batch(int number) {
        return new TokenBatch(
                "demo",
                0,
                number,
                1,
                4,
                TokenBatches.bytes(new int[] {number % VOCABULARY, 1, 2, 3}),
                TOKENIZER,
                VOCABULARY,
                null,
                null);
    }

    @Override
    public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
        scored.add(batch);
        return script.apply(batch);
    }

    @Override
    public int concurrency() {
        return 4;
    }

    @Override
    public ScoredBatch score(TokenBatch batch, SparseLogits reusable) {
        return ScoredBatch.await(score(batch));
    }

    @Override
    public BatchScorer scorer() {
        return this;
    }

    @Override
    public boolean givesStatistics() {
        return true;
    }

    @Override
    public boolean isReplaceable() {
        return false;
    }

    @Override
    public void requireContext(int contextLength) {}

    @Override
    public long measure(int rows, int contextLength) {
        return 0;
    }

    @Override
    public int longestContext() {
        return 0;
    }

    @Override
    public Teacher identity() {
        return new Teacher("scripted", "1".repeat(64), null);
    }

    @Override
    public SelectionConfig selection() {
        return new SelectionConfig(null, 3);
    }

    @Override
    public int vocabularySize() {
        return VOCABULARY;
    }

    @Override
    public String tokenizerHash() {
        return TOKENIZER;
    }

    @Override
    public String vocabulary() {
        return IDS;
    }

    @Override
    public void learnTokenizer(String hash, String ids) {
        if (IDS.equals(ids)) {
            sameIds.add(hash);
        }
    }

    @Override
    public boolean hasTokenizerOf(TokenBatch batch) {
        return StreamTeacher.super.hasTokenizerOf(batch) || sameIds.contains(batch.getTokenizerHash());
    }

    @Override
    public void close() {}
}
