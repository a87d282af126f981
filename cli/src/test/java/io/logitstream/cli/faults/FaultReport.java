package io.logitstream.cli.faults;

import io.logitstream.cli.testing.Repository;
import io.logitstream.cli.testing.TopicKeys.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Figures of a run with faults.
 *
 * @param seed seed of the faults
 * @param faults number of each fault
 * @param parts the processes
 * @param logits committed records of the logits topic
 * @param expected those of a run without faults
 * @param written records that were written, those of transactions that were taken back included
 * @param faultyNanos time of the faults
 * @param nanos time from the first fault until all parts had ended
 */
record FaultReport(
        long seed,
        Map<String, Integer> faults,
        List<Part> parts,
        List<Entry> logits,
        List<Entry> expected,
        int written,
        long faultyNanos,
        long nanos) {

    /** Batches that stand more than once, each time counted but the first. */
    long duplicates() {
        return (long) batches(logits).size() - Set.copyOf(batches(logits)).size();
    }

    /** Batches that are not there. */
    long missing() {
        Set<String> missing = new HashSet<>(batches(expected));
        missing.removeAll(Set.copyOf(batches(logits)));
        return missing.size();
    }

    private static List<String> batches(List<Entry> entries) {
        return entries.stream()
                .map(Entry::key)
                .filter(key -> !key.endsWith("/end"))
                .toList();
    }

    /** Prints the figures, and writes them to {@code cli/target/faults.txt}. */
    void print() throws IOException {
        String text = """
        seed %d: %d faults in %d s, %d s until the end
        faults: %s
        batches in the logits topic: %d; twice: %d; missing: %d; written and taken back: %d records
        processes that ended with an error and were started again: %s
        """.formatted(
                        seed,
                        faults.values().stream().mapToInt(Integer::intValue).sum(),
                        TimeUnit.NANOSECONDS.toSeconds(faultyNanos),
                        TimeUnit.NANOSECONDS.toSeconds(nanos),
                        faults.entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", ")),
                        batches(logits).size(),
                        duplicates(),
                        missing(),
                        written - logits.size(),
                        parts.stream()
                                .filter(part -> part.retries() > 0)
                                .map(part -> part.name() + " " + part.retries())
                                .collect(Collectors.joining(", ")));
        System.out.print(text);
        Path file = Repository.root().resolve("cli/target/faults.txt");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
