package io.logitstream.student.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLogTest {
    @TempDir
    private Path folder;

    @Test
    void eachStepIsALine() throws IOException {
        Path file = folder.resolve("new/metrics.jsonl");

        write(file, 0, 1, 3);

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(3);
        assertThat(new ObjectMapper().readValue(lines.get(1), StepMetrics.class))
                .isEqualTo(metrics(2));
    }

    @Test
    void linesAfterTheCheckpointAreDropped() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 8);
        List<String> whole = Files.readAllLines(file);

        write(file, 5, 6, 8);

        assertThat(Files.readAllLines(file)).isEqualTo(whole);
    }

    @Test
    void aRunThatStartsAfreshStartsItsLogAfresh() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 8);

        write(file, 0, 1, 2);

        assertThat(Files.readAllLines(file)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"step\":6,\"tok",
                "{\"step\":6,\"tokens\":6",
                "{",
                "}",
                "\u0000\u0000\u0000\u0000",
                "x}",
                "\u00ff}"
            })
    void aLastLineThatACrashCutShortIsDropped(String cut) throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 5);
        List<String> whole = Files.readAllLines(file);
        Files.write(file, cut.getBytes(StandardCharsets.ISO_8859_1), StandardOpenOption.APPEND);

        write(file, 5, 6, 5);

        assertThat(Files.readAllLines(file)).isEqualTo(whole);
    }

    @Test
    void theHistoryIsThereAtEveryMomentWhileARunContinues() throws Exception {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 20_000);
        long history = Files.size(file);
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong shortest = new AtomicLong(history);
        Thread reader = new Thread(() -> {
            while (!done.get()) {
                shortest.accumulateAndGet(file.toFile().length(), Math::min);
            }
        });
        reader.start();

        for (int i = 0; i < 10; i++) {
            write(file, 20_000, 1, 0);
        }

        done.set(true);
        reader.join();
        assertThat(shortest).as("bytes of the file at its shortest").hasValue(history);
    }

    @Test
    void aHistoryThatCannotBeWrittenBesideIsLeftWhole() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 8);
        String whole = Files.readString(file);
        Files.createDirectories(folder.resolve("metrics.jsonl.unfinished/in the way"));

        assertThatThrownBy(() -> new MetricsLog(file, 5))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining(file.toString());

        assertThat(file).hasContent(whole);
    }

    @Test
    void linesThatAreNoneOfTheRunDoNotTakeThoseAfterThemAway() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 8);
        List<String> whole = Files.readAllLines(file);
        Files.write(
                file,
                Stream.of(whole.subList(0, 3), List.of("", "{\"step\":4,\"to"), whole.subList(3, 8))
                        .flatMap(List::stream)
                        .toList());

        write(file, 6, 7, 8);

        assertThat(Files.readAllLines(file)).isEqualTo(whole);
    }

    @Test
    void whatAnotherVersionWroteStaysAsItIs() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        String line = "{\"step\":1,\"note\":\"gr\u00f6\u00dfer \ud83d\ude00\"}";
        Files.writeString(file, line + "\n");

        write(file, 1, 2, 2);

        assertThat(Files.readAllLines(file)).hasSize(2).first().isEqualTo(line);
    }

    @Test
    void anEndlessLineIsNotReadIntoMemory() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        write(file, 0, 1, 3);
        List<String> whole = Files.readAllLines(file);
        try (RandomAccessFile zeros = new RandomAccessFile(file.toFile(), "rw")) {
            zeros.setLength(64 << 20);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        write(file, 3, 1, 0);

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16 << 20);
        assertThat(Files.readAllLines(file)).isEqualTo(whole);
    }

    private static void write(Path file, long continuedFrom, long first, long last) {
        try (MetricsLog log = new MetricsLog(file, continuedFrom)) {
            for (long step = first; step <= last; step++) {
                log.add(metrics(step));
            }
        }
    }

    private static StepMetrics metrics(long step) {
        return new StepMetrics(step, step * 64, 0, 5.5 / step, 4.25 / step, 1e-7 * step, 0.9, 3e-3, 1.5, false);
    }
}
