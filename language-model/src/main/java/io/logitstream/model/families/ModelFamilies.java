package io.logitstream.model.families;

import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelConfig;
import java.util.List;

/** The supported families of models. */
public final class ModelFamilies {
    private static final List<ModelFamily> ALL = List.of(
            new LlamaFamily(),
            new MistralFamily(),
            new Qwen2Family(),
            new Qwen3Family(),
            new GlmFamily(),
            new Glm4Family(),
            new SmolLm3Family(),
            new Olmo2Family(),
            new GraniteFamily(),
            new Phi3Family(),
            new GemmaFamily(),
            new Gemma2Family(),
            new Gemma3Family());

    private ModelFamilies() {}

    /** Names of the weights of a model, by its family. */
    public static WeightNames weightNames(ModelConfig config) {
        return of(config.family()).names();
    }

    /**
     * Requires that a model can be trained: the training pass knows no factor of the embeddings, the loss no bound of
     * logits, and the optimizer no joint matrix of query, key and value.
     *
     * @throws ModelException if it can teach only
     */
    public static void requireTrainable(ModelConfig config) {
        if (config.arithmetic().embeddingFactor() != 1
                || config.arithmetic().logitsCap() > 0
                || weightNames(config).has(WeightNames.Part.QUERY_KEY_VALUE)) {
            throw new ModelException("a model of the family " + config.family() + " can teach, but cannot be trained");
        }
    }

    /**
     * The family with a {@code model_type}.
     *
     * @throws ModelException if there is none; the message lists the supported ones
     */
    public static ModelFamily of(String modelType) {
        return ALL.stream()
                .filter(family -> family.modelType().equals(modelType))
                .findFirst()
                .orElseThrow(() -> new ModelException("model_type '" + modelType + "' is not supported; supported are "
                        + String.join(
                                ", ", ALL.stream().map(ModelFamily::modelType).toList())
                        + ", and any other model as a TorchScript file"));
    }
}
