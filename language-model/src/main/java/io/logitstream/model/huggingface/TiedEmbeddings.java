package io.logitstream.model.huggingface;

import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ConfigWarnings;
import io.logitstream.model.config.ModelConfig;
import java.nio.file.Path;

/** Decides whether the output head of a stored model is its embedding, from configuration and weights. */
public final class TiedEmbeddings {
    private TiedEmbeddings() {}

    /**
     * The configuration that fits the weights. The file of a tied model may hold a copy of its embedding as output
     * head; if the two differ, the output head of the file is used, as in transformers.
     *
     * @param config content of {@code config.json}
     * @param weights the weight files
     * @param folder folder of both, for messages
     * @return the configuration, with {@code tiedEmbeddings} corrected
     * @throws ModelException if the output head has another shape, or an untied model has none
     */
    public static ModelConfig resolve(ModelConfig config, ModelWeights weights, Path folder) {
        String head = WeightShapes.output(config.withTiedEmbeddings(false));
        String embedding = WeightShapes.output(config.withTiedEmbeddings(true));
        if (!config.tiedEmbeddings() && !weights.has(head) && weights.has(embedding)) {
            throw new ModelException(
                    folder.toAbsolutePath() + ": tensor " + head + " is missing from the weights; if the"
                            + " model's output head is its embedding, set tie_word_embeddings to true in config.json");
        }
        if (!config.tiedEmbeddings()
                || !weights.has(head)
                || !weights.has(embedding)
                || weights.same(head, embedding, new Shape(config.vocabularySize(), config.hiddenSize()))) {
            return config;
        }
        ConfigWarnings.once(
                folder.toAbsolutePath() + ": config.json sets tie_word_embeddings, but " + head + " differs from "
                        + embedding + " in the weights; " + head + " is used as the output head, as transformers does");
        return config.withTiedEmbeddings(false);
    }
}
