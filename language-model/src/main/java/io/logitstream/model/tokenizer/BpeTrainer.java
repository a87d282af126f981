package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.AtomicFile;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Trains a byte-level BPE tokenizer of the form of GPT-2's (Radford et al. 2019, section 2.2): id 0 is {@value
 * #END_OF_TEXT}, ids 1 to 256 are the bytes, and the others are learned. The same texts in the same order always give
 * the same file. 16 MB of source code and 4,096 tokens take a few seconds on one core. Memory grows with the number
 * of different words ({@link PreTokenCounts}), not with the length of the corpus.
 */
public final class BpeTrainer {
    /** The special token that ends a document. */
    public static final String END_OF_TEXT = "<|endoftext|>";

    /** The special token that begins a document, where the tokenizer has one. */
    public static final String BEGIN_OF_TEXT = "<|begin_of_text|>";

    /** Size of the smallest vocabulary: the special token and the 256 bytes. */
    public static final int SMALLEST_VOCABULARY = 257;

    private BpeTrainer() {}

    /** Trains a tokenizer without a begin-of-text token, as {@link #train(Iterator, int, boolean, Path)}. */
    public static int train(Iterator<String> texts, int vocabularySize, Path folder) {
        return train(texts, vocabularySize, false, folder);
    }

    /**
     * Trains on texts and writes {@code tokenizer.json} and {@code tokenizer_config.json}.
     *
     * @param texts the corpus; each text is read once
     * @param vocabularySize number of tokens, at least {@value #SMALLEST_VOCABULARY}
     * @param beginOfText whether the tokenizer has a token {@value #BEGIN_OF_TEXT}, with id 1, and puts it before each text
     * @param folder folder to write to; created if it does not exist
     * @return number of tokens in the vocabulary; smaller than asked for if the texts have no more pairs to merge
     * @throws ModelException if the vocabulary is too small, there is no text, or a file cannot be written
     */
    public static int train(Iterator<String> texts, int vocabularySize, boolean beginOfText, Path folder) {
        int smallest = SMALLEST_VOCABULARY + (beginOfText ? 1 : 0);
        if (vocabularySize < smallest) {
            throw new ModelException(
                    "vocabulary of " + vocabularySize + " tokens: a byte-level tokenizer needs at least " + smallest);
        }
        PreTokenCounts preTokens = new PreTokenCounts(PreTokenCounts.LIMIT);
        texts.forEachRemaining(preTokens::add);
        if (preTokens.counts().isEmpty()) {
            throw new ModelException("no text to train a tokenizer on");
        }
        List<String> tokens = initialTokens(beginOfText);
        List<String> merges = learn(tokens, preTokens.counts(), vocabularySize);
        write(tokens, merges, beginOfText, folder);
        return tokens.size();
    }

    private static List<String> initialTokens(boolean beginOfText) {
        List<String> tokens = new ArrayList<>();
        tokens.add(END_OF_TEXT);
        if (beginOfText) {
            tokens.add(BEGIN_OF_TEXT);
        }
        IntStream.range(0, 256)
                .map(ByteAlphabet::letter)
                .sorted()
                .forEach(letter -> tokens.add(Character.toString(letter)));
        return tokens;
    }

    private static List<String> learn(List<String> tokens, Map<String, long[]> preTokens, int vocabularySize) {
        int[] idOfByte = new int[256];
        for (int b = 0; b < 256; b++) {
            idOfByte[b] = tokens.indexOf(Character.toString(ByteAlphabet.letter(b)));
        }
        int[][] words = new int[preTokens.size()][];
        long[] counts = new long[preTokens.size()];
        int word = 0;
        for (Map.Entry<String, long[]> entry : preTokens.entrySet()) {
            byte[] bytes = entry.getKey().getBytes(StandardCharsets.UTF_8);
            words[word] = IntStream.range(0, bytes.length)
                    .map(i -> idOfByte[bytes[i] & 0xFF])
                    .toArray();
            counts[word++] = entry.getValue()[0];
        }
        return new BpeMerges(tokens, words, counts).learn(vocabularySize);
    }

    private static void write(List<String> tokens, List<String> merges, boolean beginOfText, Path folder) {
        ObjectNode root = TokenizerJson.JSON.createObjectNode();
        root.put("version", "1.0");
        root.putNull("truncation");
        root.putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        special(added, 0, END_OF_TEXT);
        if (beginOfText) {
            special(added, 1, BEGIN_OF_TEXT);
        }
        root.putNull("normalizer");
        byteLevel(root.putObject("pre_tokenizer"));
        if (beginOfText) {
            ArrayNode processors =
                    root.putObject("post_processor").put("type", "Sequence").putArray("processors");
            byteLevel(processors.addObject());
            beginTemplate(processors.addObject());
        } else {
            byteLevel(root.putObject("post_processor"));
        }
        byteLevel(root.putObject("decoder"));
        ObjectNode model = root.putObject("model")
                .put("type", "BPE")
                .putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false)
                .put("ignore_merges", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        // One string for each merge is the form that all versions of the library read.
        ArrayNode list = model.putArray("merges");
        merges.forEach(list::add);
        try {
            Files.createDirectories(folder);
            TokenizerFiles.writeConfig(
                    folder.resolve(TokenizerFiles.CONFIG), END_OF_TEXT, beginOfText ? BEGIN_OF_TEXT : null);
            // Written last: a folder that holds it is complete.
            AtomicFile.replace(
                    folder.resolve("tokenizer.json"),
                    TokenizerJson.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
        } catch (IOException e) {
            throw new ModelException(folder.toAbsolutePath() + ": cannot write the tokenizer: " + FailureText.of(e), e);
        }
    }

    private static void special(ArrayNode added, int id, String token) {
        added.addObject()
                .put("id", id)
                .put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    // As in the files of Llama 3.
    private static void beginTemplate(ObjectNode node) {
        node.put("type", "TemplateProcessing");
        for (String form : List.of("single", "pair")) {
            ArrayNode parts = node.putArray(form);
            List<String> texts = form.equals("single") ? List.of("A") : List.of("A", "B");
            for (int i = 0; i < texts.size(); i++) {
                parts.addObject()
                        .putObject("SpecialToken")
                        .put("id", BEGIN_OF_TEXT)
                        .put("type_id", i);
                parts.addObject().putObject("Sequence").put("id", texts.get(i)).put("type_id", i);
            }
        }
        ObjectNode begin =
                node.putObject("special_tokens").putObject(BEGIN_OF_TEXT).put("id", BEGIN_OF_TEXT);
        begin.putArray("ids").add(1);
        begin.putArray("tokens").add(BEGIN_OF_TEXT);
    }

    private static void byteLevel(ObjectNode node) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", true);
    }
}
