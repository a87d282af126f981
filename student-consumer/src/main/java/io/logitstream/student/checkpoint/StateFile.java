package io.logitstream.student.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code training.json} of a checkpoint: the training state, the digests of the checkpoint's other files
 * ({@code files}) and the digest of the state itself ({@code digest}), which reveals an edited offset or step.
 *
 * @param state the training state without digests
 * @param files digests of the other files by name; null in checkpoints of versions that wrote none
 */
public record StateFile(ObjectNode state, Map<String, String> files) {
    private static final String FILES = "files";
    private static final String DIGEST = "digest";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Content of the file for a state.
     *
     * @param state the training state
     * @param files digests of the other files by name; null for none
     */
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

    // The digest covers values and their order, not whitespace: reformatting the file does not change it.
    private static String digest(JsonNode tree) throws JsonProcessingException {
        return Sha256.hex(JSON.writeValueAsString(tree));
    }

    /**
     * Reads the file of a checkpoint.
     *
     * @throws IOException when it cannot be read, or its content is not as it was written
     */
    public static StateFile read(Path checkpoint) throws IOException {
        byte[] content = Files.readAllBytes(new CheckpointFolder(checkpoint).state());
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
