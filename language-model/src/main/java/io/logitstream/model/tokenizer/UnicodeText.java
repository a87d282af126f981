package io.logitstream.model.tokenizer;

import io.logitstream.messages.ModelException;

/** Check that a text is valid Unicode, which the native library takes for granted. */
final class UnicodeText {
    private UnicodeText() {}

    static void require(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(c, text.charAt(i + 1))) {
                    throw new ModelException("text is not valid Unicode: unpaired surrogate at character " + i);
                }
                i++;
            }
        }
    }
}
