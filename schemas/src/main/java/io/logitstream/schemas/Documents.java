package io.logitstream.schemas;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** How a model reads a row of several documents. */
public enum Documents {
    /** As one text: a position sees all earlier ones of its row. */
    @JsonProperty("joined")
    JOINED,

    /** Each by itself: attention and positions begin anew after the token that ends a document. */
    @JsonProperty("isolated")
    ISOLATED;

    /** How the batch of a record is read. */
    public static Documents of(TokenBatch batch) {
        return batch.getDocumentEnd() == null ? JOINED : ISOLATED;
    }

    /** In words, for messages: {@code joined}, or {@code isolated (token 7 ends them)}. */
    public static String describe(TokenBatch batch) {
        Integer end = batch.getDocumentEnd();
        return end == null ? JOINED.toString() : ISOLATED + " (token " + end + " ends them)";
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
