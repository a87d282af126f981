package io.logitstream.student;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.TopicSettings;
import io.logitstream.student.lag.BatchLag;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic's partitions in a fixed turn, one record of each, so that the sequence of batches depends on the
 * topic and not on timing. At the end of a partition it waits for more, until the end-of-corpus marker. The position
 * is the caller's to keep; the group's committed offsets are for lag tools only.
 */
final class TopicReader implements AutoCloseable {
  /** Records of a partition held in memory before it is paused. */
  private static final int BUFFERED = 8;
  private static final Duration POLL = Duration.ofMillis(200);
  /** Every so many polls without a record it is asked whether the topic is still there: some 5 s. */
  private static final int POLLS_BETWEEN_LOOKS = 25;

  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

  private final String topic;
  private final RecordDecoder decoder;
  private final Consumer<String, byte[]> consumer;
  private final List<Integer> partitions = new ArrayList<>();
  private final Map<Integer, Deque<ConsumerRecord<String, byte[]>>> buffers = new HashMap<>();
  private final Map<Integer, Long> offsets = new TreeMap<>();
  private final Map<Integer, Map<String, BatchKey>> lastKeys = new HashMap<>();
  private final List<Integer> ended = new ArrayList<>();
  private final CorpusWeights weights;
  private final CorpusEnds ends;
  private final BatchLag lag = new BatchLag();
  private ConsumerRecord<String, byte[]> current;
  private int given;
  private int turn;
  private int epoch;
  private long batches;
  private long passed;

