package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShuffleWindowTest {
    private static final int BATCHES = 23;

    private final RecordedTopic topic = new RecordedTopic(3, BATCHES).complete();

    @Test
    void aWindowOfOneKeepsTheTopicsOrder() {
        assertThat(epoch(window(1, 7)))
                .isEqualTo(IntStream.range(0, BATCHES).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, BATCHES, 100})
    void theOrderIsAPermutationInWhichNothingComesEarlierThanTheWindowReaches(int size) {
        List<Integer> order = epoch(window(size, 7));

        assertThat(order).hasSize(BATCHES).doesNotHaveDuplicates().isNotEqualTo(epoch(window(1, 7)));
        for (int i = 0; i < BATCHES; i++) {
            assertThat(order.get(i)).isBetween(0, Math.min(BATCHES, i + size) - 1);
        }
    }

    @Test
    void aSeedGivesOneOrderForEachEpoch() {
        ShuffleWindow once = window(5, 7);
        List<Integer> first = epoch(once);
        once.nextEpoch();
        List<Integer> second = epoch(once);

        ShuffleWindow again = window(5, 7);
        assertThat(epoch(again)).isEqualTo(first);
        again.nextEpoch();
        assertThat(epoch(again)).isEqualTo(second).isNotEqualTo(first);
        assertThat(epoch(window(5, 8))).isNotEqualTo(first);
    }

    @Test
    void everyBatchOfAWindowIsDrawnFirstForSomeSeed() {
        List<Integer> first = IntStream.range(0, 60)
                .map(seed -> epoch(window(5, seed)).get(0))
                .distinct()
                .boxed()
                .toList();

        assertThat(first).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 50})
    void itGoesOnFromAnyPosition(int size) {
        List<Integer> whole = twoEpochs(window(size, 7));

        for (int cut = 0; cut <= 2 * BATCHES; cut++) {
            ShuffleWindow interrupted = window(size, 7);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < cut; i++) {
                if (i == BATCHES) {
                    assertThat(interrupted.next(() -> {})).isEmpty();
                    interrupted.nextEpoch();
                }
                order.add(number(interrupted.next(() -> {}).orElseThrow()));
            }
            ShuffleWindow resumed = window(size, 7);
            resumed.restore(interrupted.state(), () -> {});
            order.addAll(cut <= BATCHES ? twoEpochs(resumed) : epoch(resumed));

            assertThat(order).as("cut at " + cut).isEqualTo(whole);
        }
    }

    private ShuffleWindow window(int size, long seed) {
        return new ShuffleWindow(topic.reader(), size, seed);
    }

    private static List<Integer> twoEpochs(ShuffleWindow window) {
        List<Integer> order = new ArrayList<>(epoch(window));
        window.nextEpoch();
        order.addAll(epoch(window));
        return order;
    }

    private static List<Integer> epoch(ShuffleWindow window) {
        List<Integer> order = new ArrayList<>();
        for (var batch = window.next(() -> {}); batch.isPresent(); batch = window.next(() -> {})) {
            order.add(number(batch.get()));
        }
        return order;
    }

    private static int number(TrainingBatch batch) {
        return batch.tokens()[0];
    }
}
