package io.logitstream.teacher.model;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.Printable;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.RefusedPromptException;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.ServerTraffic;
import io.logitstream.teacher.served.TeacherServer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A teacher whose log-probabilities a server computes. {@link StreamTeachers} opens it. Thread-safe. */
public final class ServedTeacher extends TokenizedTeacher implements BatchScorer {
    /** Time of a batch for the stream's time-outs. The stream's threads only encode and write it. */
    private static final long BATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final TeacherServer server;
    private final ServedModel model;
    private final int concurrency;

    /**
     * @param server closed with the teacher
     * @param id name chosen by the user; null for the name of the model on the server
     * @param selection which logits are kept; top-k or top-p-top-k
     * @param concurrency batches that are worth being in flight
     * @param tokenizer its tokenizer
     */
    ServedTeacher(
            TeacherServer server, String id, SelectionConfig selection, int concurrency, TokenizerIdentity tokenizer) {
        super(ServedIdentity.of(server.describe(), id), selection, tokenizer);
        this.server = server;
        this.model = server.describe();
        this.concurrency = concurrency;
    }

    @Override
    public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
        CompletableFuture<PromptScores> answer = server.score(ServedPrompts.of(batch));
        CompletableFuture<ScoredBatch> result = new CompletableFuture<>();
        var unused = answer.whenComplete((scores, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure(failure));
                return;
            }
            try {
                result.complete(
                        new ScoredBatch(ServedSelection.select(scores, selection()), ServedSelection.textLoss(scores)));
            } catch (Throwable e) {
                // An error that is thrown here reaches nobody, and the stream would wait for the result.
                result.completeExceptionally(e);
            }
        });
        var unusedCancellation = result.whenComplete((scored, failure) -> {
            if (result.isCancelled()) {
                answer.cancel(true);
            }
        });
        return result;
    }

    private Throwable failure(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof LogitstreamException)) {
            cause = cause.getCause();
        }
        if (cause instanceof RefusedPromptException) {
            return new RefusedBatchException("teacher " + identity().getId() + ": " + cause.getMessage());
        }
        return cause instanceof LogitstreamException && !(cause instanceof UsageException)
                ? new ModelException("teacher " + identity().getId() + ": " + cause.getMessage(), cause)
                : cause;
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
    public int concurrency() {
        return concurrency;
    }

    @Override
    public boolean givesStatistics() {
        return false;
    }

    @Override
    public boolean isReplaceable() {
        return false;
    }

    @Override
    public void requireContext(int contextLength) {
        if (model.maxPrompt() != null && contextLength + 1 > model.maxPrompt()) {
            throw new UsageException("teacher " + identity().getId() + ": a row of " + (contextLength + 1)
                    + " tokens is longer than the " + model.maxPrompt() + " that the server takes; start it with a"
                    + " longer context (vLLM: --max-model-len, SGLang: --context-length), or lower"
                    + " corpus.contextLength");
        }
    }

    @Override
    public long measure(int rows, int contextLength) {
        return BATCH_NANOS;
    }

    // No announced teacher takes its place.
    @Override
    public int longestContext() {
        return 0;
    }

    /** Counts of the requests and answers so far. */
    public ServerTraffic traffic() {
        return server.traffic();
    }

    /** Name, program, revision and hash of the teacher in one line. */
    public String description() {
        return identity().getId() + ": " + model.api().key() + (model.version() == null ? "" : " " + model.version())
                + (model.revision() == null ? "" : ", revision " + Printable.of(model.revision())) + ", recorded as "
                + identity().getWeightsHash();
    }

    @Override
    public void close() {
        server.close();
    }
}
