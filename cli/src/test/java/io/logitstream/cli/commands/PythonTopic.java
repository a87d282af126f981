package io.logitstream.cli.commands;

import io.logitstream.cli.testing.Repository;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A topic as the Python package reads it, with the registry's schemas. */
final class PythonTopic {
    private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");
    private static final int SECONDS = 60;

    private PythonTopic() {}

    /** A Python with a Kafka client and numpy; null where there is none. */
    static String python() throws InterruptedException {
        for (String python : PYTHONS) {
            try {
                Process process = new ProcessBuilder(python, "-c", "import confluent_kafka, numpy")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() == 0) {
                    return python;
                }
            } catch (IOException e) {
                // There is no such program.
            }
        }
        return null;
    }

    /** The lines of src/test/python/read_topic.py. */
    static List<String> read(String python, KafkaSettings kafka, String topic, Path folder) throws Exception {
        Path printed = folder.resolve("printed.txt");
        Process process = new ProcessBuilder(
                        python,
                        "-B",
                        "src/test/python/read_topic.py",
                        Repository.root().resolve("python/src").toString(),
                        kafka.bootstrapServers(),
                        kafka.schemaRegistry(),
                        topic)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String output = Files.readString(printed, StandardCharsets.UTF_8);
        if (!ended || process.exitValue() != 0) {
            throw new AssertionError("the Python reader fails: " + output);
        }
        return output.lines().toList();
    }
}
