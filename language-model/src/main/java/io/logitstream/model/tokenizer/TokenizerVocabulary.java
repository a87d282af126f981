package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.files.BoundedFiles;
import io.logitstream.messages.Printable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The meaning of a {@code tokenizer.json}: which token each id stands for, and the merges. Two files in which these agree
 * are the same tokenizer, however the files are written. Normalizer, pre-tokenizer and the flags of added tokens decide
 * only how a text is split, not what an id means; they are compared apart, by {@link #ruleThatDiffers}.
 */
public final class TokenizerVocabulary {
    private static final String NONE = "no token";

    private final Path file;
    private final String model;
    private final TreeMap<Integer, TreeSet<String>> tokens = new TreeMap<>();
    private final List<String> merges = new ArrayList<>();
    private final Map<String, String> rules;

    TokenizerVocabulary(Path file, JsonNode root, Map<String, Integer> ids) {
        this.file = file;
        JsonNode definition = root.path("model");
        model = definition.path("type").asText(definition.has("merges") ? "BPE" : "");
        ids.forEach((token, id) ->
                tokens.computeIfAbsent(id, any -> new TreeSet<>()).add(token));
        for (JsonNode merge : definition.path("merges")) {
            merges.add(
                    merge.isArray()
                            ? merge.path(0).asText() + " " + merge.path(1).asText()
                            : merge.asText());
        }
        if (definition.path("vocab").isArray()) {
            // A Unigram model has scores in place of merges.
            for (JsonNode piece : definition.path("vocab")) {
                merges.add(piece.path(0).asText() + " " + piece.path(1).asDouble());
            }
        }
        rules = SplittingRules.of(root);
    }

    /**
     * Reads a file without loading the tokenizer.
     *
     * @param folderOrFile as for {@link Tokenizer#load}
     * @throws io.logitstream.messages.ModelException if there is none, or it cannot be read
     */
    public static TokenizerVocabulary read(Path folderOrFile) {
        Path file = Tokenizer.file(folderOrFile);
        return new TokenizerJson(BoundedFiles.read(file, BoundedFiles.MAX_TOKENIZER), file).vocabulary(file);
    }

    /** SHA-256 over model type, ids with their tokens, and merges, lower-case hexadecimal. */
    public String identity() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, model);
            tokens.forEach((id, texts) -> texts.forEach(text -> add(digest, id + " " + text)));
            merges.forEach(merge -> add(digest, merge));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // A length before each text keeps neighbouring texts apart.
    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    /**
     * The first difference from another vocabulary in words, for a message.
     *
     * @return null if they are the same tokenizer
     */
    public String difference(TokenizerVocabulary other) {
        TreeSet<Integer> ids = new TreeSet<>(tokens.keySet());
        ids.addAll(other.tokens.keySet());
        for (int id : ids) {
            if (!token(id).equals(other.token(id))) {
                return "id " + id + " is " + token(id) + " in " + file + " and " + other.token(id) + " in "
                        + other.file;
            }
        }
        if (!model.equals(other.model)) {
            return "the model is " + model + " in " + file + " and " + other.model + " in " + other.file;
        }
        for (int i = 0; i < Math.max(merges.size(), other.merges.size()); i++) {
            if (!merge(i).equals(other.merge(i))) {
                return "merge " + i + " is " + merge(i) + " in " + file + " and " + other.merge(i) + " in "
                        + other.file;
            }
        }
        return null;
    }

    /**
     * The first of the rules that split a text which differs from that of another tokenizer.
     *
     * @return name of the rule in the file; null if all agree
     */
    public String ruleThatDiffers(TokenizerVocabulary other) {
        TreeSet<String> names = new TreeSet<>(rules.keySet());
        names.addAll(other.rules.keySet());
        return names.stream()
                .filter(name -> !rules.getOrDefault(name, "").equals(other.rules.getOrDefault(name, "")))
                .findFirst()
                .orElse(null);
    }

    /** The rules that split a text, as one text: equal for tokenizers that split by the same rules. */
    public String splittingRules() {
        return rules.toString();
    }

    private String token(int id) {
        TreeSet<String> texts = tokens.get(id);
        return texts == null ? NONE : quoted(String.join("\" and \"", texts));
    }

    private String merge(int index) {
        return index < merges.size() ? quoted(merges.get(index)) : "missing";
    }

    private static String quoted(String text) {
        return '"' + Printable.of(text) + '"';
    }
}
