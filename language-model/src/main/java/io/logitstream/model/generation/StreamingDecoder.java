package io.logitstream.model.generation;

import io.logitstream.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Turns tokens into text as they come. A token may end within a character, and how a token reads can depend on the one
 * before it, so text is passed on only where it is certain: what follows cannot change it.
 */
public final class StreamingDecoder {
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Consumer<String> out;
    private int[] window;
    private int told;

    /**
     * A stream of text.
     *
     * @param tokenizer of the tokens
     * @param before tokens before the first; they are not passed on, but the first is read in their light
     * @param out gets each piece of text
     */
    public StreamingDecoder(Tokenizer tokenizer, int[] before, Consumer<String> out) {
        this.tokenizer = tokenizer;
        this.out = out;
        // A whole character before is enough; the longest is four bytes, which may be as many tokens.
        this.window = Arrays.copyOfRange(before, Math.max(0, before.length - 4), before.length);
        this.told = window.length;
    }

    /** Takes the next token. */
    public void add(int token) {
        window = Arrays.copyOf(window, window.length + 1);
        window[window.length - 1] = token;
        String text = tokenizer.decode(window);
        if (!text.isEmpty() && text.charAt(text.length() - 1) != INCOMPLETE) {
            tell(text);
            // The last character told stays in the window as the context of the next token.
            window = Arrays.copyOfRange(window, Math.min(told, window.length - 1), window.length);
            told = window.length;
        }
    }

    /** Passes on what is left: half a character as U+FFFD. */
    public void end() {
        if (told < window.length) {
            tell(tokenizer.decode(window));
            told = window.length;
        }
    }

    private void tell(String text) {
        String before = tokenizer.decode(Arrays.copyOf(window, told));
        out.accept(text.substring(Math.min(before.length(), text.length())));
    }
}
