package io.logitstream.student.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TilingTest {
    @ParameterizedTest
    @ValueSource(ints = {8193, 32_000, 50_257, 151_936, 262_144})
    void tilesOfALargeVocabularyBeginAtACacheLineAndAreBounded(int vocabulary) {
        Tiling tiling = Tiling.of(vocabulary);

        assertThat(tiling.columns() * Float.BYTES % 64).isZero();
        assertThat(tiling.columns()).isLessThanOrEqualTo(4096);
        assertThat(tiling.rows()).isBetween(64L, 1024L);
        assertThat(tiling.rows() * vocabulary * Float.BYTES).isLessThanOrEqualTo(640L << 20);
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 4096, 8192})
    void aSmallVocabularyIsOneTile(int vocabulary) {
        assertThat(Tiling.of(vocabulary).columns()).isEqualTo(vocabulary);
    }
}
