package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class LastRecordFinderTest {
    private static final TopicPartition PARTITION = new TopicPartition("tokens", 0);

    @Test
    void findsTheLastRecordHoweverFarBackItIs() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            String[] keys = new String[random.nextInt(400)];
            long begin = random.nextInt(50);
            int last = -1;
            double ours = random.nextInt(3) == 0 ? 0.3 : 0.003;
            for (int i = 0; i < keys.length; i++) {
                // Nulls stand for offsets that transactions take, which readers do not see.
                String key = random.nextDouble() < ours ? "c/00000/0000001" : other(random);
                keys[i] = random.nextInt(3) == 0 ? null : key;
                last = keys[i] != null && keys[i].equals("c/00000/0000001") ? i : last;
            }

            List<ConsumerRecord<byte[], byte[]>> found = new LastRecordFinder<>(new Log(begin, keys))
                    .last(PARTITION, begin + keys.length, 1, LastRecordFinderTest::isOurs);

            assertThat(found.isEmpty() ? -1 : found.get(0).offset()).isEqualTo(last < 0 ? -1 : begin + last);
        }
    }

    @Test
    void findsTheLastRecordsInTheirOrder() {
        Random random = new Random(2);
        for (int round = 0; round < 100; round++) {
            String[] keys = new String[random.nextInt(400)];
            long begin = random.nextInt(50);
            List<Long> offsets = new ArrayList<>();
            for (int i = 0; i < keys.length; i++) {
                if (random.nextInt(20) == 0) {
                    keys[i] = "c/00000/0000001";
                    offsets.add(begin + i);
                }
            }
            LastRecordFinder<byte[]> finder = new LastRecordFinder<>(new Log(begin, keys));

            assertThat(finder.last(PARTITION, begin + keys.length, 5, record -> true))
                    .extracting(ConsumerRecord::offset)
                    .isEqualTo(offsets.subList(Math.max(0, offsets.size() - 5), offsets.size()));
        }
    }

    @Test
    void aRangeIsReadFromTheFirstRecordThatIsStillThere() {
        String[] keys = new String[40];
        Arrays.fill(keys, "c/00000/0000001");
        LastRecordFinder<byte[]> finder = new LastRecordFinder<>(new Log(10, keys));

        assertThat(finder.lastBetween(PARTITION, 0, 20, record -> true).offset())
                .isEqualTo(19);
        assertThat(finder.lastBetween(PARTITION, 12, 50, record -> record.offset() < 12))
                .isNull();
    }

    private static boolean isOurs(ConsumerRecord<byte[], byte[]> record) {
        return RecordKind.key(record).filter(key -> key.corpus().equals("c")).isPresent();
    }

    private static String other(Random random) {
        return new String[] {"cc/00000/0000001", "c", "other/end", "", "c/garbage", "c/0/1"}[random.nextInt(6)];
    }

    /** A partition with holes. */
    private static final class Log extends MockConsumer<byte[], byte[]> {
        private final long begin;
        private final String[] keys;

        Log(long begin, String[] keys) {
            super("earliest");
            this.begin = begin;
            this.keys = keys;
            updateBeginningOffsets(Map.of(PARTITION, begin));
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            long from = position(PARTITION);
            int index = (int) (from - begin);
            int end = Math.min(keys.length, index + 5);
            for (; index < end; index++) {
                if (keys[index] != null) {
                    addRecord(new ConsumerRecord<>(
                            "tokens", 0, begin + index, keys[index].getBytes(StandardCharsets.UTF_8), new byte[0]));
                }
            }
            ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
            seek(PARTITION, begin + end);
            return records;
        }
    }
}
