package io.logitstream.cli.explore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.TinyRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder of explorations of a tiny run, and what lies in it. */
record TinyExploration(TinyRun run, Path plan, Path out) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Explorations in a folder.
     *
     * @param folder the plan's, in which explorations get a folder of their own
     */
    static TinyExploration of(TinyRun run, Path folder, String name) {
        return new TinyExploration(run, folder.resolve("tiny.yaml"), folder.resolve(name));
    }

    /** Writes the plan: this text, which ends with {@code base:}, and the configuration of the run. */
    void write(String head) throws IOException {
        String base = Files.readString(run.config())
                .replaceAll("(?m)^", "  ")
                .replace("training: {", "training: {tokens: 6000, ");
        Files.writeString(plan, head + "base:\n" + base);
    }

    String[] command(String... arguments) {
        return Stream.concat(Stream.of("explore", plan.toString(), "--out", out.toString()), Stream.of(arguments))
                .toArray(String[]::new);
    }

    JsonNode results() throws IOException {
        return JSON.readTree(out.resolve("tiny/results.json").toFile());
    }

    /** What is known of a run. */
    JsonNode state(String id) throws IOException {
        return JSON.readTree(out.resolve("state").resolve(id + ".json").toFile());
    }

    /** Times at which finished runs were written last, by id. */
    Map<String, FileTime> finished() {
        Map<String, FileTime> times = new TreeMap<>();
        for (Path file : files("state", 1)) {
            try {
                if (file.toString().endsWith(".json")
                        && JSON.readTree(file.toFile()).hasNonNull("evaluation")) {
                    times.put(file.getFileName().toString().replace(".json", ""), Files.getLastModifiedTime(file));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return times;
    }

    /** Students that have been written. */
    long models() {
        return files("runs", 2).stream()
                .filter(file -> file.endsWith("model.safetensors"))
                .count();
    }

    /** Times at which students were written last whose training is known to be done, by the run's id. */
    Map<String, FileTime> trained() {
        Map<String, FileTime> times = new TreeMap<>();
        for (Path file : files("state", 1)) {
            try {
                JsonNode state = file.toString().endsWith(".json") ? JSON.readTree(file.toFile()) : JSON.nullNode();
                if (state.hasNonNull("steps")) {
                    times.put(
                            state.get("id").asText(),
                            Files.getLastModifiedTime(out.resolve("runs")
                                    .resolve(state.get("folder").asText())
                                    .resolve("model.safetensors")));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return times;
    }

    long checkpoints() {
        return files("runs", 3).stream()
                .filter(path -> path.getFileName().toString().matches("step-\\d+"))
                .count();
    }

    private List<Path> files(String below, int depth) {
        if (!Files.isDirectory(out.resolve(below))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(out.resolve(below), depth)) {
            return files.toList();
        } catch (IOException | UncheckedIOException e) {
            // A file that has gone while the folder was listed.
            return List.of();
        }
    }
}
