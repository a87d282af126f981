package io.logitstream.model.generation;

import io.logitstream.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Decodes tokens to text one by one. A token may end inside a character, and the text of a token can depend on the
 * token before it. Text is therefore emitted only when later tokens cannot change it.
 */
public final class StreamingDecoder {
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Consumer<String> out;
    private int[] window;
    private int emitted;

    /**
     * A decoder at the beginning of a text.
     *
     * @param tokenizer tokenizer of the tokens
     * @param before tokens before the first one, as its context; not emitted
     * @param out receives each piece of text
     */
    public StreamingDecoder(Tokenizer tokenizer, int[] before, Consumer<String> out) {
        this.tokenizer = tokenizer;
        this.out = out;
        // One whole character is enough context; the longest has four bytes, which can be four tokens.
        this.window = Arrays.copyOfRange(before, Math.max(0, before.length - 4), before.length);
        this.emitted = window.length;
    }

    /** Adds the next token. */
    public void add(int token) {
        window = Arrays.copyOf(window, window.length + 1);
        window[window.length - 1] = token;
        String text = tokenizer.decode(window);
        if (!text.isEmpty() && text.charAt(text.length() - 1) != INCOMPLETE) {
            emit(text);
            // The last emitted character stays in the window as the context of the next token.
            window = Arrays.copyOfRange(window, Math.min(emitted, window.length - 1), window.length);
            emitted = window.length;
        }
    }

    /** Emits the rest; an incomplete character becomes U+FFFD. */
    public void end() {
        if (emitted < window.length) {
            emit(tokenizer.decode(window));
            emitted = window.length;
        }
    }

    private void emit(String text) {
        String before = tokenizer.decode(Arrays.copyOf(window, emitted));
        out.accept(text.substring(Math.min(before.length(), text.length())));
    }
}
