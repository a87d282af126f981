package io.logitstream.cli.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Texts that go on coming, on the standard input of a publisher, until they are ended: as long as a test needs them. */
public final class LiveCorpus implements AutoCloseable {
    private static final int WORDS = 300;

    private final CliProcess publisher;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    private long documents;

    /**
     * @param publisher reads jsonl
     * @param pauseMs milliseconds from one text of some 2,000 characters to the next
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

    /** Fails when the publisher has ended. */
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
