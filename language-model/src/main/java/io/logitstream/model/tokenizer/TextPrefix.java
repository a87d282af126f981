package io.logitstream.model.tokenizer;

import io.logitstream.messages.UsageException;
import java.util.Arrays;

/** The begin-of-text tokens that a tokenizer puts before each text when a model is trained or asked. */
public final class TextPrefix {
    private static final int[] NONE = {};
    // A letter, because several tokenizers treat an empty text differently.
    private static final String PROBE = "a";

    private TextPrefix() {}

    /**
     * What the tokenizer's own settings add, as transformers does: {@code bos_token} if {@code add_bos_token} of
     * tokenizer_config.json is true, nothing if it is false, and otherwise the tokens that the post-processor of
     * tokenizer.json puts before a text. Most tokenizers add none or one, GLM's two.
     */
    public static int[] added(Tokenizer tokenizer) {
        Boolean configured = BoundaryTokens.addsBegin(tokenizer.file().getParent());
        if (configured != null && tokenizer.beginOfText() >= 0) {
            return configured ? new int[] {tokenizer.beginOfText()} : NONE;
        }
        int[] text = tokenizer.encodeAsHuggingFace(PROBE, false);
        int[] processed = tokenizer.encodeAsHuggingFace(PROBE, true);
        for (int begin = 0; begin + text.length <= processed.length; begin++) {
            if (Arrays.equals(processed, begin, begin + text.length, text, 0, text.length)) {
                return Arrays.copyOf(processed, begin);
            }
        }
        return NONE;
    }

    /**
     * What the tokenizer adds, or else its {@code bos_token}.
     *
     * @throws UsageException if it has neither
     */
    public static int[] required(Tokenizer tokenizer) {
        int[] added = added(tokenizer);
        if (added.length > 0) {
            return added;
        }
        if (tokenizer.beginOfText() < 0) {
            throw new UsageException(
                    "corpus.beginOfText is always, but " + tokenizer.file().getParent()
                            + " names no begin-of-text token: set bos_token in tokenizer_config.json, or leave"
                            + " corpus.beginOfText out");
        }
        return new int[] {tokenizer.beginOfText()};
    }
}
