package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.ScoredBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A scorer that answers when a test tells it to. The loss of an answer is the number of its batch. */
final class HeldBackScorer implements BatchScorer {
    private final int concurrency;
    private final Map<String, CompletableFuture<ScoredBatch>> open = new LinkedHashMap<>();
    private final List<String> started = new ArrayList<>();

    HeldBackScorer(int concurrency) {
        this.concurrency = concurrency;
    }

    @Override
    public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
        CompletableFuture<ScoredBatch> result = new CompletableFuture<>();
        String name = name(batch);
        started.add(name);
        open.put(name, result);
        return result;
    }

    @Override
    public int concurrency() {
        return concurrency;
    }

    static String name(TokenBatch batch) {
        return batch.getShard() + "/" + batch.getBatch();
    }

    /** Batches in the order in which they were started. */
    List<String> started() {
        return List.copyOf(started);
    }

    /** Batches without an answer. */
    List<String> open() {
        return open.entrySet().stream()
                .filter(each -> !each.getValue().isDone())
                .map(Map.Entry::getKey)
                .toList();
    }

    boolean isCancelled(String name) {
        return open.get(name).isCancelled();
    }

    void answer(String name) {
        open.get(name)
                .complete(new ScoredBatch(new SparseLogits(), Double.valueOf(name.substring(name.indexOf('/') + 1))));
    }

    void answerAll() {
        while (!open().isEmpty()) {
            open().forEach(this::answer);
        }
    }

    void fail(String name, RuntimeException failure) {
        open.get(name).completeExceptionally(failure);
    }
}
