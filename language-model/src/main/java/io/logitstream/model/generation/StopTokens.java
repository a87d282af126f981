package io.logitstream.model.generation;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.files.BoundedFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The tokens that end a generated text, {@code eos_token_id}. */
public final class StopTokens {
    private StopTokens() {}

    /**
     * Reads the tokens from {@code generation_config.json}, or else from {@code config.json}, as transformers does.
     *
     * @param folder Hugging Face folder
     * @return ids; empty if neither file names one
     * @throws io.logitstream.messages.ModelException if a file cannot be parsed
     */
    public static Set<Integer> of(Path folder) {
        Set<Integer> ids = new TreeSet<>();
        for (String name : new String[] {"generation_config.json", "config.json"}) {
            Path file = folder.resolve(name);
            if (ids.isEmpty() && Files.isRegularFile(file)) {
                JsonNode named =
                        BoundedFiles.json(file, BoundedFiles.MAX_CONFIG).path("eos_token_id");
                if (named.isInt()) {
                    ids.add(named.intValue());
                }
                named.forEach(id -> ids.add(id.intValue()));
            }
        }
        return ids;
    }
}
