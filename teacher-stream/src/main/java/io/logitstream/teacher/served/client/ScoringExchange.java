package io.logitstream.teacher.served.client;

import io.logitstream.messages.Printable;
import io.logitstream.messages.Secrets;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.served.ScoringRequirements;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.AnswerReader;
import io.logitstream.teacher.served.wire.JsonReader;
import io.logitstream.teacher.served.wire.RequestBuffer;
import io.logitstream.teacher.served.wire.RowScores;
import io.logitstream.teacher.served.wire.ScoringEndpoint;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One scoring request after the other, each with its answer. Not thread-safe: each thread has its own. */
final class ScoringExchange {
    /** Bytes of an answer besides the entries. */
    private static final long OTHER_BYTES = 1L << 20;

    private final HttpAccess http;
    private final ScoringEndpoint endpoint;
    private final ScoringRequirements requirements;
    private final long patience;
    private final AnswerReader reader;
    private final JsonReader json = new JsonReader();
    private RequestBuffer request = new RequestBuffer();

    ScoringExchange(HttpAccess http, ScoringEndpoint endpoint, ScoringRequirements requirements, ServerConfig config) {
        this.http = http;
        this.endpoint = endpoint;
        this.requirements = requirements;
        this.patience = TimeUnit.SECONDS.toNanos(config.timeoutSeconds());
        this.reader = endpoint.newReader();
    }

    /**
     * Asks for scores.
     *
     * @param address address without a path
     * @param prompts one prompt, or several if the endpoint takes them
     * @param into receives the scores of each prompt; undefined after a failure
     * @param started receives what ends the exchange early
     */
    void score(String address, int[][] prompts, RowScores[] into, Consumer<Runnable> started)
            throws ServerFailure, InterruptedException {
        http.traffic().addRequest();
        try {
            exchange(address, prompts, into, started);
        } catch (ServerFailure e) {
            http.traffic().addFailure();
            throw e;
        }
    }

    private void exchange(String address, int[][] prompts, RowScores[] into, Consumer<Runnable> started)
            throws ServerFailure, InterruptedException {
        String url = address + endpoint.path();
        endpoint.write(prompts, request);
        RequestBuffer sent = request;
        // The client may still be sending the buffer of an exchange that failed.
        request = null;
        try {
            HttpResponse<AnswerBody> answer =
                    http.send(url, sent, mostBytes(prompts), System.nanoTime() + patience, started);
            if (answer.statusCode() != AnswerStatus.OK) {
                throw AnswerStatus.failure(url, http.hasKey(), answer);
            }
            read(url, answer, prompts, into);
            request = sent;
        } finally {
            if (request == null) {
                request = new RequestBuffer();
            }
        }
    }

    private long mostBytes(int[][] prompts) {
        long tokens = 0;
        for (int[] prompt : prompts) {
            tokens += prompt.length;
        }
        return OTHER_BYTES + tokens * (requirements.entries() + 2L) * endpoint.mostBytesPerEntry();
    }

    private void read(String url, HttpResponse<AnswerBody> answer, int[][] prompts, RowScores[] into)
            throws ServerFailure {
        String type = answer.headers().firstValue("content-type").orElse("");
        try (AnswerBody body = answer.body()) {
            if (type.contains("html")) {
                throw new AnswerException("is a page (" + Printable.of(type, 40) + "): '"
                        + Printable.of(ErrorWords.of(body.readNBytes(4096)), 80) + "'");
            }
            json.start(body);
            reader.read(json, prompts, into);
            json.end();
        } catch (AnswerException | AnswerBody.TooLongException e) {
            throw new ServerFailure(Kind.UNUSABLE, url + ": the answer " + Secrets.masked(e.getMessage()), e);
        } catch (IOException e) {
            throw HttpAccess.failure(url, e);
        }
    }
}
