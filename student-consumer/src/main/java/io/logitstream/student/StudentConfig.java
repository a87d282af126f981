package io.logitstream.student;

import io.logitstream.model.ModelConfig;
import io.logitstream.model.RopeConfig;

/**
 * Shape of a student.
 *
 * @param hiddenSize width, 128 by default
 * @param layers decoder layers, 3 by default
 * @param heads query heads, 4 by default
 * @param keyValueHeads key and value heads, 2 by default
 * @param feedForwardSize inner size of the SwiGLU block, 352 by default
 * @param tiedEmbeddings whether the output head is the embedding, true by default
 * @param ropeTheta base of the rotary embedding, 10000 by default
 */
public record StudentConfig(Integer hiddenSize, Integer layers, Integer heads, Integer keyValueHeads,
    Integer feedForwardSize, Boolean tiedEmbeddings, Double ropeTheta) {

  /** Fills in the defaults. */
  public StudentConfig {
    hiddenSize = hiddenSize == null ? 128 : hiddenSize;
    layers = layers == null ? 3 : layers;
    heads = heads == null ? 4 : heads;
    keyValueHeads = keyValueHeads == null ? 2 : keyValueHeads;
    feedForwardSize = feedForwardSize == null ? 352 : feedForwardSize;
    tiedEmbeddings = tiedEmbeddings == null || tiedEmbeddings;
    ropeTheta = ropeTheta == null ? 10000 : ropeTheta;
    Checks.require(hiddenSize > 0, "student.hiddenSize " + hiddenSize + " is not positive");
    Checks.require(heads > 0 && hiddenSize % heads == 0, "student.hiddenSize " + hiddenSize
        + " is not a multiple of student.heads " + heads);
    Checks.require(keyValueHeads > 0 && heads % keyValueHeads == 0, "student.heads " + heads
        + " is not a multiple of student.keyValueHeads " + keyValueHeads);
    Checks.require(hiddenSize / heads % 2 == 0, "student.hiddenSize / student.heads must be even");
    Checks.require(layers > 0 && feedForwardSize > 0, "student.layers and student.feedForwardSize must be positive");
    Checks.require(ropeTheta > 0 && ropeTheta < Double.POSITIVE_INFINITY,
        "student.ropeTheta " + ropeTheta + " is not a positive number");
  }

  /**
   * The model of this shape.
   *
   * @param vocabularySize size of the vocabulary
   * @param contextLength longest context it is trained on
   * @param endOfText id of the end-of-text token
   */
  public ModelConfig model(int vocabularySize, int contextLength, int endOfText) {
    return new ModelConfig(vocabularySize, hiddenSize, feedForwardSize, layers, heads, keyValueHeads,
        hiddenSize / heads, contextLength, 1e-6, RopeConfig.plain(ropeTheta), tiedEmbeddings, false, false, endOfText);
  }
}
