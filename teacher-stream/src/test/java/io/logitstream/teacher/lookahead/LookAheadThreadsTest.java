package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.model.BatchScorer;
import io.logitstream.teacher.model.ScoredBatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads with two partitions each share a look-ahead, whose answers come at random times and from other threads. */
class LookAheadThreadsTest {
    private static final int THREADS = 3;
    private static final int RECORDS = 400;
    private static final int REQUESTS = 7;

    private final ScheduledExecutorService server = Executors.newScheduledThreadPool(3);
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void stop() {
        server.shutdownNow();
    }

    @Test
    void everyRecordPassesOnceInOrderWithItsOwnResultAndWithinTheWindow() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (LookAhead ahead = new LookAhead(new RandomServer())) {
            List<Future<List<String>>> streams = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                streams.add(threads.submit(new Stream(ahead, thread)));
            }
            for (int thread = 0; thread < THREADS; thread++) {
                List<String> seen = streams.get(thread).get(60, TimeUnit.SECONDS);
                for (int partition : new int[] {2 * thread, 2 * thread + 1}) {
                    assertThat(seen.stream().filter(name -> name.startsWith(partition + "@")))
                            .containsExactlyElementsOf(IntStream.range(0, RECORDS)
                                    .mapToObj(offset -> partition + "@" + offset)
                                    .toList());
                }
            }
            assertThat(ahead.inFlight()).isZero();
        } finally {
            threads.shutdownNow();
        }
        assertThat(most.get()).as("most in flight at a time").isEqualTo(REQUESTS);
        assertThat(asked.get()).as("batches scored").isEqualTo(2 * THREADS * RECORDS);
    }

    private static TokenBatch batch(int partition, long offset) {
        return new TokenBatch(
                "demo",
                partition,
                (int) offset,
                1,
                2,
                TokenBatches.bytes(new int[] {1, 1}),
                "0".repeat(64),
                9,
                null,
                null);
    }

    private final class RandomServer implements BatchScorer {
        private final SplittableRandom random = new SplittableRandom(3);

        @Override
        public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
            int now = inFlight.incrementAndGet();
            most.accumulateAndGet(now, Math::max);
            asked.incrementAndGet();
            CompletableFuture<ScoredBatch> result = new CompletableFuture<>();
            int delay;
            synchronized (random) {
                delay = random.nextInt(2000);
            }
            Runnable answer = () -> {
                inFlight.decrementAndGet();
                result.complete(
                        new ScoredBatch(new SparseLogits(), (double) (1000L * batch.getShard() + batch.getBatch())));
            };
            // A few answers are there before the call returns.
            if (delay < 100) {
                answer.run();
            } else {
                var unused = server.schedule(answer, delay, TimeUnit.MICROSECONDS);
            }
            return result;
        }

        @Override
        public int concurrency() {
            return REQUESTS;
        }
    }

    /** A stream thread: polls, takes the results, and pauses at random. */
    private record Stream(LookAhead ahead, int thread) implements Callable<List<String>> {
        @Override
        public List<String> call() {
            SplittableRandom random = new SplittableRandom(thread);
            long[] next = {0, 0};
            RecordGate gate = new RecordGate(ahead, record -> batch(record.partition(), record.offset()));
            List<String> seen = new ArrayList<>();
            while (seen.size() < 2 * RECORDS) {
                List<TopicPartition> paused =
                        random.nextInt(4) == 0 ? List.of(name(2 * thread + random.nextInt(2))) : List.of();
                ConsumerRecords<byte[], byte[]> ready = gate.poll(
                        Duration.ofMillis(random.nextInt(3)), timeout -> read(gate, next, random), paused, () -> true);
                ready.forEach(record -> {
                    ScoredBatch scored = ScoredBatch.await(ahead.take(name(record.partition()), record.offset())
                            .of(batch(record.partition(), record.offset()))
                            .orElseThrow());
                    assertThat(scored.textLoss()).isEqualTo(1000.0 * record.partition() + record.offset());
                    seen.add(record.partition() + "@" + record.offset());
                });
            }
            return seen;
        }

        private ConsumerRecords<byte[], byte[]> read(RecordGate gate, long[] next, SplittableRandom random) {
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
            Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
            for (int i = 0; i < 2; i++) {
                TopicPartition name = name(2 * thread + i);
                if (gate.full().contains(name)) {
                    continue;
                }
                List<ConsumerRecord<byte[], byte[]>> some = new ArrayList<>();
                for (int count = random.nextInt(4); count > 0 && next[i] < RECORDS; count--) {
                    byte[] key = new BatchKey("demo", name.partition(), (int) next[i])
                            .toString()
                            .getBytes(StandardCharsets.UTF_8);
                    some.add(new ConsumerRecord<>("tokens", name.partition(), next[i]++, key, new byte[0]));
                }
                if (!some.isEmpty()) {
                    records.put(name, some);
                    ends.put(name, new OffsetAndMetadata(next[i]));
                }
            }
            return new ConsumerRecords<>(records, ends);
        }

        private static TopicPartition name(int partition) {
            return new TopicPartition("tokens", partition);
        }
    }
}
