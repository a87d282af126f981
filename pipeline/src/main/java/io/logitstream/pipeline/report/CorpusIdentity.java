package io.logitstream.pipeline.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.corpus.source.CorpusConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The corpus of a run as its identity: the same identity is the same text, cut in the same way. Text that comes with
 * logitstream is identified by name and content, so that a run continues after the checkout was moved, through a link, and
 * in a container; other text by its source.
 *
 * @param corpus corpus; the source of bundled text is {@code logitstream:} and the name of its file
 * @param sha256 SHA-256 of bundled text in hexadecimal digits; null for other text, and if the file is missing
 * @param beginOfTextIds ids before each document, which the tokenizer's configuration can decide; null for none
 * @param endOfTextId id of the token that {@code corpus.endOfText} names; null where the setting is not given
 */
public record CorpusIdentity(
        @JsonUnwrapped CorpusConfig corpus,
        @JsonInclude(JsonInclude.Include.NON_NULL) String sha256,
        @JsonInclude(JsonInclude.Include.NON_NULL) List<Integer> beginOfTextIds,
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer endOfTextId) {
    private static final String SOURCE = "source";
    private static final String DIGEST = "sha256";
    private static final Pattern BUNDLED =
            Pattern.compile("(?:.*[/\\\\])?cli[/\\\\]target[/\\\\]corpus[/\\\\]([^/\\\\]+-sources\\.jar)");

    /** The identity of a corpus as a tokenizer encodes it, null for none. */
    public static CorpusIdentity of(CorpusConfig config, Tokenizer tokenizer) {
        return config == null ? null : of(config, config.tokensBeforeDocument(tokenizer), tokenizer.endOfText());
    }

    /**
     * The identity of a corpus.
     *
     * @param beginOfText ids before each document
     * @param endOfText id after each document
     */
    public static CorpusIdentity of(CorpusConfig config, int[] beginOfText, int endOfText) {
        List<Integer> begin = beginOfText.length == 0
                ? null
                : Arrays.stream(beginOfText).boxed().toList();
        Integer end = config.endOfText() == null ? null : endOfText;
        CorpusConfig corpus = config.identity();
        String bundled = bundledName(corpus.source());
        if (bundled == null) {
            return new CorpusIdentity(corpus, null, begin, end);
        }
        Path file = Path.of(corpus.source());
        // A finished run is continued without its text as well.
        return new CorpusIdentity(
                corpus.withSource(bundled), Files.isRegularFile(file) ? digest(file) : null, begin, end);
    }

    /**
     * Brings two identities to one form, in place: earlier versions saved the path of bundled text, and no digest. A digest
     * counts only if both have one.
     *
     * @param saved identity as an earlier start saved it
     * @param now identity of this start
     */
    public static void reconcile(ObjectNode saved, ObjectNode now) {
        String bundled = bundledName(saved.path(SOURCE).asText());
        if (bundled != null) {
            saved.put(SOURCE, bundled);
        }
        if (!saved.has(DIGEST)) {
            now.remove(DIGEST);
        } else if (!now.has(DIGEST)) {
            saved.remove(DIGEST);
        }
    }

    private static String bundledName(String source) {
        Matcher name = source == null ? null : BUNDLED.matcher(source);
        return name != null && name.matches() ? "logitstream:" + name.group(1) : null;
    }

    private static String digest(Path file) {
        try {
            return Sha256.hex(file);
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be read: " + FailureText.of(e), e);
        }
    }
}
