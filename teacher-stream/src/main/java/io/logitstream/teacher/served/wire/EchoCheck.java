package io.logitstream.teacher.served.wire;

import io.logitstream.messages.Printable;
import java.io.IOException;

/** Checks of what a server repeats of a request. */
public final class EchoCheck {
    private EchoCheck() {}

    /** Requires that an array holds the ids of a prompt; null counts as not repeated. */
    public static void requireIds(JsonReader json, int[] prompt) throws IOException, AnswerException {
        if (json.tryNull()) {
            return;
        }
        int count = 0;
        json.beginArray();
        while (json.nextElement()) {
            int id = json.readInt();
            if (count == prompt.length) {
                throw new AnswerException("is for more than the " + prompt.length + " tokens of the prompt");
            }
            requireId(id, prompt, count);
            count++;
        }
        if (count < prompt.length) {
            throw new AnswerException("is for " + count + " of the " + prompt.length + " tokens of the prompt");
        }
    }

    /** Requires that a repeated id is that of the prompt. */
    public static void requireId(int id, int[] prompt, int index) throws AnswerException {
        if (id != prompt[index]) {
            throw new AnswerException(
                    "is for other tokens: token " + index + " is " + id + " instead of " + prompt[index]);
        }
    }

    /** Requires that a string is the name of the model; null counts as not told. */
    public static void requireModel(JsonReader json, String model) throws IOException, AnswerException {
        if (json.tryNull()) {
            return;
        }
        String told = json.readText();
        if (!told.equals(model)) {
            throw new AnswerException("is from model '" + Printable.of(told) + "' instead of '" + model + "'");
        }
    }
}
