package io.logitstream.producers.corpus.source;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.logitstream.model.tokenizer.TextPrefix;
import io.logitstream.model.tokenizer.Tokenizer;

/** Whether each document begins with a begin-of-text token. */
public enum BeginOfText {
    /** Where the tokenizer's own settings add one. */
    @JsonProperty("auto")
    AUTO,

    /** Always: what the tokenizer adds, or else the token that its configuration names. */
    @JsonProperty("always")
    ALWAYS,

    /** Never, as in all corpora that version 0.1.0 has published. */
    @JsonProperty("never")
    NEVER;

    /** The tokens before each document. */
    public int[] tokens(Tokenizer tokenizer) {
        return switch (this) {
            case AUTO -> TextPrefix.added(tokenizer);
            case ALWAYS -> TextPrefix.required(tokenizer);
            case NEVER -> new int[0];
        };
    }
}
