package io.logitstream.student.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.FileDigests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code training.json} of a checkpoint: the training state, with the digests of the checkpoint's other files
 * ({@code files}) and one of itself ({@code digest}), so that an edited offset or step shows too.
 *
 * @param state the training state alone
 * @param files digests of the other files by name; null in checkpoints from before there were any
 */
public record StateFile(ObjectNode state, Map<String, String> files) {
    /** Name of the file. */
    public static final String NAME = "training.json";

    private static final String FILES = "files";
    private static final String DIGEST = "digest";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The content of a file with a state. */
    public static byte[] content(Object state, Map<String, String> files) {
        try {
            ObjectNode tree = JSON.valueToTree(state);
            if (files != null) {
                tree.set(FILES, JSON.valueToTree(files));
                tree.put(DIGEST, digest(JSON.readTree(JSON.writeValueAsBytes(tree))));
            }
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    // Of the values and their order, not of blanks: a file that was only formatted is the same.
    private static String digest(JsonNode tree) throws JsonProcessingException {
        return FileDigests.of(JSON.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads the file of a checkpoint.
     *
     * @throws IOException when it cannot be read, or is not as it was written
     */
    public static StateFile read(Path checkpoint) throws IOException {
        byte[] content = Files.readAllBytes(checkpoint.resolve(NAME));
        if (!(JSON.readTree(content) instanceof ObjectNode tree)) {
            throw new IOException("it is incomplete");
        }
        JsonNode digest = tree.remove(DIGEST);
        if (digest != null && !digest.asText().equals(digest(tree))) {
            throw new IOException("it is not as it was written (its SHA-256 differs)");
        }
        JsonNode files = tree.remove(FILES);
        if (files == null) {
            return new StateFile(tree, null);
        }
        Map<String, String> digests = new TreeMap<>();
        for (Map.Entry<String, JsonNode> file : files.properties()) {
            digests.put(file.getKey(), file.getValue().asText());
        }
        return new StateFile(tree, digests);
    }
}
