package io.logitstream.model.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A forward pass in pieces through the cache gives the results of one forward pass. */
class KeyValueCacheTest {
    private static final int POSITIONS = 21;
    private static final ModelConfig CONFIG =
            new ModelConfig(40, 32, 64, 3, 4, 2, 8, 64, 1e-6, RopeConfig.plain(10000), false, true, true, 0);

    @ParameterizedTest
    @CsvSource({"1, '21'", "1, '1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1'", "3, '7,1,1,5,1,6'", "2, '20,1'"})
    void logitsInPiecesAreThoseOfTheWhole(int rows, String pieces) {
        requirePiecesAreTheWhole(CONFIG, rows, pieces);
    }

    private static void requirePiecesAreTheWhole(ModelConfig config, int rows, String pieces) {
        try (LanguageModel model = LanguageModels.create(config, 5, "cpu");
                NDManager scope = model.newScope();
                KeyValueCache cache = model.newCache(rows, POSITIONS)) {
            // With initial matrices, attention would contribute too little.
            model.weights().forEach((name, weight) -> weight.muli(name.contains("_proj") ? 8 : 1));
            int[] ids = new Random(3).ints((long) rows * POSITIONS, 0, 40).toArray();
            NDArray ids_BT = scope.create(ids, new Shape(rows, POSITIONS));
            NDArray whole_BTD = model.hidden(ids_BT);

            int begin = 0;
            for (int positions :
                    Arrays.stream(pieces.split(",")).mapToInt(Integer::parseInt).toArray()) {
                String span = ":, " + begin + ":" + (begin + positions);
                float[] piece = model.hidden(ids_BT.get(span), cache).toFloatArray();
                float[] expected = whole_BTD.get(span).toFloatArray();
                for (int i = 0; i < piece.length; i++) {
                    assertThat(piece[i]).isCloseTo(expected[i], within(1e-4f));
                }
                begin += positions;
                assertThat(cache.length()).isEqualTo(begin);
            }
            assertThat(begin).isEqualTo(POSITIONS);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, '21'", "1, '1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1'", "2, '3,9,1,1,7'", "1, '5,1,10,5'"})
    void slidingWindowsReachThroughTheCache(int rows, String pieces) {
        ModelConfig windowed = new ModelConfig(
                "mistral",
                40,
                32,
                64,
                3,
                4,
                2,
                8,
                64,
                1e-6,
                RopeConfig.plain(10000),
                false,
                new ProjectionBiases(false, false, false),
                List.of(5, 0, 5),
                0);

        requirePiecesAreTheWhole(windowed, rows, pieces);
    }

    @Test
    void whatHasNoRoomIsRefused() {
        try (LanguageModel model = LanguageModels.create(CONFIG, 5, "cpu");
                NDManager scope = model.newScope();
                KeyValueCache cache = model.newCache(1, 4)) {
            model.hidden(scope.create(new int[] {1, 2, 3}, new Shape(1, 3)), cache);

            assertThatThrownBy(() -> model.hidden(scope.create(new int[] {1, 2}, new Shape(1, 2)), cache))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("1 rows of 4 positions holds 3");
        }
    }
}
