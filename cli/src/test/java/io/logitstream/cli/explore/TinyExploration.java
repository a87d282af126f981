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

/** An exploration of a tiny run, and the content of its output folder. */
record TinyExploration(TinyRun run, Path plan, Path out) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * An exploration in a folder of its own.
     *
     * @param folder folder of the plan and of the exploration's output folder
     */
    static TinyExploration of(TinyRun run, Path folder, String name) {
        return new TinyExploration(run, folder.resolve("tiny.yaml"), folder.resolve(name));
    }

    /** Writes the plan: the given text, followed by the configuration of the run as {@code base}. */
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

    /** Record of a run. */
    JsonNode state(String id) throws IOException {
        return JSON.readTree(out.resolve("state").resolve(id + ".json").toFile());
    }

    /** Modification times of the records of finished runs, by id. */
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

    /** Number of students written. */
    long models() {
        return files("runs", 2).stream()
                .filter(file -> file.endsWith("model.safetensors"))
                .count();
    }

    /** Modification times of the models of trained runs, by id. */
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
            // A file was deleted while the folder was listed.
            return List.of();
        }
    }
}
