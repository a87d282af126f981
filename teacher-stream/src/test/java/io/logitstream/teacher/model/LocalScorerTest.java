package io.logitstream.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalScorerTest {
    private static final BatchShape SHAPE = new BatchShape(8, 16);
    private static final SelectionConfig SELECTION = new SelectionConfig(0.9, 7);
    private static final TeachListener LISTENER = (tokens, kept, bytes) -> {};

    @TempDir
    private Path folder;

    private TeacherModel teacher;
    private SwitchableTeacher current;
    private LocalScorer scorer;

    @BeforeEach
    void start() throws Exception {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        teacher = load(null);
        current = new SwitchableTeacher(teacher);
        scorer = new LocalScorer(current, SHAPE, LISTENER);
    }

    @AfterEach
    void stop() {
        scorer.close();
        current.close();
    }

    @Test
    void batchesThatAreScoredAtTheSameTimeHaveTheBytesOfThoseScoredOneByOne() {
        List<TokenBatch> batches = IntStream.range(0, 40)
                .mapToObj(number -> TinyTeacher.batch(teacher, 8, 17, number))
                .toList();

        List<CompletableFuture<ScoredBatch>> results =
                batches.stream().map(scorer::score).toList();

        for (int i = 0; i < batches.size(); i++) {
            SparseLogits alone = new SparseLogits();
            teacher.process(batches.get(i), alone);
            ScoredBatch scored = results.get(i).join();
            assertThat(scored.isBy(teacher)).isTrue();
            assertThat(payload(batches.get(i), scored.logits())).isEqualTo(payload(batches.get(i), alone));
        }
    }

    @Test
    void aResultOfTheTeacherBeforeIsNotOneOfTheCurrentTeacher() {
        ScoredBatch scored = scorer.score(TinyTeacher.batch(teacher, 1, 4, 1)).join();
        TeacherModel next = load(null);

        current.change(next);

        assertThat(scored.isBy(next)).isFalse();
        assertThat(scorer.score(TinyTeacher.batch(next, 1, 4, 1)).join().isBy(next))
                .isTrue();
    }

    @Test
    void aBatchThatCannotBeScoredIsLeftToItsTask() {
        TokenBatch foreign = TinyTeacher.batch(teacher, 1, 4, 1);
        foreign.setTokenizerHash("0".repeat(64));

        assertThat(scorer.score(foreign).join()).isNull();
    }

    @Test
    void aListenerKnowsHowFarEachBatchIs() {
        Map<Integer, List<Double>> shares = new ConcurrentHashMap<>();
        List<Integer> ended = Collections.synchronizedList(new ArrayList<>());
        TeachListener listener = new TeachListener() {
            @Override
            public void onBatch(int tokens, int kept, int bytes) {}

            @Override
            public PassListener onPass(int tokens) {
                return new PassListener() {
                    @Override
                    public void onShare(double share) {
                        shares.computeIfAbsent(tokens, key -> new ArrayList<>()).add(share);
                    }

                    @Override
                    public void onEnd() {
                        ended.add(tokens);
                    }
                };
            }
        };
        TokenBatch foreign = TinyTeacher.batch(teacher, 1, 9, 1);
        foreign.setTokenizerHash("0".repeat(64));
        try (LocalScorer observed = new LocalScorer(current, SHAPE, listener)) {
            observed.score(TinyTeacher.batch(teacher, 8, 17, 1)).join();
            observed.score(TinyTeacher.batch(teacher, 1, 4, 1)).join();
            observed.score(foreign).join();
        }

        assertThat(ended).containsExactlyInAnyOrder(8 * 16, 3, 8);
        assertThat(shares).containsOnlyKeys(8 * 16, 3);
        assertThat(shares.values())
                .allSatisfy(ofBatch ->
                        assertThat(ofBatch).hasSizeGreaterThan(1).isSorted().endsWith(1.0));
    }

    @Test
    void aSecondPassIsStartedOnlyWhereBothHaveTheMemoryOfOne() {
        TeacherModel tight = load(1);

        assertThat(scorer.concurrency()).isEqualTo(2);
        assertThat(tight.passes(new BatchShape(1, 16))).isEqualTo(2);
        assertThat(tight.passes(new BatchShape(4000, 16))).isEqualTo(1);
        tight.close();
    }

    @Test
    void closingWaitsForThePassesThatAreRunning() {
        List<CompletableFuture<ScoredBatch>> results = IntStream.range(0, 20)
                .mapToObj(number -> scorer.score(TinyTeacher.batch(teacher, 8, 17, number)))
                .toList();

        scorer.close();

        assertThat(results).allMatch(CompletableFuture::isDone);
    }

    @Test
    void aPassWhoseResultWasCancelledStillTakesItsMemory() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger highest = new AtomicInteger();
        StreamTeacher slow = (StreamTeacher) Proxy.newProxyInstance(
                StreamTeacher.class.getClassLoader(),
                new Class<?>[] {StreamTeacher.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "passes" -> 1;
                    case "score" -> {
                        highest.accumulateAndGet(running.incrementAndGet(), Math::max);
                        begun.countDown();
                        end.await();
                        running.decrementAndGet();
                        yield new ScoredBatch(new SparseLogits(), null);
                    }
                    default -> null;
                });
        TokenBatch batch = TinyTeacher.batch(teacher, 1, 4, 1);
        try (LocalScorer one = new LocalScorer(new SwitchableTeacher(slow), SHAPE, LISTENER)) {
            CompletableFuture<ScoredBatch> cancelled = one.score(batch);
            begun.await();
            cancelled.cancel(true);
            CompletableFuture<ScoredBatch> next = one.score(batch);
            CompletableFuture<ScoredBatch> now =
                    CompletableFuture.supplyAsync(() -> one.scoreNow(() -> slow.score(batch, new SparseLogits())));
            assertThatThrownBy(() -> now.get(50, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(next).isNotDone();

            end.countDown();
            assertThat(next.join()).isNotNull();
            assertThat(now.join()).isNotNull();
        }
        assertThat(highest.get()).isEqualTo(1);
    }

    private TeacherModel load(Integer forwardMiB) {
        return TeacherLoader.load(
                folder, new TeachConfig("tiny", null, null, null, null, null, null, forwardMiB), SELECTION);
    }

    private static ByteBuffer payload(TokenBatch batch, SparseLogits logits) {
        return LogitsCodecs.byName("compact-1").encode(logits, PayloadShape.of(batch, 0));
    }
}
