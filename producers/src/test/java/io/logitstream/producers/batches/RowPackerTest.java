package io.logitstream.producers.batches;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RowPackerTest {
    @Test
    void everyTokenButTheFirstIsPredictedOnceAndInItsContext() {
        Random random = new Random(1);
        for (int round = 0; round < 3_000; round++) {
            int contextLength = 1 + random.nextInt(7);
            int rows = 1 + random.nextInt(4);
            int[] stream =
                    IntStream.range(0, random.nextInt(80)).map(i -> 1000 + i).toArray();

            List<RowPacker.Rows> batches = pack(random, contextLength, rows, round % 3, stream);

            List<Integer> predicted = new ArrayList<>();
            for (RowPacker.Rows batch : batches) {
                for (int row = 0; row < batch.rows(); row++) {
                    for (int i = 1; i < batch.length(); i++) {
                        int token = batch.tokens()[row * batch.length() + i];
                        assertThat(batch.tokens()[row * batch.length() + i - 1]).isEqualTo(token - 1);
                        predicted.add(token);
                    }
                }
            }
            List<Integer> expected = IntStream.of(stream).skip(1).boxed().toList();
            if (round % 3 == 0) {
                assertThat(predicted).isEqualTo(expected);
            } else {
                assertThat(predicted).containsExactlyInAnyOrderElementsOf(expected);
            }
        }
    }

    @Test
    void onlyTheTailsAreSmaller() {
        Random random = new Random(2);
        for (int round = 0; round < 3_000; round++) {
            int contextLength = 1 + random.nextInt(7);
            int rows = 1 + random.nextInt(4);
            int[] stream = IntStream.range(0, random.nextInt(80)).toArray();

            List<RowPacker.Rows> batches = pack(random, contextLength, rows, round % 3, stream);

            int predicted = Math.max(0, stream.length - 1);
            int full = predicted / (rows * contextLength);
            int tailRows = predicted / contextLength % rows;
            int rest = predicted % contextLength;
            List<List<Integer>> shapes = new ArrayList<>();
            IntStream.range(0, full).forEach(i -> shapes.add(List.of(rows, contextLength + 1)));
            if (tailRows > 0) {
                shapes.add(List.of(tailRows, contextLength + 1));
            }
            if (rest > 0) {
                shapes.add(List.of(1, rest + 1));
            }
            assertThat(batches.stream()
                            .map(batch -> List.of(batch.rows(), batch.length()))
                            .toList())
                    .isEqualTo(shapes);
            assertThat(batches).allMatch(batch -> batch.tokens().length == batch.rows() * batch.length());
        }
    }

    @Test
    void shardsShareNothing() {
        List<RowPacker.Rows> batches = new ArrayList<>();
        RowPacker packer = new RowPacker(4, 1, 1, batches::add);

        packer.add(1, 2, 3);
        packer.endShard(0);
        packer.add(7);
        packer.endShard(1);
        packer.endShard(2);
        packer.add(8, 9);
        packer.endShard(3);

        assertThat(batches).hasSize(2);
        assertThat(batches.get(0).tokens()).containsExactly(1, 2, 3);
        assertThat(batches.get(1).tokens()).containsExactly(8, 9);
    }

    /** Gives the stream to the packer in random parts. */
    private static List<RowPacker.Rows> pack(
            Random random, int contextLength, int rows, long shuffleSeed, int[] stream) {
        List<RowPacker.Rows> batches = new ArrayList<>();
        RowPacker packer = new RowPacker(contextLength, rows, shuffleSeed, batches::add);
        for (int from = 0; from < stream.length; ) {
            int to = Math.min(stream.length, from + random.nextInt(30));
            packer.add(Arrays.copyOfRange(stream, from, to));
            from = to;
        }
        packer.endShard(0);
        return batches;
    }

    @Test
    void batchesHoldRowsFromAllOverTheShard() {
        int[] stream = IntStream.rangeClosed(0, 64 * 16).toArray();

        List<RowPacker.Rows> shuffled = pack(new Random(3), 16, 8, 1, stream);

        for (RowPacker.Rows batch : shuffled) {
            int[] firsts = IntStream.range(0, batch.rows())
                    .map(row -> batch.tokens()[row * batch.length()])
                    .toArray();
            assertThat(IntStream.of(firsts).max().getAsInt()
                            - IntStream.of(firsts).min().getAsInt())
                    .isGreaterThan(256);
        }
        assertThat(pack(new Random(4), 16, 8, 1, stream))
                .usingRecursiveComparison()
                .isEqualTo(shuffled);
        assertThat(pack(new Random(4), 16, 8, 2, stream))
                .usingRecursiveComparison()
                .isNotEqualTo(shuffled);
    }
}
