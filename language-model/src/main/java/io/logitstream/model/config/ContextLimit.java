package io.logitstream.model.config;

import io.logitstream.messages.ModelException;

/** Longest context that a model accepts. */
public final class ContextLimit {
    private ContextLimit() {}

    /**
     * Positions of the longest context that is accepted; {@link Long#MAX_VALUE} if the rotary embedding is scaled for
     * longer contexts.
     */
    public static long of(ModelConfig config) {
        return config.rope().scaling() instanceof RopeScaling.None ? config.maxPositions() : Long.MAX_VALUE;
    }

    /**
     * Requires that a model accepts a context. A context longer than the model's own is refused, unless its rotary
     * embedding is scaled for longer contexts; that is logged as a warning, once in a process.
     *
     * @param config the model
     * @param positions length of the context
     * @throws ModelException if the context is too long
     */
    public static void require(ModelConfig config, long positions) {
        if (positions <= config.maxPositions()
                || positions <= reach(config.rope().scaling())) {
            return;
        }
        if (positions > of(config)) {
            throw new ModelException(
                    "a context of " + positions + " positions is longer than the " + config.maxPositions()
                            + " of the model (max_position_embeddings in its config.json); use a shorter context"
                            + " (corpus.contextLength of a run), or another model");
        }
        ConfigWarnings.once(
                "a context is longer than the " + config.maxPositions() + " positions of a " + config.family()
                        + " model (max_position_embeddings in its config.json): its rotary embedding is scaled further than the model"
                        + " was made for");
    }

    /**
     * The configuration of a model that is trained on a context: its own context is at least as long. A dynamic scaling
     * is computed from the model's own context, which therefore stays.
     */
    public static ModelConfig trainedOn(ModelConfig config, long positions) {
        return config.rope().scaling() instanceof RopeScaling.Dynamic || positions <= config.maxPositions()
                ? config
                : config.withMaxPositions(Math.toIntExact(positions));
    }

    // Files in which YaRN was enabled later keep the max_position_embeddings of the original context, and those of
    // dynamic scaling always do.
    private static double reach(RopeScaling scaling) {
        if (scaling instanceof RopeScaling.Dynamic dynamic) {
            return dynamic.factor() * dynamic.maxPositions();
        }
        return scaling instanceof RopeScaling.Yarn yarn ? yarn.factor() * yarn.originalPositions() : 0;
    }
}
