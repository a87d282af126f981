package io.logitstream.pipeline.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.Selection;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.logits.SupportTruncation;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SupportRuleTest {
    @Test
    void aUnionCutDownIsWhatEachSelectionWouldHaveKept() {
        Random random = new Random(5);
        for (int i = 0; i < 2000; i++) {
            SupportRule one = support(random);
            SupportRule other = support(random);
            SupportRule union = one.union(other);
            if (union == null) {
                assertThat(one.topK() == null).isNotEqualTo(other.topK() == null);
                continue;
            }
            double[] probabilities = probabilities(random);

            assertThat(union.covers(one) && union.covers(other)).isTrue();
            assertThat(kept(cut(union, one, probabilities))).isEqualTo(kept(stored(one, probabilities)));
            assertThat(kept(cut(union, other, probabilities))).isEqualTo(kept(stored(other, probabilities)));
        }
    }

    @Test
    void selectionsAndTheirCutsAreOneSupport() {
        assertThat(SupportRule.of(new SelectionConfig(0.95, 100), 0.8, null))
                .isEqualTo(SupportRule.of(new SelectionConfig(0.8, 100), null, null));
        assertThat(SupportRule.of(new SelectionConfig("top-k", null, 100, null, null), null, 10)
                        .text())
                .isEqualTo("top-10");
        assertThat(SupportRule.of(new SelectionConfig("top-p", 0.9, null, null, null), null, 10)
                        .selection())
                .isEqualTo(new SelectionConfig(0.9, 10));
    }

    @Test
    void aSampleServesItselfOnly() {
        SupportRule sample = SupportRule.of(new SelectionConfig("sampled", null, null, 50, 1L), null, null);
        SupportRule wide = SupportRule.of(new SelectionConfig("top-p", 1.0, null, null, null), null, null);

        assertThat(sample.covers(sample)).isTrue();
        assertThat(wide.covers(sample)).isFalse();
        assertThat(wide.union(sample)).isNull();
        assertThat(sample.union(SupportRule.of(new SelectionConfig("sampled", null, null, 12, 1L), null, null)))
                .isNull();
    }

    private static SupportRule support(Random random) {
        double p = 0.5 + 0.1 * random.nextInt(6);
        return random.nextInt(4) == 0
                ? SupportRule.of(new SelectionConfig("top-p", p, null, null, null), null, null)
                : SupportRule.of(
                        p == 1
                                ? new SelectionConfig("top-k", null, 1 + random.nextInt(12), null, null)
                                : new SelectionConfig(p, 1 + random.nextInt(12)),
                        null,
                        null);
    }

    private static double[] probabilities(Random random) {
        double[] values = random.doubles(12, 1e-3, 1)
                .map(value -> value * value * value)
                .sorted()
                .toArray();
        double sum = Arrays.stream(values).sum();
        double[] falling = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            falling[i] = values[values.length - 1 - i] / sum;
        }
        return falling;
    }

    private static SparseLogits stored(SupportRule support, double[] probabilities) {
        double mass = 0;
        int kept = 0;
        while (kept < probabilities.length
                && (support.topK() == null || kept < support.topK())
                && (support.topP() == 1 || mass < support.topP())) {
            mass += probabilities[kept++];
        }
        SparseLogits logits = new SparseLogits();
        logits.resize(1, kept);
        logits.offsets()[1] = kept;
        for (int i = 0; i < kept; i++) {
            logits.ids()[i] = i;
            logits.logProbs()[i] = (float) Math.log(probabilities[i]);
        }
        return logits;
    }

    private static SparseLogits cut(SupportRule stored, SupportRule to, double[] probabilities) {
        SparseLogits logits = stored(stored, probabilities);
        Double p = to.cutP(stored);
        Integer k = to.cutK(stored);
        new SupportTruncation(p == null ? 1 : p, k == null ? Integer.MAX_VALUE : k)
                .apply(
                        logits,
                        new Selection(
                                "top-p-top-k",
                                stored.topP(),
                                stored.topK() == null ? probabilities.length : stored.topK(),
                                0,
                                0L));
        return logits;
    }

    private static int kept(SparseLogits logits) {
        return logits.offsets()[1];
    }
}
