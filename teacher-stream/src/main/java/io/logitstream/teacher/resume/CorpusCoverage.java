package io.logitstream.teacher.resume;

import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.TopicEnd;
import io.logitstream.schemas.topics.SourcePosition;
import io.logitstream.schemas.topics.TopicIdentity;
import io.logitstream.teacher.TeacherStream;
import io.logitstream.teacher.deadletters.DeadLetter;
import io.logitstream.teacher.deadletters.DeadLetterTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.IsolationLevel;

/**
 * How much of a tokens topic is in the logits topic: whether the stream has read the whole corpus, and whether each record
 * of it came through. Not thread-safe.
 */
public final class CorpusCoverage implements AutoCloseable {
  /** Markers are committed in all partitions at once; after so long, a partition without one has none. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();

  /** More than the time after which a broker ends the transaction of an instance that has died. */
  private static final long SETTLE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long PAUSE_MS = 50;

  private final KafkaSettings kafka;
  private final TeacherStream.Topics topics;
  private final int maxRecordBytes;
  private final Runnable running;
  private final Admin admin;
  private final GroupOffsets offsets;
  private final TopicEnd tokensEnd;
  private final TopicEnd logitsEnd;
  private Long withoutEndSince;

  /**
   * @param kafka the cluster
   * @param topics topics, which exist
   * @param group consumer group of the stream
   * @param maxRecordBytes largest record of the topics
   * @param running called again and again while topics are read or waited for; what it throws ends that
   */
  public CorpusCoverage(KafkaSettings kafka, TeacherStream.Topics topics, String group, int maxRecordBytes,
      Runnable running) {
    this.kafka = kafka;
    this.topics = topics;
    this.maxRecordBytes = maxRecordBytes;
    this.running = running;
    this.admin = Admin.create(kafka.admin());
    this.offsets = new GroupOffsets(admin, group);
    this.tokensEnd = new TopicEnd(kafka, topics.tokens(), maxRecordBytes);
    this.logitsEnd = new TopicEnd(kafka, topics.logits(), maxRecordBytes);
  }

  /**
   * Whether the corpus has ended in each partition of the tokens topic and the stream has read it to there.
   *
   * @throws LogitstreamException when a partition will never end
   */
  public boolean isOver() {
    Map<Integer, ConsumerRecord<String, byte[]>> ends = new TreeMap<>();
    List<Integer> empty = new ArrayList<>();
    for (int partition : tokensEnd.partitions()) {
      List<ConsumerRecord<String, byte[]>> tail = tokensEnd.tail(partition, 1);
      if (tail.isEmpty()) {
        empty.add(partition);
      } else if (TopicEnd.isMarker(tail.get(0))) {
        ends.put(partition, tail.get(0));
      } else {
        withoutEndSince = null;
        return false;
      }
    }
    if (ends.isEmpty() || !empty.isEmpty()) {
      requireEnds(ends.keySet(), empty);
      return false;
    }
    Map<Integer, Long> committed = offsets.committed(topics.tokens());
    return ends.values().stream().allMatch(end -> committed.getOrDefault(end.partition(), 0L) > end.offset());
  }

  private void requireEnds(Iterable<Integer> ended, List<Integer> empty) {
    if (!ended.iterator().hasNext()) {
      withoutEndSince = null;
      return;
    }
    withoutEndSince = withoutEndSince == null ? System.nanoTime() : withoutEndSince;
    if (System.nanoTime() - withoutEndSince > PATIENCE_NANOS) {
      throw new LogitstreamException("topic " + topics.tokens() + ": partition " + empty.get(0) + " is empty, but the corpus"
          + " has ended with a marker in each of the others: the partition was added afterwards, or its records were"
          + " deleted; publish the corpus into another topic (topics.tokens)");
    }
  }

