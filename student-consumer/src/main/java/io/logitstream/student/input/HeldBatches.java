package io.logitstream.student.input;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads the batches again that a shuffle window held when its checkpoint was written. */
final class HeldBatches {
    private final RecordSource records;
    private final RecordDecoder decoder;
    private final BiFunction<Integer, Runnable, ConsumerRecord<String, byte[]>> take;

    /**
     * @param records records of the topic, which are moved to other offsets
     * @param decoder decoder of the records
     * @param take takes the next record of a partition
     */
    HeldBatches(
            RecordSource records,
            RecordDecoder decoder,
            BiFunction<Integer, Runnable, ConsumerRecord<String, byte[]>> take) {
        this.records = records;
        this.decoder = decoder;
        this.take = take;
    }

    /**
     * Reads batches by their addresses.
     *
     * @param addresses addresses in the order of the window; the same one several times where its corpus has a weight
     *     above 1
     * @param offsets next offset of each partition, which is moved
     * @param waiting called every 0.2 s while there is nothing to read; may throw to give up
     * @return the batches in the same order, each with memory of its own
     */
    List<TrainingBatch> readAgain(List<ReaderState.Address> addresses, Map<Integer, Long> offsets, Runnable waiting) {
        TreeMap<Integer, TreeSet<Long>> wanted = new TreeMap<>();
        addresses.forEach(address -> wanted.computeIfAbsent(address.partition(), partition -> new TreeSet<>())
                .add(address.offset()));
        wanted.forEach((partition, places) -> offsets.put(partition, places.first()));
        records.seek(offsets);
        Map<ReaderState.Address, Deque<TrainingBatch>> found = new HashMap<>();
        wanted.forEach((partition, places) -> {
            while (!places.isEmpty()) {
                ConsumerRecord<String, byte[]> record = take.apply(partition, waiting);
                if (record.offset() > places.first()) {
                    throw records.gone(partition, places.first(), record.offset());
                }
                if (places.remove(record.offset())) {
                    ReaderState.Address address = new ReaderState.Address(partition, record.offset());
                    found.put(address, decode(record, Collections.frequency(addresses, address)));
                }
            }
        });
        return addresses.stream().map(address -> found.get(address).remove()).toList();
    }

    private Deque<TrainingBatch> decode(ConsumerRecord<String, byte[]> record, int copies) {
        Deque<TrainingBatch> batches = new ArrayDeque<>();
        for (int i = 0; i < copies; i++) {
            if (decoder.decode(record) instanceof DecodedRecord.Batch decoded) {
                batches.add(decoded.batch());
            }
        }
        return batches;
    }
}
