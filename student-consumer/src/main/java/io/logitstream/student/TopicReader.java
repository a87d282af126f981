package io.logitstream.student;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.TopicSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
  private final Map<Integer, BatchKey> lastKeys = new HashMap<>();
  private final List<Integer> ended = new ArrayList<>();
  private int turn;
  private int epoch;
  private long batches;
  private long outside;

  TopicReader(KafkaSettings kafka, String topic, String group, RecordDecoder decoder) {
    this(consumer(kafka, group), topic, decoder, kafka.bootstrapServers());
  }

  /**
   * A reader from the beginning of a topic.
   *
   * @param consumer consumer without partitions, the reader's from now on
   * @param topic topic
   * @param decoder of its records
   * @param cluster where the topic is, for messages
   */
  TopicReader(Consumer<String, byte[]> consumer, String topic, RecordDecoder decoder, String cluster) {
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
    lastKeys.clear();
    batches = 0;
    outside = 0;
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
    Map<ReaderState.Address, TrainingBatch> held = readAgain(state.held(), waiting);
    offsets.putAll(state.offsets());
    ended.clear();
    ended.addAll(state.ended());
    turn = state.turn();
    epoch = state.epoch();
    batches = state.batches();
    seek();
    return state.held().stream().map(held::get).toList();
  }

  private Map<ReaderState.Address, TrainingBatch> readAgain(List<ReaderState.Address> addresses, Runnable waiting) {
    Map<ReaderState.Address, TrainingBatch> found = new HashMap<>();
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
          found.put(new ReaderState.Address(partition, record.offset()), decoder.decode(record));
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
    offsets.forEach((partition, offset) -> consumer.seek(topicPartition(partition), offset));
    consumer.resume(consumer.paused());
  }

  /** Where the reader stands: what {@link #next} has returned is behind it. */
  ReaderState state() {
    return new ReaderState(new TreeMap<>(offsets), turn, List.copyOf(ended), epoch, batches, List.of(),
        decoder.teachers().first());
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
      int partition = turn;
      if (!ended.contains(partition)) {
        TrainingBatch batch = decoder.decode(take(partition, waiting));
        turn = following(partition);
        if (batch == null) {
          ended.add(partition);
        } else if (batch == RecordDecoder.OUTSIDE) {
          outside++;
        } else {
          requireOrder(batch);
          batches++;
          return batch;
        }
      } else {
        turn = following(partition);
      }
    }
    if (batches + outside < decoder.batchesOfCorpus()) {
      LOG.warn("topic {} holds {} of the {} batches of its corpus; the others are in the teacher's dead-letter topic", topic,
          batches, decoder.batchesOfCorpus());
    }
    return null;
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
        if (buffer.size() >= BUFFERED) {
          consumer.pause(List.of(topicPartition(record.partition())));
        }
      }
    } catch (OffsetOutOfRangeException e) {
      throw gone(e.offsetOutOfRangePartitions());
    }
  }

  private void requireOrder(TrainingBatch batch) {
    BatchKey last = lastKeys.put(batch.partition(), batch.key());
    boolean inOrder = last == null || !last.corpus().equals(batch.key().corpus())
        || last.shard() < batch.key().shard()
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

  /** Records between the position and the end of the topic, at the last fetch. */
  long lag() {
    long lag = 0;
    for (int partition : partitions) {
      lag += consumer.currentLag(topicPartition(partition)).orElse(0) + buffers.get(partition).size();
    }
    return lag;
  }

  private TopicPartition topicPartition(int partition) {
    return new TopicPartition(topic, partition);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
