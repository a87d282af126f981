package io.logitstream.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.messages.UsageException;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.SelectedLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.served.PromptScores;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServedSelectionTest {
    private static final int VOCABULARY = 40;
    private static final int POSITIONS = 60;

    @ParameterizedTest
    @CsvSource({
        "top-k,,7,7",
        "top-k,,7,12",
        "top-p-top-k,0.6,7,7",
        "top-p-top-k,0.95,12,12",
        "top-p-top-k,0.3,7,20",
        "top-p-top-k,1,7,7",
        "top-p-top-k,0.0001,7,7",
        "top-k,,40,40"
    })
    void theResultIsThatOfTheSelectionFromTheWholeVocabulary(String method, Double topP, int topK, int asked) {
        SelectionConfig selection = new SelectionConfig(method, topP, topK, null, null);
        float[] logits = new float[POSITIONS * VOCABULARY];
        Random random = new Random(4);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (random.nextGaussian() * (1 + i / VOCABULARY % 5));
        }

        SparseLogits expected = SelectedLogits.of(logits, VOCABULARY, selection, 0, 1);
        SparseLogits selected = ServedSelection.select(answer(logits, asked), selection);

        assertThat(selected.hasStatistics()).isFalse();
        assertThat(Arrays.copyOf(selected.offsets(), POSITIONS + 1))
                .isEqualTo(Arrays.copyOf(expected.offsets(), POSITIONS + 1));
        assertThat(Arrays.copyOf(selected.ids(), selected.total()))
                .isEqualTo(Arrays.copyOf(expected.ids(), expected.total()));
        for (int e = 0; e < selected.total(); e++) {
            assertThat(selected.logProbs()[e]).isCloseTo(expected.logProbs()[e], within(1e-5f));
        }
        for (int i = 0; i < POSITIONS; i++) {
            assertThat(selected.tailMass()[i]).isCloseTo(expected.tailMass()[i], within(1e-5f));
        }
    }

    @Test
    void aPositionKeepsWhatTheServerGivesWhenThatDoesNotReachTopP() {
        PromptScores scores = scores(new int[] {3, 1}, new float[] {-1f, -2f}, -1f);

        SparseLogits selected = ServedSelection.select(scores, new SelectionConfig(0.99, 5));

        assertThat(selected.total()).isEqualTo(2);
        assertThat(selected.tailMass()[0]).isCloseTo((float) (1 - Math.exp(-1) - Math.exp(-2)), within(1e-6f));
    }

    @Test
    void theTailIsNeverNegative() {
        PromptScores scores = scores(new int[] {3}, new float[] {1e-6f}, 0f);

        assertThat(ServedSelection.select(scores, new SelectionConfig(null, 5)).tailMass()[0])
                .isZero();
    }

    @Test
    void theLossOfTheTextIsFiniteWhereTheServerGivesItNoProbability() {
        PromptScores scores = scores(new int[] {3}, new float[] {0f}, Float.NEGATIVE_INFINITY);

        assertThat(ServedSelection.textLoss(scores)).isEqualTo(9999);
        assertThat(ServedSelection.textLoss(scores(new int[] {3}, new float[] {0f}, -0.5f)))
                .isEqualTo(0.5);
    }

    @ParameterizedTest
    @CsvSource({"sampled", "dense", "top-p"})
    void aSelectionThatNeedsTheWholeVocabularyIsRefused(String method) {
        assertThatThrownBy(() -> ServedSelection.requireTopLogprobs(
                        new SelectionConfig(method, null, null, null, null), server(null)))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("selection.method " + method, "teach.server", "top-p-top-k");
    }

    @Test
    void theServerIsAskedForWhatTheSelectionKeeps() {
        assertThat(ServedSelection.requireTopLogprobs(new SelectionConfig(null, 30), server(null)))
                .isEqualTo(30);
        assertThat(ServedSelection.requireTopLogprobs(new SelectionConfig(null, 30), server(64)))
                .isEqualTo(64);
        assertThatThrownBy(() -> ServedSelection.requireTopLogprobs(new SelectionConfig(null, 30), server(20)))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("teach.server.topLogprobs 20", "selection.topK 30");
    }

    private static ServerConfig server(Integer topLogprobs) {
        return new ServerConfig(
                ServerKind.VLLM, List.of("http://gpu:1"), null, topLogprobs, null, null, null, null, null);
    }

    private static PromptScores scores(int[] ids, float[] logProbs, float text) {
        PromptScores scores = new PromptScores();
        scores.resize(1, ids.length);
        System.arraycopy(ids, 0, scores.top().ids(), 0, ids.length);
        System.arraycopy(logProbs, 0, scores.top().logProbs(), 0, ids.length);
        scores.textLogProbs()[0] = text;
        return scores;
    }

    /** The most likely tokens by double precision. */
    private static PromptScores answer(float[] logits, int k) {
        PromptScores scores = new PromptScores();
        scores.resize(POSITIONS, POSITIONS * k);
        for (int i = 0; i < POSITIONS; i++) {
            double[] row = new double[VOCABULARY];
            for (int v = 0; v < VOCABULARY; v++) {
                row[v] = logits[i * VOCABULARY + v];
            }
            double logSumExp = Math.log(Arrays.stream(row).map(Math::exp).sum());
            int[] order = IntStream.range(0, VOCABULARY)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer v) -> -row[v]).thenComparing(v -> v))
                    .mapToInt(v -> v)
                    .toArray();
            for (int e = 0; e < k; e++) {
                scores.top().ids()[i * k + e] = order[e];
                scores.top().logProbs()[i * k + e] = (float) (row[order[e]] - logSumExp);
            }
            scores.top().offsets()[i + 1] = (i + 1) * k;
            scores.textLogProbs()[i] = (float) (row[0] - logSumExp);
        }
        return scores;
    }
}