  /**
   * Requires that each record of a corpus that is over came through.
   *
   * @throws LogitstreamException one line that counts the dead letters and names the first with its cause, or the
   *     partition that lacks something else
   */
  public void requireComplete() {
    running.run();
    TopicIdentity tokens = TopicIdentity.of(admin, topics.tokens());
    awaitSettled(topics.logits());
    awaitSettled(topics.deadLetters());
    List<DeadLetter> missing = missing(tokens);
    if (!missing.isEmpty()) {
      DeadLetter first = missing.get(0);
      throw new LogitstreamException(String.format("topic %s lacks %,d %s of topic %s: dead letters, the first with the"
          + " cause: %s. 'logitstream inspect --topic %s' shows all; docs/operations.md says how to teach them again",
          topics.logits(), missing.size(), missing.size() == 1 ? "record" : "records", topics.tokens(), first.message(),
          topics.deadLetters()));
    }
    for (int partition : logitsEnd.partitions()) {
      List<ConsumerRecord<String, byte[]>> tail = logitsEnd.tail(partition, 1);
      requireEnd(partition, tail.isEmpty() ? null : tail.get(0), tokens);
    }
  }

  // A group's offset can be seen before the records of its transaction, for a moment.
  private void awaitSettled(String topic) {
    TopicIdentity identity = TopicIdentity.of(admin, topic);
    long deadline = System.nanoTime() + SETTLE_NANOS;
    while (!offsets.isSettled(identity) && System.nanoTime() < deadline) {
      running.run();
      try {
        Thread.sleep(PAUSE_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LogitstreamException("interrupted while looking at topic " + topic, e);
      }
    }
  }

  private void requireEnd(int partition, ConsumerRecord<String, byte[]> last, TopicIdentity tokens) {
    List<ConsumerRecord<String, byte[]>> tail = tokensEnd.tail(partition, 1);
    ConsumerRecord<String, byte[]> wanted = tail.isEmpty() ? null : tail.get(0);
    SourcePosition source = last == null ? null : source(last);
    boolean behind = wanted != null && source != null && sameTopic(source, tokens) && source.offset() < wanted.offset();
    if (last == null || !TopicEnd.isMarker(last) || behind) {
      throw new LogitstreamException("topic " + topics.logits() + ", partition " + partition + " ends with "
          + (last == null ? "nothing" : last.key()) + ", but topic " + topics.tokens() + " with "
          + (wanted == null ? "nothing" : wanted.key() + " at offset " + wanted.offset()) + ": batches are missing that are"
          + " no dead letters; take another logits topic (--set topics.logits=NAME)");
    }
  }

  private static boolean sameTopic(SourcePosition source, TopicIdentity tokens) {
    return tokens.changeSince(source.topic(tokens.name())).isEmpty();
  }

  private static SourcePosition source(ConsumerRecord<?, ?> record) {
    return SourcePosition.readFrom(record.headers(),
        "topic " + record.topic() + ", partition " + record.partition() + ", offset " + record.offset());
  }

  // A dead letter that was taught again later is in the logits topic.
  private List<DeadLetter> missing(TopicIdentity tokens) {
    Map<Integer, TreeMap<Long, DeadLetter>> letters = new TreeMap<>();
    DeadLetterTopic.read(kafka, topics.deadLetters(), maxRecordBytes, letter -> {
      running.run();
      if (letter.isOf(tokens) && letter.partition() < tokens.partitions()) {
        letters.computeIfAbsent(letter.partition(), number -> new TreeMap<>()).put(letter.offset(), letter);
      }
    });
    List<DeadLetter> missing = new ArrayList<>();
    if (letters.isEmpty()) {
      return missing;
    }
    TopicIdentity logits = TopicIdentity.of(admin, topics.logits());
    Map<Integer, Long> begins = offsets.of(logits, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
    Map<Integer, Long> ends = offsets.of(logits, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    try (LogitsSearch search = new LogitsSearch(kafka, topics.logits(), running)) {
      letters.forEach((partition, byOffset) -> {
        for (Long offset = byOffset.firstKey(); offset != null;) {
          // All letters before the next record that came through are missing: a flood of them is one search.
          long through = search.firstSourceFrom(partition, begins.get(partition), ends.get(partition), offset);
          missing.addAll(byOffset.subMap(offset, through).values());
          offset = byOffset.higherKey(through);
          if (through == Long.MAX_VALUE) {
            break;
          }
        }
      });
    }
    return missing;
  }

  @Override
  public void close() {
    tokensEnd.close();
    logitsEnd.close();
    admin.close();
  }
}
