package io.logitstream.cli;

import io.logitstream.producers.PublishResult;

/** One-line reports of the stages. */
final class Reports {
  private Reports() {}

  static String published(PublishResult result) {
    String state = !result.complete() ? "stopped after " : result.wasComplete() ? "was complete with " : "complete: ";
    return String.format("corpus %s %s%,d batches, %,d tokens%s", result.corpus(), state, result.batches(),
        result.predictedTokens(), result.wasComplete() ? "" : "; " + result.report());
  }
}
