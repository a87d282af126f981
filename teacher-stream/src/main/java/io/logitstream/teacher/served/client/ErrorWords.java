package io.logitstream.teacher.served.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.Printable;
import io.logitstream.messages.Secrets;
import java.nio.charset.StandardCharsets;

/** The words of a server about an error, for messages: one line of bounded length. */
final class ErrorWords {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LIMIT = 300;

    private ErrorWords() {}

    /** The message in the body of an error; the beginning of the body if it is in no known place; empty if there is none. */
    static String of(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        String words = text;
        try {
            JsonNode json = JSON.readTree(text);
            for (String place : new String[] {"/error/message", "/message", "/detail", "/error", "/object/message"}) {
                JsonNode found = json.at(place);
                if (found.isTextual()) {
                    words = found.textValue();
                    break;
                }
            }
        } catch (JsonProcessingException e) {
            words = withoutTags(text);
        }
        return Printable.of(Secrets.masked(words.strip()), LIMIT);
    }

    private static String withoutTags(String text) {
        return text.startsWith("<")
                ? text.replaceAll("(?s)<(style|script)[^>]*>.*?</\\1>", " ")
                        .replaceAll("<[^>]*>", " ")
                        .replaceAll("\\s+", " ")
                : text;
    }
}
