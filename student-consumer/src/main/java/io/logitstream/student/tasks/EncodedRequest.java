package io.logitstream.student.tasks;

import io.logitstream.model.tokenizer.Tokenizer;
import java.util.Arrays;

/**
 * Tokens of a request, divided into context and continuation as the harness divides them: the continuation has the
 * tokens of the whole text beyond as many as the context has alone.
 *
 * @param tokens input and targets: the model reads all tokens except the last, and is scored on the last {@code scored}
 * @param scored number of tokens at the end that are scored
 */
record EncodedRequest(int[] tokens, int scored) {

    static EncodedRequest of(Tokenizer tokenizer, MultipleChoiceItem.Request request) {
        String context = request.context();
        String continuation = request.continuation();
        if (context.isEmpty()) {
            return withoutContext(tokenizer.prefixToken(), tokenizer.encodeAsHuggingFace(continuation, false));
        }
        // As in the harness, spaces at the end of the context are moved to the continuation.
        int end = PythonText.stripped(context);
        continuation = context.substring(end) + continuation;
        context = context.substring(0, end);
        int[] whole = encode(tokenizer, context + continuation);
        return new EncodedRequest(whole, whole.length - encode(tokenizer, context).length);
    }

    private static EncodedRequest withoutContext(int prefix, int[] continuation) {
        if (continuation.length > 0 && continuation[0] == prefix) {
            return new EncodedRequest(continuation, continuation.length - 1);
        }
        int[] tokens = new int[continuation.length + 1];
        tokens[0] = prefix;
        System.arraycopy(continuation, 0, tokens, 1, continuation.length);
        return new EncodedRequest(tokens, continuation.length);
    }

    // A text that begins with the begin-of-text token gets no second one.
    private static int[] encode(Tokenizer tokenizer, String text) {
        boolean begun = text.startsWith(tokenizer.decode(new int[] {tokenizer.prefixToken()}));
        return tokenizer.encodeAsHuggingFace(text, !begun);
    }

    /** The same with the context truncated at the left, so that a model reads at most {@code maxLength} tokens. */
    EncodedRequest within(int maxLength) {
        return tokens.length <= maxLength + 1
                ? this
                : new EncodedRequest(Arrays.copyOfRange(tokens, tokens.length - maxLength - 1, tokens.length), scored);
    }
}
