package io.logitstream.teacher;

/** Watches a teacher stream. Called from the stream threads. */
@FunctionalInterface
public interface TeachListener {
  /**
   * A batch has been enriched and handed to the producer.
   *
   * @param tokens predicted tokens of the batch
   * @param kept kept entries
   * @param bytes size of the record's value
   */
  void onBatch(int tokens, int kept, int bytes);
}
