package io.logitstream.schemas;

/**
 * What a reader knows of a payload from the record around it.
 *
 * @param positions predicted positions N: rows * (length - 1)
 * @param vocabularySize ids are below it
 * @param draws draws per position when the support was sampled, and the payload holds counts; 0 when it holds
 *     log-probabilities
 */
public record PayloadShape(int positions, int vocabularySize, int draws) {

  /** A payload of log-probabilities. */
  public PayloadShape(int positions, int vocabularySize) {
    this(positions, vocabularySize, 0);
  }
}
