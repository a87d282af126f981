package io.logitstream.producers.corpus.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.messages.UsageException;
import java.util.List;

/**
 * A source of a mixture. Settings that are left out, and all others of a corpus, are those of {@code corpus}.
 *
 * @param source folder, glob, file, zip or jar; required
 * @param weight share of the mixture's predicted tokens in proportion to the weights of the other sources; default 1
 * @param epochs passes over the source, after which it ends; default 1
 * @param maxTokens number of predicted tokens after which the source ends, with the batch that reaches it; default null:
 *     after its passes
 * @param format as {@code corpus.format}
 * @param textField as {@code corpus.textField}
 * @param damaged as {@code corpus.damaged}
 * @param include as {@code corpus.include}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MixtureSource(
        String source,
        Double weight,
        Integer epochs,
        Long maxTokens,
        String format,
        String textField,
        String damaged,
        List<String> include) {
    private static final double LEAST_WEIGHT = 1e-6;
    private static final double LARGEST_WEIGHT = 1e6;

    /** Fills in the defaults. */
    public MixtureSource {
        weight = weight == null ? 1.0 : weight;
        epochs = epochs == null ? 1 : epochs;
        include = include == null ? null : List.copyOf(include);
    }

    /** A source with a weight and default settings. */
    public static MixtureSource of(String source, double weight) {
        return new MixtureSource(source, weight, null, null, null, null, null, null);
    }

    /** The same without what does not decide on the text and its batches. */
    MixtureSource identity() {
        return new MixtureSource(source, weight, epochs, maxTokens, format, textField, null, include);
    }

    /**
     * Requires valid values.
     *
     * @param key configuration key of the source, for messages
     */
    void require(String key) {
        if (source == null || source.isBlank()) {
            throw new UsageException(key + ".source is not given; name a folder, glob, file, zip or jar");
        }
        if (source.equals(CorpusConfig.STANDARD_INPUT)) {
            throw new UsageException(key + ".source is standard input, which a mixture cannot continue or repeat;"
                    + " write the texts to a file");
        }
        if (!(weight >= LEAST_WEIGHT && weight <= LARGEST_WEIGHT)) {
            throw new UsageException(key + ".weight is " + weight + ", but must be from 0.000001 to 1000000; remove a"
                    + " source that is to give nothing");
        }
        if (epochs < 1) {
            throw new UsageException(key + ".epochs is " + epochs + ", but must be at least 1");
        }
        if (maxTokens != null && maxTokens < 1) {
            throw new UsageException(key + ".maxTokens is " + maxTokens + ", but must be at least 1");
        }
    }
}
