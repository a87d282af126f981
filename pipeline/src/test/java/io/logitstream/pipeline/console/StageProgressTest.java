package io.logitstream.pipeline.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.pipeline.status.TokenRate;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingSummary;
import io.logitstream.teacher.model.PassListener;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Progress lines of the stages, with a simulated clock. */
class StageProgressTest {
    private long now;

    @Test
    void theRateOfAFinishedStageStaysWhatItWasOnAverage() {
        TokenRate rate = new TokenRate(() -> now);
        rate.start();
        for (int second = 0; second < 100; second++) {
            pass(1);
            rate.add(second < 50 ? 100 : 300);
        }
        assertThat(rate.perSecond()).as("over the last half minute").isCloseTo(300, within(15.0));

        rate.end();
        pass(3600);

        assertThat(rate.perSecond()).isEqualTo(200);
        assertThat(rate.seconds()).isEqualTo(100);
    }

    @Test
    void theRateOfSlowBatchesDoesNotJumpWithTheirNumberInAWindow() {
        TokenRate rate = new TokenRate(() -> now);
        rate.add(2000);
        for (int second = 1; second <= 200; second++) {
            pass(1);
            if (second % 20 == 0) {
                rate.add(2000);
            }
            if (second > 20) {
                assertThat(rate.perSecond()).as("after %d s", second).isEqualTo(100);
            }
        }
        pass(600);

        assertThat(rate.perSecond()).as("it stands still").isLessThan(13);
    }

    @Test
    void aStageThatStandsStillHasNoRateSoon() {
        TokenRate rate = new TokenRate(() -> now);
        rate.start();
        pass(1);
        rate.add(1000);
        pass(31);

        assertThat(rate.perSecond()).isZero();
        assertThat(rate.secondsFor(10)).isNull();
    }

    @Test
    void aContinuedStudentIsAsFastAsItIsSinceItContinued() {
        TrainingProgress progress = new TrainingProgress("pd", () -> now);
        progress.onStart(900_000, 1_000_000, 5);
        pass(10);
        progress.onStep(step(902_000, 0.9, 4), 3);

        assertThat(progress.line().full())
                .isEqualTo("pd 90%, loss 5.000 (text 6.000, distillation 4.000), 200 tokens/s, lag 3, 8 min 10 s left");
    }

    @Test
    void aStudentIsNeverBeyondItsBudgetAndCompleteWhenItIsComplete() {
        TrainingProgress progress = new TrainingProgress("pd", () -> now);
        assertThat(progress.line().full()).isEqualTo("pd starts");
        progress.onWaiting();
        assertThat(progress.line().full()).isEqualTo("pd is waiting for records");
        progress.onStart(0, 2000, 5);
        pass(10);
        progress.onStep(step(1999, 0.9, 4), 0);
        assertThat(progress.line().full()).startsWith("pd 99%, ").doesNotContain("lag");
        progress.onStep(step(2048, 0.9, 4), 0);
        assertThat(progress.line().full()).startsWith("pd 100%, ");
        progress.complete(new TrainingSummary(2, 2048, 2000));
        pass(1000);

        assertThat(progress.line().full()).isEqualTo("pd complete, 2,048 tokens in 2 steps, 205 tokens/s");
        assertThat(progress.ended()).isEqualTo("pd complete: 2 steps, 2,048 of 2,000 tokens in 10 s, 205 tokens/s");
    }

    @Test
    void aStudentThatWasCompleteBeforeHasNeitherATimeNorARate() {
        TrainingProgress progress = new TrainingProgress("pd", () -> now);
        progress.complete(new TrainingSummary(2, 2048, 2000));

        assertThat(progress.ended()).isEqualTo("pd complete: 2 steps, 2,048 of 2,000 tokens");
        assertThat(progress.line().full()).isEqualTo("pd complete, 2,048 tokens in 2 steps");
    }

    @Test
    void aStudentWithoutATeacherHasOneLossAndIsNotCalledLikeOne() {
        for (StepMetrics metrics : List.of(step(100, 0, 0), step(100, 0, 7), step(100, 0.9, 0))) {
            TrainingProgress progress = new TrainingProgress("lm", () -> now);
            progress.onStart(0, 1000, 5);
            pass(1);
            progress.onStep(metrics, 0);

            assertThat(progress.line().full()).isEqualTo("lm 10%, loss 5.000, 100 tokens/s, 9 s left");
        }
    }

    @Test
    void aTeachersLagIsInBatchesWithoutTheMarkersOfTransactions() {
        TeachProgress progress = new TeachProgress(() -> now);
        progress.position("teach", at(0, 400));
        assertThat(progress.line().full()).isEqualTo("teacher waits for tokens");
        for (int batch = 0; batch < 100; batch++) {
            pass(1);
            progress.onBatch(2048, 9, 99);
        }
        // 100 batches in 20 transactions of 4 partitions: 125 offsets.
        progress.position("teach", at(125, 400));

        assertThat(progress.line().full())
                .isEqualTo("teacher 31%, 204,800 tokens, 2,048 tokens/s, lag 220, 3 min 40 s left");
        assertThat(progress.isAtTheEnd()).isFalse();
        progress.published(320);
        assertThat(progress.line().full()).startsWith("teacher 31%, ").contains(", lag 220, ");
        progress.position("teach", at(400, 400));
        assertThat(progress.isAtTheEnd()).isTrue();
        assertThat(progress.line().full()).isEqualTo("teacher 99%, 204,800 tokens, 2,048 tokens/s");
        progress.complete();
        pass(500);
        assertThat(progress.line().full()).isEqualTo("teacher complete, 204,800 tokens, 2,048 tokens/s");
    }

