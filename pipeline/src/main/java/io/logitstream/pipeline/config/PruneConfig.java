package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;

/**
 * Smaller model that {@code prune} makes. A size that is left out is that of the model to prune.
 *
 * @param model Hugging Face folder of the model to prune; the teacher by default
 * @param layers number of layers
 * @param feedForward inner size of the feed-forward block
 * @param heads query heads; whole groups of a key-value head stay together
 * @param keyValueHeads key-value heads with their query heads, another way to give {@code heads}
 * @param hidden hidden size
 * @param by criterion of the layers: {@code cosine} by default, {@code block} or {@code loss}
 * @param rows rows of {@code corpus.contextLength} tokens on which importance and loss are measured; 128 by default
 */
public record PruneConfig(
        String model,
        Integer layers,
        Integer feedForward,
        Integer heads,
        Integer keyValueHeads,
        Integer hidden,
        String by,
        Integer rows) {
    /** A model that is pruned in nothing. */
    static final PruneConfig NOTHING = new PruneConfig(null, null, null, null, null, null, null, null);

    /** Fills in the defaults and checks the range. */
    public PruneConfig {
        by = by == null ? "cosine" : by;
        rows = rows == null ? 128 : rows;
        if (rows < 1) {
            throw new UsageException("prune.rows " + rows + " is not positive");
        }
    }

    /** The same with a model, unless it has one. */
    PruneConfig withModel(String byDefault) {
        return model != null
                ? this
                : new PruneConfig(byDefault, layers, feedForward, heads, keyValueHeads, hidden, by, rows);
    }
}
