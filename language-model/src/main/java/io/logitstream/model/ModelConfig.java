package io.logitstream.model;

/**
 * Shape of a decoder-only transformer: RMSNorm, rotary embedding, SwiGLU, grouped-query attention.
 *
 * @param vocabularySize V, rows of the embedding
 * @param hiddenSize D
 * @param feedForwardSize F, inner size of the SwiGLU block
 * @param layers number of decoder layers
 * @param heads H, query heads
 * @param keyValueHeads G, key and value heads; divides heads
 * @param headSize K, size of a head
 * @param maxPositions longest context the model is made for
 * @param normEpsilon epsilon of every RMSNorm
 * @param rope rotary embedding
 * @param tiedEmbeddings whether the output head is the embedding matrix
 * @param attentionBias whether the four attention projections have biases
 * @param feedForwardBias whether the three feed-forward projections have biases
 * @param endOfText id of the end-of-text token, or -1
 */
public record ModelConfig(int vocabularySize, int hiddenSize, int feedForwardSize, int layers, int heads,
    int keyValueHeads, int headSize, int maxPositions, double normEpsilon, RopeConfig rope,
    boolean tiedEmbeddings, boolean attentionBias, boolean feedForwardBias, int endOfText) {

  /** Checks that the sizes fit each other. */
  public ModelConfig {
    require(vocabularySize > 0 && hiddenSize > 0 && feedForwardSize > 0 && layers > 0 && heads > 0,
        "sizes, layers and heads must be positive");
    require(keyValueHeads > 0 && heads % keyValueHeads == 0,
        "heads " + heads + " is not a multiple of keyValueHeads " + keyValueHeads);
    require(headSize > 0 && headSize % 2 == 0, "headSize " + headSize + " is not even, as rotary embedding needs");
  }

  /** Number of trainable values. */
  public long parameters() {
    return HuggingFaceNames.shapes(this).values().stream().mapToLong(shape -> shape.size()).sum();
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new ModelException("model configuration: " + message);
    }
  }
}
