package io.logitstream.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PlainCodecTest {

    private final LogitsCodec codec = LogitsCodecs.byName("plain");

    @Test
    void writesColumnsOfLittleEndianValues() {
        SparseLogits logits = Samples.sparseLogits();

        ByteBuffer payload =
                codec.encode(logits, Samples.shape(logits.positions(), 1 << 30)).order(ByteOrder.LITTLE_ENDIAN);

        ByteBuffer expected = ByteBuffer.allocate(2 * 20 + 3 * 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(2)
                .putInt(1)
                .putInt(1)
                .putInt(2)
                .putInt(2);
        for (float[] column : new float[][] {
            logits.logProbs(), logits.tailMass(), logits.logSumExp(), logits.standardDeviation(), logits.entropy()
        }) {
            for (float value : column) {
                expected.putFloat(value);
            }
        }
        assertThat(payload).isEqualTo(expected.flip());
    }

    @Test
    void anyContentComesBackBitForBitIntoArraysUsedBefore() {
        Random random = new Random(1);
        SparseLogits written = new SparseLogits();
        SparseLogits read = new SparseLogits();

        for (int i = 0; i < 2_000; i++) {
            int positions = random.nextInt(40);
            int vocabulary = 1 + random.nextInt(300);
            Samples.fill(written, random, positions, vocabulary, 1 + random.nextInt(120));
            ByteBuffer payload = codec.encode(written, Samples.shape(positions, vocabulary));
            ByteBuffer embedded = ByteBuffer.allocate(payload.remaining() + 7).position(3);
            embedded.put(payload.duplicate()).flip();
            embedded.position(3);

            codec.decode(embedded, Samples.shape(positions, vocabulary), read);

            assertSame(read, written);
            assertThat(embedded.position()).isEqualTo(3);
            assertThat(codec.encode(read, Samples.shape(positions, vocabulary))).isEqualTo(payload);
        }
    }

    @Test
    void theBoundIsReachedWhereAllPositionsKeepAll() {
        SparseLogits logits = new SparseLogits();
        logits.resize(5, 15);
        for (int e = 0; e < 15; e++) {
            logits.offsets()[e / 3 + 1] = e + 1;
            logits.ids()[e] = e % 3;
            logits.logProbs()[e] = -1;
        }

        assertThat((long) codec.encode(logits, Samples.shape(logits.positions(), 1 << 30))
                        .remaining())
                .isEqualTo(codec.maxBytes(5, 3));
        assertThat(codec.maxBytes(Integer.MAX_VALUE, 1000)).isEqualTo(8020L * Integer.MAX_VALUE);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void impossibleValuesAreRefusedOnTheWayInAndOut(String named, int position, Consumer<SparseLogits> corruption) {
        SparseLogits logits = Samples.sparseLogits();
        corruption.accept(logits);

        assertThatThrownBy(() -> codec.encode(logits, Samples.shape(logits.positions(), 1 << 30)))
                .isInstanceOfSatisfying(
                        CorruptPayloadException.class,
                        e -> assertThat(e.position()).isEqualTo(position))
                .hasMessageContaining(named);
        ByteBuffer payload = unchecked(logits);
        assertThatThrownBy(() -> codec.decode(payload, Samples.shape(2, 8), new SparseLogits()))
                .isInstanceOfSatisfying(
                        CorruptPayloadException.class,
                        e -> assertThat(e.position()).isEqualTo(position))
                .hasMessageContaining(named);
    }

    static Stream<Arguments> impossibleValuesAreRefusedOnTheWayInAndOut() {
        return Stream.of(
                corrupt("token id -1", 1, l -> l.ids()[2] = -1),
                corrupt("twice", 0, l -> l.ids()[1] = l.ids()[0]),
                corrupt("log-probability NaN", 1, l -> l.logProbs()[2] = Float.NaN),
                corrupt("log-probability -Infinity", 0, l -> l.logProbs()[1] = Float.NEGATIVE_INFINITY),
                corrupt("log-probability 0.01", 1, l -> l.logProbs()[2] = 0.01f),
                corrupt("does not fall from", 0, l -> l.logProbs()[1] = 0),
                corrupt("tail mass NaN", 0, l -> l.tailMass()[0] = Float.NaN),
                corrupt("tail mass 1.5", 1, l -> l.tailMass()[1] = 1.5f),
                corrupt("tail mass -1.0E-6", 1, l -> l.tailMass()[1] = -1e-6f),
                corrupt("log-sum-exp Infinity", 1, l -> l.logSumExp()[1] = Float.POSITIVE_INFINITY),
                corrupt("standard deviation -1.0", 1, l -> l.standardDeviation()[1] = -1),
                corrupt("standard deviation NaN", 0, l -> l.standardDeviation()[0] = Float.NaN),
                corrupt("entropy -1.0", 0, l -> l.entropy()[0] = -1));
    }

    @Test
    void aDuplicateInALargeSupportIsFound() {
        SparseLogits logits = new SparseLogits();
        logits.resize(1, 1000);
        Arrays.setAll(logits.ids(), i -> (i * 7) % 1000);
        assertThat(codec.encode(logits, Samples.shape(logits.positions(), 1 << 30))
                        .remaining())
                .isEqualTo(8020);

        logits.ids()[999] = logits.ids()[0];

        assertThatThrownBy(() -> codec.encode(logits, Samples.shape(logits.positions(), 1 << 30)))
                .hasMessageContaining("twice");
    }

    @Test
    void countsMustFillThePayload() {
        ByteBuffer payload =
                codec.encode(Samples.sparseLogits(), Samples.shape(2, 8)).order(ByteOrder.LITTLE_ENDIAN);

        for (int count : new int[] {0, -1, 3, 4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertCorrupt(payload.duplicate().order(ByteOrder.LITTLE_ENDIAN).putInt(0, count), 2, 8);
        }
        payload.putInt(0, 1);
        assertThatThrownBy(() -> codec.decode(payload, Samples.shape(2, 8), new SparseLogits()))
                .hasMessageContaining("the counts add up to 2 kept entries, but the payload holds 3");
    }

    @Test
    void sizesMustFitThePositionsAndTheVocabulary() {
        ByteBuffer payload = codec.encode(Samples.sparseLogits(), Samples.shape(2, 8));

        assertCorrupt(payload, 1, 8);
        assertCorrupt(payload, 3, 8);
        assertCorrupt(payload, 100_000, 8);
        assertCorrupt(payload, 0, 8);
        assertCorrupt(payload, 2, 2);
        assertCorrupt(payload.duplicate().limit(payload.limit() - 1), 2, 8);
        assertCorrupt(ByteBuffer.allocate(0), 1, 8);
    }

    @Test
    void unknownCodecsAreNamed() {
        assertThatThrownBy(() -> LogitsCodecs.byName("zip"))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("'zip'", "plain");
        assertThatThrownBy(() -> LogitsCodecs.byName(null)).isInstanceOf(LogitstreamException.class);
    }

    private void assertCorrupt(ByteBuffer payload, int positions, int vocabulary) {
        assertThatThrownBy(() -> codec.decode(payload, Samples.shape(positions, vocabulary), new SparseLogits()))
                .isInstanceOf(CorruptPayloadException.class);
    }

    private static void assertSame(SparseLogits actual, SparseLogits expected) {
        int positions = expected.positions();
        int total = expected.total();
        assertThat(actual.positions()).isEqualTo(positions);
        assertThat(Arrays.copyOf(actual.offsets(), positions + 1))
                .isEqualTo(Arrays.copyOf(expected.offsets(), positions + 1));
        assertThat(Arrays.copyOf(actual.ids(), total)).isEqualTo(Arrays.copyOf(expected.ids(), total));
        assertThat(Arrays.copyOf(actual.logProbs(), total)).isEqualTo(Arrays.copyOf(expected.logProbs(), total));
        assertThat(Arrays.copyOf(actual.tailMass(), positions))
                .isEqualTo(Arrays.copyOf(expected.tailMass(), positions));
        assertThat(Arrays.copyOf(actual.logSumExp(), positions))
                .isEqualTo(Arrays.copyOf(expected.logSumExp(), positions));
        assertThat(Arrays.copyOf(actual.standardDeviation(), positions))
                .isEqualTo(Arrays.copyOf(expected.standardDeviation(), positions));
        assertThat(Arrays.copyOf(actual.entropy(), positions)).isEqualTo(Arrays.copyOf(expected.entropy(), positions));
    }

    /** The layout without the encoder's checks, for the arrays of {@link Samples#sparseLogits()}. */
    private static ByteBuffer unchecked(SparseLogits logits) {
        ByteBuffer out = ByteBuffer.allocate(2 * 20 + 3 * 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(2)
                .putInt(1);
        for (int id : logits.ids()) {
            out.putInt(id);
        }
        Stream.of(
                        logits.logProbs(),
                        logits.tailMass(),
                        logits.logSumExp(),
                        logits.standardDeviation(),
                        logits.entropy())
                .forEach(column -> {
                    for (float value : column) {
                        out.putFloat(value);
                    }
                });
        return out.flip();
    }

    private static Arguments corrupt(String named, int position, Consumer<SparseLogits> corruption) {
        return Arguments.of(named, position, corruption);
    }
}
