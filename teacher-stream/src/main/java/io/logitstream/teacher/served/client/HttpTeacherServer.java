package io.logitstream.teacher.served.client;

import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.ServerTraffic;
import io.logitstream.teacher.served.TeacherServer;
import io.logitstream.teacher.served.wire.RowScores;
import io.logitstream.teacher.served.wire.ScoringEndpoint;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server reached by HTTP. Each request in flight has a thread, which waits for the answer and reads it. */
final class HttpTeacherServer implements TeacherServer {
    /** Prompts are put together into a request up to this number of tokens. */
    private static final int TOKENS_OF_A_REQUEST = 4096;

    private static final int ROWS_KEPT = 4;
    private static final long IDLE_SECONDS = 30;
    private static final long STACK_BYTES = 512 * 1024;

    private final ServedModel model;
    private final ScoringEndpoint endpoint;
    private final ScoringJob.Context context;
    private final ScratchPool scratch;
    private final ThreadPoolExecutor workers;
    private final ServerTraffic traffic;
    private final Set<ScoringCall> calls = ConcurrentHashMap.newKeySet();

    HttpTeacherServer(
            ServedModel model,
            ScoringEndpoint endpoint,
            ScoringJob.Context context,
            HttpAccess http,
            ServerConfig config) {
        this.model = model;
        this.endpoint = endpoint;
        this.context = context;
        this.traffic = http.traffic();
        this.scratch = new ScratchPool(
                () -> new ScoringExchange(http, endpoint, context.requirements(), config),
                ROWS_KEPT * config.requests());
        AtomicInteger number = new AtomicInteger();
        workers = new ThreadPoolExecutor(
                config.requests(),
                config.requests(),
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> {
                    Thread thread = new Thread(null, task, "teacher-server-" + number.incrementAndGet(), STACK_BYTES);
                    thread.setDaemon(true);
                    return thread;
                });
        workers.allowCoreThreadTimeOut(true);
    }

    @Override
    public ServedModel describe() {
        return model;
    }

    @Override
    public ServerTraffic traffic() {
        return traffic;
    }

    @Override
    public CompletableFuture<PromptScores> score(int[][] prompts, PromptScores into) {
        for (int[] prompt : prompts) {
            if (prompt.length < 2) {
                throw new IllegalArgumentException("a prompt of " + prompt.length + " tokens has no position");
            }
        }
        ScoringCall call = new ScoringCall(into, prompts.length, calls::remove);
        if (prompts.length == 0) {
            call.add(0, new RowScores[0]);
            return call;
        }
        calls.add(call);
        try {
            for (int row = 0; row < prompts.length; ) {
                int end = endOfRequest(prompts, row);
                workers.execute(new ScoringJob(context, scratch, call, row, Arrays.copyOfRange(prompts, row, end)));
                row = end;
            }
        } catch (RejectedExecutionException e) {
            call.cancel(true);
        } catch (Throwable e) {
            // For example, there are no threads left. The requests that were started end with the call.
            call.completeExceptionally(e);
        }
        return call;
    }

    private int endOfRequest(int[][] prompts, int first) {
        int end = first + 1;
        long tokens = prompts[first].length;
        while (endpoint.takesSeveralPrompts()
                && end < prompts.length
                && tokens + prompts[end].length <= TOKENS_OF_A_REQUEST) {
            tokens += prompts[end++].length;
        }
        return end;
    }

    @Override
    public void close() {
        // Cancelled first, so that the interruption of a thread is no failure of a server.
        calls.forEach(call -> call.cancel(true));
        workers.shutdownNow();
        calls.forEach(call -> call.cancel(true));
    }
}
