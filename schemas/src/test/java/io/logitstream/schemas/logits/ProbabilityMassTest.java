package io.logitstream.schemas.logits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbabilityMassTest {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final int POSITIONS = 40;

    private final SparseLogits into = new SparseLogits();

    @ParameterizedTest
    @CsvSource({
        "plain,1,1",
        "plain,50,1",
        "plain,30000,0.9",
        "compact-1,1,1",
        "compact-1,2,4",
        "compact-1,50,1",
        "compact-1,50,0.1",
        "compact-1,1000,0.5",
        "compact-1,30000,0.2",
        "compact-1,30000,3",
        "plain-supports,50,1",
        "compact-1-supports,1,1",
        "compact-1-supports,50,0.1",
        "compact-1-supports,30000,0.2",
        "compact-1-supports,30000,3"
    })
    void whatATeacherKeepsPassesWhateverTheCodecRounds(String codec, int kept, double spread) {
        LogitsBatch batch = batch(codec, distribution(kept, spread));

        assertThatCode(() -> LogitsBatches.decode(batch, into)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "plain,0.01",
        "plain,-0.01",
        "compact-1,0.02",
        "compact-1,-0.02",
        "compact-1-supports,0.02",
        "plain-supports,0.01"
    })
    void aTailThatIsNotTheRestIsRefusedByItsPosition(String codec, float change) {
        SparseLogits logits = distribution(50, 1);
        logits.tailMass()[7] = Math.abs(logits.tailMass()[7] + change);
        LogitsBatch batch = batch(codec, logits);

        assertThatThrownBy(() -> LogitsBatches.decode(batch, into))
                .isInstanceOf(LogitstreamException.class)
                .hasCauseInstanceOf(CorruptPayloadException.class)
                .hasMessageContainingAll(
                        "demo/00001/0000002", "position 7", "50 ids", "tail mass", "where a distribution has 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "plain-supports", "compact-1", "compact-1-supports"})
    void probabilitiesThatWereScaledToTheSupportAreRefused(String codec) {
        SparseLogits logits = distribution(20, 0.1);
        for (int e = 0; e < logits.total(); e++) {
            logits.logProbs()[e] -= (float) Math.log(1 - logits.tailMass()[e / 20]);
        }
        LogitsBatch batch = batch(codec, logits);

        assertThatThrownBy(() -> LogitsBatches.decode(batch, into)).hasMessageContaining("add up to 1.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "compact-1"})
    void aSampleHasNoSum(String codec) {
        SparseLogits logits = new SparseLogits();
        logits.resize(POSITIONS, 2 * POSITIONS, 10);
        for (int i = 0; i < POSITIONS; i++) {
            logits.offsets()[i + 1] = 2 * (i + 1);
            logits.ids()[2 * i + 1] = 1;
            logits.counts()[2 * i] = 7;
            logits.counts()[2 * i + 1] = 3;
            logits.logProbs()[2 * i] = (float) Math.log(0.7);
            logits.logProbs()[2 * i + 1] = (float) Math.log(0.3);
            logits.tailMass()[i] = 0.5f;
        }
        LogitsBatch batch = batch(codec, logits);

        assertThatCode(() -> LogitsBatches.decode(batch, into)).doesNotThrowAnyException();
    }

    @Test
    void theExponentialIsExactEnough() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            float logarithm = (float) (1e-4 - Math.pow(random.nextDouble(), 3) * 23);
            assertThat((double) ProbabilityMass.exp(logarithm))
                    .isCloseTo(Math.exp(logarithm), Percentage.withPercentage(1e-3));
        }
        assertThat(ProbabilityMass.exp(0)).isEqualTo(1);
        for (float small : new float[] {-24, -24.5f, -40, -1e30f, -Float.MAX_VALUE}) {
            assertThat(ProbabilityMass.exp(small)).isBetween(0f, 1e-10f);
        }
    }

    /** Supports of a softmax, the most likely ids first, whose tail is a tenth. */
    private static SparseLogits distribution(int kept, double spread) {
        Random random = new Random(kept);
        SparseLogits logits = new SparseLogits();
        logits.resize(POSITIONS, POSITIONS * kept);
        for (int i = 0; i < POSITIONS; i++) {
            double[] values = random.doubles(kept)
                    .map(value -> Math.log(value) * spread)
                    .sorted()
                    .toArray();
            double mass = 0;
            for (double value : values) {
                mass += Math.exp(value);
            }
            for (int k = 0; k < kept; k++) {
                logits.ids()[i * kept + k] = k;
                logits.logProbs()[i * kept + k] = (float) (values[kept - 1 - k] + Math.log(0.9 / mass));
            }
            logits.offsets()[i + 1] = (i + 1) * kept;
            logits.tailMass()[i] = 0.1f;
        }
        return logits;
    }

    private static LogitsBatch batch(String codecName, SparseLogits logits) {
        int vocabulary = 1 << 16;
        LogitsCodec codec = LogitsCodecs.byName(codecName);
        PayloadShape shape = new PayloadShape(new int[POSITIONS + 1], 1, POSITIONS + 1, vocabulary, logits.draws());
        TokenBatch tokens = new TokenBatch(
                "demo", 1, 2, 1, POSITIONS + 1, TokenBatches.bytes(shape.tokens()), HASH, vocabulary, null, null);
        return new LogitsBatch(
                tokens,
                new Teacher("toy", HASH, null),
                new Selection("top-k", 1.0, vocabulary, logits.draws(), 0L),
                codecName,
                codec.encode(logits, shape));
    }
}
