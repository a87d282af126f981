package io.logitstream.model;

import java.util.List;

/** The families that can be loaded. */
final class ModelFamilies {
  private static final List<ModelFamily> ALL = List.of(new LlamaFamily(), new MistralFamily(), new Qwen2Family(),
      new Qwen3Family(), new GlmFamily(), new Glm4Family());

  private ModelFamilies() {}

  /**
   * A family by the {@code model_type} of its configurations.
   *
   * @throws ModelException when there is none of that name; it lists those there are
   */
  static ModelFamily of(String modelType) {
    return ALL.stream().filter(family -> family.modelType().equals(modelType)).findFirst()
        .orElseThrow(() -> new ModelException("model_type '" + modelType + "' is not supported; supported are "
            + String.join(", ", ALL.stream().map(ModelFamily::modelType).toList())
            + ", and any other model as a TorchScript file"));
  }
}