    @Test
    void aTeacherOfTwentySecondsABatchShowsWhatItComputesAndItsRateFromTheFirstBatchOn() {
        TeachProgress progress = new TeachProgress(() -> now);
        progress.position("teach", at(0, 12));
        pass(40);
        Set<String> lines = new LinkedHashSet<>();
        int batches = 0;
        // Two batches at a time, the second two seconds after the first: 100 tokens/s, as 2,000 in 40 s each.
        PassListener[] passes = new PassListener[2];
        for (int second = 0; second < 202; second++) {
            for (int i = 0; i < 2; i++) {
                int since = second - 2 * i;
                if (since >= 0 && since % 40 == 0) {
                    if (since > 0) {
                        passes[i].onShare(1);
                        passes[i].onEnd();
                        progress.onBatch(2000, 9, 99);
                        progress.position("teach", at(++batches, 12));
                    }
                    passes[i] = progress.onPass(2000);
                } else if (since > 0 && since % 2 == 0) {
                    passes[i].onShare(since % 40 / 40.0);
                }
            }
            if (second >= 10) {
                assertThat(rate(progress.line().full()))
                        .as("after %d s", second)
                        .isBetween(80, 108);
            }
            if (second % 5 == 4) {
                assertThat(lines.add(progress.line().full())).as("moves").isTrue();
            }
            pass(1);
        }

        assertThat(lines)
                .contains("teacher computes its first batches, 2 in progress (32%), 93 tokens/s")
                .anyMatch(
                        line -> line.matches("teacher 16%, 4,000 tokens, 2 in progress \\(\\d+%\\), (9|10)\\d tokens/s,"
                                + " lag 10, 3 min \\d+ s left"));
    }

    @Test
    void theRateOfASlowTeacherThatCannotTellHowFarItIsHasNoBurst() {
        TeachProgress progress = new TeachProgress(() -> now);
        progress.position("teach", at(0, 12));
        pass(40);
        PassListener one = progress.onPass(2000);
        PassListener two = progress.onPass(2000);
        pass(14);
        assertThat(progress.line().full()).isEqualTo("teacher computes its first batches, 2 in progress (14 s)");
        pass(24);
        end(progress, one);
        assertThat(rate(progress.line().full())).isEqualTo(53);
        one = progress.onPass(2000);
        pass(2);
        end(progress, two);
        progress.onPass(2000);
        assertThat(rate(progress.line().full())).isEqualTo(100);
        pass(36);
        assertThat(progress.line().full())
                .isEqualTo("teacher 0%, 4,000 tokens, 2 in progress (38 s), 100 tokens/s, lag 12, 4 min left");
        end(progress, one);
        assertThat(rate(progress.line().full())).isBetween(75, 80);
    }

    private static void end(TeachProgress progress, PassListener pass) {
        pass.onShare(1);
        pass.onEnd();
        progress.onBatch(2000, 9, 99);
    }

    private static int rate(String line) {
        Matcher rate = Pattern.compile("([\\d,]+) tokens/s").matcher(line);
        assertThat(rate.find()).as(line).isTrue();
        return Integer.parseInt(rate.group(1).replace(",", ""));
    }

    @Test
    void aStudentThatWaitsForASlowTeacherHasATimeLeft() {
        TrainingProgress progress = new TrainingProgress("pd", () -> now);
        progress.onStart(0, 100_000, 5);
        for (int batch = 1; batch <= 10; batch++) {
            progress.onWaiting();
            pass(20);
            progress.onStep(step(2000L * batch, 0.9, 4), 0);
            pass(1);
            progress.onWaiting();
            assertThat(progress.line().full())
                    .startsWith("pd " + 2 * batch + "%, ")
                    .containsPattern("(100|9\\d) tokens/s, waiting for records, 1\\d min .*left");
        }
        pass(100);
        assertThat(rate(progress.line().full())).as("it stands still").isLessThan(60);
    }

    private static List<StagePosition> at(long position, long end) {
        return List.of(
                StagePosition.of("produce", "tokens", 77, null, null, true),
                StagePosition.of("teach", "another", 1, 2L, null, false),
                StagePosition.of("teach", "teach", position, end, null, false));
    }

    private static StepMetrics step(long tokens, double alpha, double kd) {
        return new StepMetrics(1, tokens, 0, 5, 6, kd, alpha, 1e-3, 1, false);
    }

    private void pass(double seconds) {
        now += (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }
}
