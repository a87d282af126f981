package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.BatchKey;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusWeightsTest {
    private static final int BATCHES = 20_000;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.5, 1, 1.75, 3})
    void aCorpusIsTakenAsOftenAsItsWeightSays(double weight) {
        CorpusWeights weights = new CorpusWeights(Map.of("web", weight), 1);

        int[] copies = IntStream.range(0, BATCHES)
                .map(i -> weights.copies(new BatchKey("web", i / 100, i % 100), 0))
                .toArray();

        assertThat(IntStream.of(copies).average().orElseThrow()).isCloseTo(weight, within(0.02));
        assertThat(copies)
                .containsOnly(IntStream.of((int) Math.floor(weight), (int) Math.ceil(weight))
                        .distinct()
                        .toArray());
        assertThat(weights.isWithdrawn("web")).isEqualTo(weight == 0);
    }

    @Test
    void whatIsTakenFollowsFromSeedEpochAndKey() {
        CorpusWeights weights = new CorpusWeights(Map.of("web", 0.5), 1);

        assertThat(drawn(1, 0))
                .isNotEqualTo(drawn(1, 1))
                .isNotEqualTo(drawn(2, 0))
                .isEqualTo(drawn(1, 0));
        // By Python's hashlib: where int.from_bytes(sha256(b"1/0/web/00000/0000000").digest()[:8], "big") < 2**63.
        assertThat(IntStream.range(0, 8).map(i -> weights.copies(new BatchKey("web", 0, i), 0)))
                .containsExactly(0, 1, 1, 1, 0, 1, 1, 1);
    }

    private static int[] drawn(long seed, int epoch) {
        CorpusWeights weights = new CorpusWeights(Map.of("web", 0.5), seed);
        return IntStream.range(0, 100)
                .map(i -> weights.copies(new BatchKey("web", 0, i), epoch))
                .toArray();
    }

    @Test
    void aGreaterWeightTakesWhatASmallerOneDidAndMore() {
        CorpusWeights small = new CorpusWeights(Map.of("web", 0.3), 1);
        CorpusWeights great = new CorpusWeights(Map.of("web", 0.6), 1);

        assertThat(IntStream.range(0, 1000).mapToObj(i -> new BatchKey("web", 0, i)))
                .allMatch(key -> small.copies(key, 0) <= great.copies(key, 0));
    }

    @Test
    void aCorpusThatIsNotNamedIsTakenOnce() {
        assertThat(new CorpusWeights(Map.of("web", 0.0), 1).copies(new BatchKey("books", 0, 0), 0))
                .isEqualTo(1);
    }
}
