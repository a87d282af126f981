package io.logitstream.teacher.served;

import java.util.concurrent.CompletableFuture;

/**
 * One or several servers of the same model, which give the log-probabilities of the tokens of a prompt. Thread-safe.
 *
 * <p>Every answer is checked before it is returned: a result is complete, finite and within the vocabulary, or there is
 * none.
 */
public interface TeacherServer extends AutoCloseable {
    /** The model as the servers described it at start. Every later answer comes from this model. */
    ServedModel describe();

    /**
     * Scores the rows of a batch. The call returns at once. At most {@code teach.server.requests} requests are in
     * flight; the others wait in the order of the calls. A batch takes one request or several.
     *
     * <p>The result fails with
     *
     * <ul>
     *   <li>{@link RefusedPromptException} if the server will never take a prompt, for example because it is too long
     *   <li>{@link io.logitstream.messages.LogitstreamException} if the servers fail for longer than {@code
     *       teach.server.retrySeconds}, or give answers that cannot be used
     *   <li>{@link java.util.concurrent.CancellationException} if {@link #close} comes first
     * </ul>
     *
     * Cancelling the result ends its requests.
     *
     * @param prompts token ids of each row, two or more; a row of n + 1 tokens has n positions, because the first token
     *     is given. The arrays must not change before the result is there
     * @param into receives the positions of all rows, row after row, in the moment before the result completes; it is
     *     not touched after a result has failed
     * @return {@code into}
     */
    CompletableFuture<PromptScores> score(int[][] prompts, PromptScores into);

    /** Scores the rows of a batch as {@link #score(int[][], PromptScores)} does, into new arrays. */
    default CompletableFuture<PromptScores> score(int[][] prompts) {
        return score(prompts, new PromptScores());
    }

    /** Counts of the requests and answers so far. */
    ServerTraffic traffic();

    /** Cancels all requests in flight and ends the threads. Results that are not complete are cancelled. */
    @Override
    void close();
}
