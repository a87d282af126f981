package io.logitstream.cli.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** An endless corpus: writes texts to the standard input of a publisher until it is ended. */
@SuppressWarnings("FutureReturnValueIgnored") // requireOpen fails where a write has failed.
public final class LiveCorpus implements AutoCloseable {
    private static final int WORDS = 300;

    private final CliProcess publisher;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    private long documents;

    /**
     * @param publisher a publisher that reads jsonl
     * @param pauseMs milliseconds between texts of about 2,000 characters
     */
    public LiveCorpus(CliProcess publisher, long pauseMs) {
        this.publisher = publisher;
        writer.scheduleAtFixedRate(this::writeDocument, 0, pauseMs, TimeUnit.MILLISECONDS);
    }

    private void writeDocument() {
        try {
            publisher.write(
                    new ObjectMapper().writeValueAsString(Map.of("text", TinyRun.text(++documents, WORDS))) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails if the publisher has ended. */
    public void requireOpen() throws IOException, InterruptedException {
        if (!publisher.isAlive()) {
            throw new AssertionError(
                    "the publisher has ended with " + publisher.exitCode() + ":\n" + publisher.stderr());
        }
    }

    /** Ends the corpus and waits until it is published. */
    public void end() throws IOException, InterruptedException {
        writer.shutdown();
        if (!writer.awaitTermination(10, TimeUnit.SECONDS)) {
            throw new AssertionError("the publisher does not read on:\n" + publisher.stderr());
        }
        publisher.endInput();
        publisher.awaitSuccess();
    }

    @Override
    public void close() {
        writer.shutdownNow();
        publisher.close();
    }
}