  /** A reader of each batch once. */
  TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder) {
    this(kafka, topic, group, decoder, CorpusWeights.NONE);
  }

  TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder, CorpusWeights weights) {
    this(consumer(kafka, group), topic, decoder, kafka.bootstrapServers(), weights);
  }

  /**
   * A reader from the beginning of a topic.
   *
   * @param consumer consumer without partitions, the reader's from now on
   * @param topic topic
   * @param decoder of its records
   * @param cluster where the topic is, for messages
   * @param weights how often the batches of each corpus are given
   */
  TopicReader(Consumer<String, byte[]> consumer, String topic, RecordDecoder decoder, String cluster,
      CorpusWeights weights) {
    this.weights = weights;
    this.ends = new CorpusEnds(weights);
    this.topic = topic;
    this.decoder = decoder;
    this.consumer = consumer;
    try {
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        throw new LogitstreamException("topic " + topic + " does not exist on " + cluster);
      }
      infos.stream().map(PartitionInfo::partition).sorted().forEach(partitions::add);
      partitions.forEach(partition -> buffers.put(partition, new ArrayDeque<>()));
      consumer.assign(partitions.stream().map(this::topicPartition).toList());
      rewind();
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  private static Consumer<String, byte[]> consumer(KafkaSettings kafka, String group) {
    Properties properties = kafka.consumer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    // A position that retention has deleted is an error to report, not to jump over.
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    properties.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "4");
    return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /** Goes to the beginning of all partitions, without counting an epoch. */
  private void rewind() {
    consumer.beginningOffsets(consumer.assignment()).forEach((partition, offset) ->
        offsets.put(partition.partition(), offset));
    ended.clear();
    ends.restore(Map.of());
    lastKeys.clear();
    batches = 0;
    passed = 0;
    turn = partitions.get(0);
    seek();
  }

  /** Begins the next pass over the topic. */
  void nextEpoch() {
    epoch++;
    rewind();
  }

  /**
   * Continues where a checkpoint stood.
   *
   * @param waiting called every fifth of a second while there is nothing to read; may throw to give up
   * @return the batches that were held in the shuffle window, read again
   */
  List<TrainingBatch> restore(ReaderState state, Runnable waiting) {
    if (!state.offsets().keySet().equals(offsets.keySet())) {
      throw new LogitstreamException("topic " + topic + " has partitions " + partitions
          + ", but the checkpoint was made from partitions " + state.offsets().keySet());
    }
    decoder.teachers().restore(state.teacher());
    Map<ReaderState.Address, Deque<TrainingBatch>> held = readAgain(state.held(), waiting);
    offsets.putAll(state.offsets());
    ended.clear();
    if (state.corpora() == null) {
      ended.addAll(state.ended());
    } else {
      // With other weights than before, others may have to be waited for.
      ends.restore(state.corpora());
      partitions.stream().filter(ends::isEnded).forEach(ended::add);
    }
    passed = state.passed();
    given = state.given();
    turn = state.turn();
    epoch = state.epoch();
    batches = state.batches();
    seek();
    return state.held().stream().map(address -> held.get(address).remove()).toList();
  }

  // A batch that is held more than once is decoded as often: its memory is used again after each.
  private Map<ReaderState.Address, Deque<TrainingBatch>> readAgain(List<ReaderState.Address> addresses,
      Runnable waiting) {
    Map<ReaderState.Address, Deque<TrainingBatch>> found = new HashMap<>();
    TreeMap<Integer, TreeSet<Long>> wanted = new TreeMap<>();
    addresses.forEach(address ->
        wanted.computeIfAbsent(address.partition(), partition -> new TreeSet<>()).add(address.offset()));
    wanted.forEach((partition, places) -> offsets.put(partition, places.first()));
    seek();
    wanted.forEach((partition, places) -> {
      while (!places.isEmpty()) {
        ConsumerRecord<String, byte[]> record = take(partition, waiting);
        if (record.offset() > places.first()) {
          throw gone(partition + " at offset " + places.first());
        }
        if (places.remove(record.offset())) {
          ReaderState.Address address = new ReaderState.Address(partition, record.offset());
          Deque<TrainingBatch> copies = found.computeIfAbsent(address, key -> new ArrayDeque<>());
          for (int i = Collections.frequency(addresses, address); i > 0; i--) {
            copies.add(decoder.decode(record));
          }
        }
      }
    });
    return found;
  }

  private LogitstreamException gone(Object where) {
    return new LogitstreamException("topic " + topic + ": the records at " + where
        + " are no longer there (deleted by retention); start again from the beginning with a new output folder");
  }

  private void seek() {
    buffers.values().forEach(Deque::clear);
    offsets.forEach((partition, offset) -> {
      consumer.seek(topicPartition(partition), offset);
      lag.seek(topicPartition(partition), offset);
    });
    consumer.resume(consumer.paused());
  }

  /** Where the reader stands: what {@link #next} has returned is behind it. */
  ReaderState state() {
    Map<Integer, Long> next = new TreeMap<>(offsets);
    if (current != null) {
      next.put(turn, current.offset());
    }
    return new ReaderState(next, turn, List.copyOf(ended), epoch, batches, List.of(), decoder.teachers().first(),
        passed, given, ends.state());
  }

  int epoch() {
    return epoch;
  }

  /** Takes a batch back whose memory can be used again; from any thread. */
  void release(TrainingBatch batch) {
    decoder.release(batch);
  }

  /**
   * The next batch in turn.
   *
   * @param waiting called every fifth of a second while there is none; may throw to give up
   * @return the batch, or null when all partitions have come to the end of the corpus
   */
  TrainingBatch next(Runnable waiting) {
    while (ended.size() < partitions.size()) {
      if (!ended.contains(turn)) {
        current = current == null ? take(turn, waiting) : current;
        TrainingBatch batch = look(current);
        if (batch != null) {
          return batch;
        }
      }
      turn = following(turn);
    }
    if (batches + passed < decoder.batchesOfCorpora()) {
      LOG.warn("topic {} holds {} of the {} batches of its corpus; the others are in the teacher's dead-letter topic", topic,
          batches + passed, decoder.batchesOfCorpora());
    }
    return null;
  }

  /** The record's batch once more, or null when there is no more of it; then it is the turn of the next partition. */
  private TrainingBatch look(ConsumerRecord<String, byte[]> record) {
    BatchKey key = key(record);
    boolean withdrawn = key != null && weights.isWithdrawn(key.corpus());
    if (key != null && !key.isEnd() && given >= weights.copies(key, epoch)) {
      leave(record, key, withdrawn ? 0 : 1);
      return null;
    }
    TrainingBatch batch = withdrawn ? null : decoder.decode(record);
    if (batch == null) {
      ends.end(record.partition(), key.corpus());
      if (ends.isEnded(record.partition())) {
        ended.add(record.partition());
      }
      current = null;
      return null;
    }
    if (batch == RecordDecoder.OUTSIDE) {
      leave(record, key, 1);
      return null;
    }
    if (given == 0) {
      requireOrder(batch);
    }
    given++;
    batches++;
    if (given == weights.copies(key, epoch)) {
      leave(record, key, 1);
      turn = following(record.partition());
    }
    return batch;
  }

  private void leave(ConsumerRecord<String, byte[]> record, BatchKey key, int counted) {
    ends.batch(record.partition(), key.corpus());
    passed += counted - given;
    given = 0;
    current = null;
  }

  // What has no such key cannot be used, and decoding it says so.
  private static BatchKey key(ConsumerRecord<String, byte[]> record) {
    try {
      return record.key() == null ? null : BatchKey.parse(record.key());
    } catch (LogitstreamException e) {
      return null;
    }
  }

  /** Whether the corpus of a batch has been withdrawn. */
  boolean isWithdrawn(TrainingBatch batch) {
    return weights.isWithdrawn(batch.key().corpus());
  }

  private ConsumerRecord<String, byte[]> take(int partition, Runnable waiting) {
    Deque<ConsumerRecord<String, byte[]>> buffer = buffers.get(partition);
    for (int polls = 1; buffer.isEmpty(); polls++) {
      if (polls > 1) {
        waiting.run();
      }
      fill();
      if (polls % POLLS_BETWEEN_LOOKS == 0 && buffer.isEmpty()) {
        requireTopic();
      }
    }
    ConsumerRecord<String, byte[]> record = buffer.poll();
    offsets.put(partition, record.offset() + 1);
    if (buffer.size() < BUFFERED / 2) {
      consumer.resume(List.of(topicPartition(partition)));
    }
    return record;
  }

  /** A consumer goes on asking for a topic that was deleted, for ever. */
  private void requireTopic() {
    try {
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        throw new LogitstreamException("topic " + topic + " was deleted while it was read; the last checkpoint stays,"
            + " and training continues from it only with a topic of the same records at the same offsets");
      }
    } catch (TimeoutException e) {
      // No broker answers: that passes, and nothing is known about the topic.
    }
  }

  private void fill() {
    try {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        Deque<ConsumerRecord<String, byte[]>> buffer = buffers.get(record.partition());
        buffer.add(record);
        lag.fetched();
        if (buffer.size() >= BUFFERED) {
          consumer.pause(List.of(topicPartition(record.partition())));
        }
      }
    } catch (OffsetOutOfRangeException e) {
      throw gone(e.offsetOutOfRangePartitions());
    }
  }

  private void requireOrder(TrainingBatch batch) {
    BatchKey last = lastKeys.computeIfAbsent(batch.partition(), partition -> new HashMap<>())
        .put(batch.key().corpus(), batch.key());
    boolean inOrder = last == null || last.shard() < batch.key().shard()
        || last.shard() == batch.key().shard() && last.batch() < batch.key().batch();
    if (!inOrder) {
      throw new LogitstreamException(batch.address(topic) + ": comes after batch " + last
          + ": the topic holds a batch twice or out of order");
    }
  }

  private int following(int partition) {
    return partitions.get((partitions.indexOf(partition) + 1) % partitions.size());
  }

  /** Lets lag tools see a position; losing this is harmless, so it is not waited for. */
  void commitForLagTools(ReaderState state) {
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    state.offsets().forEach((partition, offset) -> positions.put(topicPartition(partition),
        new OffsetAndMetadata(offset)));
    consumer.commitAsync(positions, (committed, failure) -> { });
  }

  /** Batches between the position and the end of the topic, at the last fetch. */
  long lag() {
    return lag.batches(consumer::position, partition -> consumer.currentLag(partition).orElse(0))
        + buffers.values().stream().mapToLong(Deque::size).sum();
  }

  private TopicPartition topicPartition(int partition) {
    return new TopicPartition(topic, partition);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
