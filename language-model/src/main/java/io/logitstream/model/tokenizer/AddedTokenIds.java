package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.ModelException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ids that Hugging Face's library gives the added tokens of a file. It numbers them by their position and ignores
 * the ids in the file. The version used here continues from the highest id of an added token; later versions (0.23)
 * continue from the last added token that is not in the model's vocabulary.
 */
final class AddedTokenIds {
    private static final Logger LOG = LoggerFactory.getLogger(AddedTokenIds.class);

    private AddedTokenIds() {}

    /**
     * Requires that the ids in the file are those of the library; otherwise texts would get the ids of other tokens.
     *
     * @param file the file, for messages
     * @param tokens {@code added_tokens} of the file
     * @param model ids of the model's own vocabulary
     * @param modelSize number of entries of that vocabulary
     * @throws ModelException naming the first token whose id differs
     */
    static void requireIdsOfLibrary(Path file, Iterable<JsonNode> tokens, Map<String, Integer> model, int modelSize) {
        Map<String, Integer> added = new HashMap<>();
        int highest = -1;
        int numbered = 0;
        for (JsonNode token : tokens) {
            String content = token.path("content").asText();
            if (content.isEmpty()) {
                continue;
            }
            Integer known = added.getOrDefault(content, model.get(content));
            int id = known != null ? known : highest >= modelSize ? highest + 1 : modelSize;
            int declared = token.path("id").asInt(-1);
            if (id != declared) {
                throw new ModelException(
                        file + ": added token '" + content + "' has id " + declared + ", but Hugging Face's"
                                + " library, which numbers added tokens by their position, gives it " + id
                                + "; save the tokenizer again with"
                                + " that library, and use the ids that the model was trained with");
            }
            if (known == null && id != modelSize + numbered++) {
                LOG.warn(
                        "{}: added token '{}' has id {} here, as in the file, but later versions of Hugging Face's library, which"
                                + " number added tokens by their position, give it {}",
                        file,
                        content,
                        id,
                        modelSize + numbered - 1);
            }
            added.put(content, id);
            highest = Math.max(highest, id);
        }
    }
}
