package io.logitstream.model.huggingface;

import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ConfigWarnings;
import io.logitstream.model.config.ModelConfig;
import java.nio.file.Path;

/** The output head of a model in a folder: the embedding or a matrix of its own, by configuration and weights. */
public final class TiedEmbeddings {
    private TiedEmbeddings() {}

    /**
     * The configuration that the weights have. The file of a tied model may hold a copy of the embedding as its output head.
     * Where the two differ, the head in the file is used, as transformers does.
     *
     * @param config what {@code config.json} says
     * @param weights the weight files
     * @param folder folder of both, for messages
     * @throws ModelException when the head has another shape, or an untied model has none
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
