package io.logitstream.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.logitstream.messages.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The ids that the native library gives for a text. */
final class TokenIds {
    private TokenIds() {}

    /**
     * Encodes a text as a whole.
     *
     * @throws ModelException if the text is not valid Unicode
     */
    static int[] of(HuggingFaceTokenizer tokenizer, String text, boolean addSpecialTokens) {
        UnicodeText.require(text);
        return encode(tokenizer, text, addSpecialTokens);
    }

    /**
     * Encodes a text in parts, without special tokens. The tokenizer has {@link ExactCuts}.
     *
     * @throws ModelException if the text is not valid Unicode
     */
    static int[] ofParts(HuggingFaceTokenizer tokenizer, String text) {
        UnicodeText.require(text);
        int end = ExactCuts.next(text, 0);
        if (end == text.length()) {
            return encode(tokenizer, text, false);
        }
        List<int[]> parts = new ArrayList<>();
        int count = 0;
        for (int from = 0; from < text.length(); from = end) {
            end = ExactCuts.next(text, from);
            int[] ids = encode(tokenizer, text.substring(from, end), false);
            parts.add(ids);
            count += ids.length;
        }
        int[] all = new int[count];
        int filled = 0;
        for (int[] ids : parts) {
            System.arraycopy(ids, 0, all, filled, ids.length);
            filled += ids.length;
        }
        return all;
    }

    private static int[] encode(HuggingFaceTokenizer tokenizer, String text, boolean addSpecialTokens) {
        // HuggingFaceTokenizer.encode also builds strings and spans of every token, which takes twice as long.
        long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, addSpecialTokens);
        try {
            return Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding))
                    .mapToInt(Math::toIntExact)
                    .toArray();
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }
}
