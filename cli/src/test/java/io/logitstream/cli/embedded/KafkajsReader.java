package io.logitstream.cli.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Reads topics with kafkajs, its schema registry client and avsc, which share no code with this project:
 * another Kafka protocol, another registry client, another Avro. The packages are pinned in {@code
 * src/test/resources/kafkajs} and installed under {@code target} the first time.
 */
public final class KafkajsReader {

    private static final List<String> FILES = List.of("package.json", "package-lock.json", "read.js");
    private static final long LIMIT_SECONDS = 120;

    private final Path folder;

    private KafkajsReader(Path folder) {
        this.folder = folder;
    }

    /** Whether node and npm are on the PATH. */
    public static boolean isPossible() {
        return isOnPath("node") && isOnPath("npm");
    }

    /** Installs the packages where they are missing. */
    public static KafkajsReader install() throws IOException, InterruptedException {
        Path folder = Files.createDirectories(Path.of("target", "kafkajs"));
        for (String file : FILES) {
            try (InputStream in = KafkajsReader.class.getResourceAsStream("/kafkajs/" + file)) {
                Files.copy(in, folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        KafkajsReader reader = new KafkajsReader(folder);
        // npm writes it last.
        if (!Files.exists(folder.resolve("node_modules/.package-lock.json"))) {
            reader.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        }
        return reader;
    }

    /**
     * Reads the first committed records of a topic.
     *
     * @param count how many; it waits for them, for up to two minutes
     * @return per record an object with {@code partition}, {@code offset}, {@code key} and {@code value}, where
     *     bytes are in base64
     */
    public List<JsonNode> read(String bootstrapServers, String schemaRegistry, String topic, int count)
            throws IOException, InterruptedException {
        List<JsonNode> records = new ArrayList<>();
        for (String line : run("node", "read.js", bootstrapServers, schemaRegistry, topic, Integer.toString(count))) {
            records.add(new ObjectMapper().readTree(line));
        }
        return records;
    }

    private List<String> run(String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("kafkajs", ".out");
        Path err = Files.createTempFile("kafkajs", ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(
                        command[0] + " has not ended within " + LIMIT_SECONDS + " s: " + Files.readString(err));
            }
            if (process.exitValue() != 0) {
                throw new IOException(command[0] + ": " + Files.readString(err));
            }
            return Files.readAllLines(out);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static boolean isOnPath(String program) {
        for (String folder : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
