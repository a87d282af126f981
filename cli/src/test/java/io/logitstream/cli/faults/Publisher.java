package io.logitstream.cli.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.TinyRun;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The publisher of a corpus that goes on coming on its standard input; after each start from the first text again. */
@SuppressWarnings("FutureReturnValueIgnored") // A publisher that has failed is seen by what it has not sent.
final class Publisher extends Part {
    private static final int WORDS = 150;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "texts");
        thread.setDaemon(true);
        return thread;
    });
    private long texts;
    private boolean ended;

    /** @param pauseMs milliseconds from one text of some 1,000 characters to the next */
    Publisher(Path logs, List<String> command, long pauseMs) {
        super("producer", logs, "200m", command);
        clock.scheduleAtFixedRate(this::add, 0, pauseMs, TimeUnit.MILLISECONDS);
    }

    private synchronized void add() {
        texts++;
        notifyAll();
    }

    @Override
    void start() throws IOException {
        super.start();
        BufferedWriter input = process().outputWriter();
        Thread feeder = new Thread(() -> feed(input), "producer-input");
        feeder.setDaemon(true);
        feeder.start();
    }

    private void feed(BufferedWriter input) {
        try (input) {
            for (long i = 1; await(i); i++) {
                input.write(line(i));
                input.flush();
            }
        } catch (IOException | InterruptedException e) {
            // Killed: its successor gets all texts again.
        }
    }

    private synchronized boolean await(long number) throws InterruptedException {
        while (texts < number && !ended) {
            wait();
        }
        return number <= texts;
    }

    /** The n-th text. */
    static String line(long number) throws IOException {
        return JSON.writeValueAsString(Map.of("text", TinyRun.text(number, WORDS))) + "\n";
    }

    /** Ends the corpus and returns the number of its texts. */
    synchronized long end() throws InterruptedException {
        clock.shutdownNow();
        ended = true;
        notifyAll();
        return texts;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        super.close();
    }
}
