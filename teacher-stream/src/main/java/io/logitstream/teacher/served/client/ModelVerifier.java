package io.logitstream.teacher.served.client;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.teacher.served.PromptScores;
import io.logitstream.teacher.served.ServedModel;
import io.logitstream.teacher.served.client.ServerFailure.Kind;
import io.logitstream.teacher.served.wire.AnswerException;
import io.logitstream.teacher.served.wire.RowScores;
import io.logitstream.teacher.served.wire.ServerDialect;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Consumer;

/** Asks addresses which model they have, and compares it with the one of the run. Thread-safe. */
final class ModelVerifier {
    private final HttpAccess http;
    private final ServerDialect dialect;
    private final ServedModel expected;
    private final Probe probe;

    ModelVerifier(HttpAccess http, ServerDialect dialect, ServedModel expected, Probe probe) {
        this.http = http;
        this.dialect = dialect;
        this.expected = expected;
        this.probe = probe;
    }

    /**
     * Asks an address for its model.
     *
     * @param wanted name of the model; null for the only one
     * @throws UsageException if it has no such model, or cannot be used as it was started
     */
    static ServedModel identify(
            HttpAccess http, ServerDialect dialect, String address, String wanted, Consumer<Runnable> started)
            throws ServerFailure, InterruptedException {
        try {
            return dialect.identify(new HttpServerInfo(http, address, started), wanted);
        } catch (IOException | AnswerException e) {
            throw failure(address, e);
        }
    }

    /** The failure of a small request. */
    static ServerFailure failure(String address, Exception cause) {
        if (cause instanceof HttpServerInfo.RequestException request) {
            return request.failure();
        }
        return new ServerFailure(
                cause instanceof AnswerException ? Kind.UNUSABLE : Kind.DOWN,
                address
                        + (cause instanceof AnswerException
                                ? ": the answer " + cause.getMessage()
                                : ": " + FailureText.of(cause)),
                cause);
    }

    /**
     * Requires that an address has the model of the run. While a server restarts, a proxy in front of it may answer that
     * there is no such path, or with a page: {@link Kind#ABSENT}, which passes.
     *
     * @throws LogitstreamException if it has another one
     */
    void verify(String address, ScoringExchange exchange, Consumer<Runnable> started)
            throws ServerFailure, InterruptedException {
        ServedModel found;
        try {
            found = identify(http, dialect, address, expected.name(), started);
        } catch (UsageException e) {
            throw new LogitstreamException(
                    e.getMessage() + "; at the start of this run it was '" + expected.name() + "'", e);
        } catch (ServerFailure e) {
            throw e.kind() == Kind.UNUSABLE ? new ServerFailure(Kind.ABSENT, e.getMessage(), e) : e;
        }
        requireSame(address, found, expected, "the run began with");
        score(address, exchange, started);
    }

    /** The model of the run. */
    ServedModel expected() {
        return expected;
    }

    /** Scores the probe. */
    void score(String address, ScoringExchange exchange, Consumer<Runnable> started)
            throws ServerFailure, InterruptedException {
        RowScores[] rows = {new RowScores()};
        exchange.score(address, probe.prompts(), rows, started);
        PromptScores scores = new PromptScores();
        RowScores.join(rows, scores);
        probe.requireSame(address, scores);
    }

    /**
     * Requires that an address has a model.
     *
     * @param origin where the expected model comes from, for the message
     * @throws LogitstreamException naming what differs
     */
    static void requireSame(String address, ServedModel found, ServedModel expected, String origin) {
        difference(address, "model", found.name(), expected.name(), origin);
        difference(address, "version", found.version(), expected.version(), origin);
        difference(address, "revision", found.revision(), expected.revision(), origin);
        difference(address, "longest prompt", found.maxPrompt(), expected.maxPrompt(), origin);
    }

    private static void difference(String address, String what, Object found, Object expected, String origin) {
        if (!Objects.equals(found, expected)) {
            throw new LogitstreamException(
                    address + " has " + what + " '" + found + "', but " + origin + " '" + expected
                            + "'; the log-probabilities of a run come from one model in one version: start the servers alike, or"
                            + " start this command again");
        }
    }
}
