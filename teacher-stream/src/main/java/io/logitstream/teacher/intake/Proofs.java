package io.logitstream.teacher.intake;

/**
 * What has been shown to fit since the stream was started: before it has, what does not fit is taken for the fault of the
 * registry or of the configuration, which would make every record a dead letter. Shared by the stream's threads.
 */
public final class Proofs {
  private volatile boolean registry;
  private volatile boolean tokenizer;

  /** A record of the tokens topic has resolved: the registry is the one that the topic was written with. */
  public void registryFits() {
    registry = true;
  }

  boolean hasRegistry() {
    return registry;
  }

  /** A batch was made with the teacher's tokenizer. */
  public void tokenizerFits() {
    tokenizer = true;
  }

  boolean hasTokenizer() {
    return tokenizer;
  }
}
