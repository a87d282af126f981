package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Rewrites a {@code tokenizer.json} so that no text yields the ids of chosen tokens. Each of them keeps its id and
 * gets a name made of Unicode noncharacters, in the list of added tokens and in the model's vocabulary. Merges that
 * would build such a token are removed. All other ids stay the same.
 */
final class SpecialTokenRenaming {
    private final Map<String, String> names = new HashMap<>();

    private SpecialTokenRenaming(Set<String> tokens, String salt) {
        tokens.forEach(token -> names.put(token, "\uFDD0" + salt + names.size() + "\uFDD1"));
    }

    /**
     * Rewrites a file.
     *
     * @param root content of the file; changed
     * @param tokens texts of the tokens that no text is to yield
     * @param salt text in the new names, so that no corpus contains them by chance
     * @return the rewritten file
     */
    static String of(ObjectNode root, Set<String> tokens, String salt) {
        SpecialTokenRenaming plain = new SpecialTokenRenaming(tokens, salt);
        root.putNull("truncation");
        root.putNull("padding");
        plain.renameAdded(root);
        if (root.path("model") instanceof ObjectNode model) {
            plain.renameModel(model);
        }
        return root.toString();
    }

    private void renameAdded(ObjectNode root) {
        for (JsonNode token : root.path("added_tokens")) {
            String name = names.get(token.path("content").asText());
            if (name != null) {
                ((ObjectNode) token).put("content", name).put("normalized", false);
            }
        }
    }

    private void renameModel(ObjectNode model) {
        // With dropout, encoding is random.
        if (model.hasNonNull("dropout")) {
            model.putNull("dropout");
        }
        JsonNode vocabulary = model.path("vocab");
        boolean renamed = false;
        if (vocabulary instanceof ObjectNode tokens) {
            for (Map.Entry<String, String> name : names.entrySet()) {
                JsonNode id = tokens.remove(name.getKey());
                if (id != null) {
                    tokens.set(name.getValue(), id);
                    renamed = true;
                }
            }
        } else {
            for (JsonNode piece : vocabulary) {
                String name = names.get(piece.path(0).asText());
                if (name != null) {
                    ((ArrayNode) piece).set(0, name);
                }
            }
        }
        String unknown = names.get(model.path("unk_token").asText());
        if (unknown != null) {
            model.put("unk_token", unknown);
        }
        if (renamed && model.path("merges") instanceof ArrayNode merges) {
            ArrayNode kept = model.arrayNode(merges.size());
            String prefix = model.path("continuing_subword_prefix").asText("");
            merges.forEach(merge -> {
                if (!builds(merge, prefix)) {
                    kept.add(merge);
                }
            });
            model.set("merges", kept);
        }
    }

    private boolean builds(JsonNode merge, String prefix) {
        String text = merge.asText();
        int space = text.indexOf(' ', 1);
        String left = merge.isArray() ? merge.path(0).asText() : space < 0 ? text : text.substring(0, space);
        String right = merge.isArray() ? merge.path(1).asText() : space < 0 ? "" : text.substring(space + 1);
        String joined = left + (right.startsWith(prefix) ? right.substring(prefix.length()) : right);
        return names.containsKey(left) || names.containsKey(right) || names.containsKey(joined);
    }
}
