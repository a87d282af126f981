package io.logitstream.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.logitstream.files.BoundedFiles;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.model.libtorch.NativeLibraries;
import io.logitstream.model.libtorch.TorchScriptFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Hugging Face {@code tokenizer.json}. Corpus text is never interpreted: the string of a special token in a text is
 * encoded like any other text, so that decoding the ids gives the text back and no document can forge an end of text.
 * Added tokens that the file does not mark as special are matched, as in Hugging Face's library. Safe for several
 * threads.
 */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false");

    private final Path file;
    private final byte[] bytes;
    private final TokenizerIdentity identity;
    private final int endOfText;
    private final String endOfTextName;
    private final String endOfTextInText;
    private final int beginOfText;
    private final String beginOfTextName;
    private final int[] utf8Lengths;
    private final boolean inParts;
    private final HuggingFaceTokenizer encoder;
    private HuggingFaceTokenizer complete;

    private Tokenizer(Path file, String endOfTextToken) {
        this.file = file;
        bytes = read(file);
        TokenizerJson json = new TokenizerJson(bytes, file);
        String hash = Sha256.hex(bytes);
        int vocabularySize = json.requiredVocabularySize(file);
        identity = new TokenizerIdentity(hash, json.vocabulary(file).identity(), vocabularySize);
        endOfText = endOfTextToken == null
                ? BoundaryTokens.find(file.getParent(), json)
                : BoundaryTokens.require(endOfTextToken, json, file);
        if (endOfText >= vocabularySize) {
            throw new ModelException(file + ": end-of-text token " + endOfText
                    + " of the configuration in its folder is outside the vocabulary of " + vocabularySize);
        }
        endOfTextName = json.token(endOfText);
        beginOfText = BoundaryTokens.findBegin(file.getParent(), json);
        beginOfTextName = json.token(beginOfText);
        utf8Lengths = json.utf8Lengths();
        TokenizerTrial.require(file, json.root(), hash);
        endOfTextInText = endOfTextName == null ? null : json.reasonInText(endOfTextName);
        Set<String> ends = Stream.of(endOfTextName, beginOfTextName)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        inParts = ExactCuts.areExact(json.root());
        encoder = open(json.withoutSpecialTokens(ends, hash).getBytes(StandardCharsets.UTF_8));
    }

    /** Loads a tokenizer with the end-of-text token that its files name, as {@link #load(Path, String)}. */
    public static Tokenizer load(Path folderOrFile) {
        return load(folderOrFile, null);
    }

    /**
     * Loads a tokenizer.
     *
     * @param folderOrFile a {@code tokenizer.json}, a folder that holds one, or a TorchScript model beside one
     * @param endOfText text of the token that ends documents; null for the one that the files name
     * @return the tokenizer; the caller closes it
     * @throws ModelException if there is none, or it cannot be used
     * @throws io.logitstream.messages.UsageException if it does not have the token {@code endOfText}
     */
    public static Tokenizer load(Path folderOrFile, String endOfText) {
        return new Tokenizer(file(folderOrFile), endOfText);
    }

    /**
     * The {@link #hash} of a tokenizer without loading it.
     *
     * @param folderOrFile as for {@link #load}
     * @throws ModelException if there is none, or it cannot be read
     */
    public static String hashOf(Path folderOrFile) {
        return Sha256.hex(read(file(folderOrFile)));
    }

    static Path file(Path folderOrFile) {
        Path path = folderOrFile.toAbsolutePath().normalize();
        Path folder = TorchScriptFile.isTorchScript(path) ? path.getParent() : path;
        Path file = Files.isDirectory(folder) ? folder.resolve("tokenizer.json") : path;
        if (!Files.isRegularFile(file)) {
            throw new ModelException(file + " does not exist; give a tokenizer.json or a folder that holds one");
        }
        return file;
    }

    /**
     * Encodes a text of a corpus, without adding special tokens and without a limit on its length.
     *
     * @param text the text
     * @return token ids
     * @throws ModelException if the text is not valid Unicode (an unpaired surrogate), or if texts can yield the
     *     end-of-text token
     */
    public int[] encode(String text) {
        requireEndOfTextApart();
        return inParts ? TokenIds.ofParts(encoder, text) : TokenIds.of(encoder, text, false);
    }

    /** {@link #encode} of the whole text at once, which takes more memory. */
    int[] encodeAtOnce(String text) {
        return TokenIds.of(encoder, text, false);
    }

    /**
     * Requires that no text yields the token that ends documents.
     *
     * @throws ModelException if the token is one that texts can yield
     */
    public void requireEndOfTextApart() {
        if (endOfTextInText != null) {
            throw new ModelException(file + ": the end-of-text token '" + endOfTextName + "' (" + endOfText
                    + ") cannot be distinguished from text: " + endOfTextInText + "; name another token as eos_token in"
                    + " tokenizer_config.json beside it");
        }
    }

    /**
     * Encodes a text as Hugging Face's own tokenizer does, including special tokens written in the text. For prompts,
     * and for comparison with other tools.
     *
     * @param text text of any length
     * @param addSpecialTokens whether to add the special tokens that tokenizer.json adds to every text, such as a
     *     begin-of-text token
     * @return token ids
     * @throws ModelException if the text is not valid Unicode
     */
    public int[] encodeAsHuggingFace(String text, boolean addSpecialTokens) {
        return TokenIds.of(complete(), text, addSpecialTokens);
    }

    /** Decodes ids to text, including special tokens. An incomplete character becomes U+FFFD. */
    public String decode(int[] ids) {
        return complete().decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    private synchronized HuggingFaceTokenizer complete() {
        if (complete == null) {
            complete = open(new TokenizerJson(bytes, file).withoutLimits().getBytes(StandardCharsets.UTF_8));
        }
        return complete;
    }

    /**
     * Number of bytes of UTF-8 text that a token stands for. Exact also for a token that holds part of a character,
     * in byte-level tokenizers and in those with byte fallback. 0 for special tokens. The space that some tokenizers
     * put before a text is counted.
     *
     * @param id a token id below the vocabulary size
     */
    public int utf8Length(int id) {
        return utf8Lengths[id];
    }

    /** Highest id + 1, including added tokens. */
    public int vocabularySize() {
        return identity.size();
    }

    /**
     * Id of the token that ends each document: {@code eos_token} of tokenizer_config.json or special_tokens_map.json,
     * or else the first {@code eos_token_id} of generation_config.json or config.json, or else a token with a usual
     * name.
     *
     * @throws ModelException if the tokenizer's folder names none
     */
    public int endOfText() {
        if (endOfText < 0) {
            throw new ModelException(file.getParent() + ": no end-of-text token; add a tokenizer_config.json with"
                    + " {\"eos_token\": \"...\"} naming a token of tokenizer.json");
        }
        return endOfText;
    }

    /** Id of the token that the files name as {@code bos_token}, or -1 if they name none. */
    public int beginOfText() {
        return beginOfText;
    }

    /** Id of the token that precedes a text without context: {@code bos_token}, or else {@link #endOfText}. */
    public int prefixToken() {
        return beginOfText >= 0 ? beginOfText : endOfText();
    }

    /** Ids with their tokens, and merges; read anew from the file's content. */
    public TokenizerVocabulary vocabulary() {
        return new TokenizerJson(bytes, file).vocabulary(file);
    }

    /** The tokenizer by its file's bytes and by the meaning of its ids. */
    public TokenizerIdentity identity() {
        return identity;
    }

    /** SHA-256 of the tokenizer.json, lower-case hexadecimal. */
    public String hash() {
        return identity.hash();
    }

    /** Absolute path of the tokenizer.json. */
    public Path file() {
        return file;
    }

    /**
     * Copies tokenizer.json and the files beside it (tokenizer_config.json, special_tokens_map.json, chat template)
     * byte for byte. Without a tokenizer_config.json it writes a minimal one, so that AutoTokenizer of transformers
     * opens the folder.
     *
     * @param folder folder to write to; created if it does not exist
     * @throws ModelException if a file cannot be written
     */
    public void copyTo(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve("tokenizer.json"), bytes);
            TokenizerFiles.copy(file.getParent(), folder);
            Path config = file.resolveSibling(TokenizerFiles.CONFIG);
            Path target = folder.resolve(TokenizerFiles.CONFIG);
            if (!Files.isRegularFile(config)) {
                TokenizerFiles.writeConfig(target, endOfTextName, beginOfTextName);
            } else if (!Files.exists(target) || !Files.isSameFile(config, target)) {
                Files.copy(config, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new ModelException(folder.toAbsolutePath() + ": cannot write the tokenizer: " + FailureText.of(e), e);
        }
    }

    /**
     * Writes the files for a model: those of {@link #copyTo}, with a padding token (the end of text if none is named)
     * and the model's context as {@code model_max_length} in tokenizer_config.json.
     *
     * @param folder the model's folder, not this tokenizer's own
     * @param maxLength the model's context, in tokens
     * @throws ModelException if a file cannot be written
     */
    public void copyForModel(Path folder, int maxLength) {
        copyTo(folder);
        try {
            TokenizerFiles.complete(folder, endOfTextName, maxLength);
        } catch (IOException e) {
            throw new ModelException(folder.toAbsolutePath() + ": cannot write the tokenizer: " + FailureText.of(e), e);
        }
    }

    @Override
    public synchronized void close() {
        encoder.close();
        if (complete != null) {
            complete.close();
        }
    }

    private HuggingFaceTokenizer open(byte[] tokenizerJson) {
        try (InputStream in = new ByteArrayInputStream(tokenizerJson)) {
            return HuggingFaceTokenizer.newInstance(in, OPTIONS);
        } catch (IOException | RuntimeException e) {
            throw new ModelException(file + ": cannot be loaded as a tokenizer: " + FailureText.of(e), e);
        } catch (LinkageError e) {
            throw NativeLibraries.unusable("the tokenizers", e);
        }
    }

    private static byte[] read(Path file) {
        return BoundedFiles.read(file, BoundedFiles.MAX_TOKENIZER);
    }
}
