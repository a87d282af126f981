package io.logitstream.teacher.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CommitPolicyTest {
    private final AtomicLong clock = new AtomicLong(-5);
    private final CommitPolicy policy = new CommitPolicy(clock::get);

    @Test
    void theFirstBatchesAreCommittedAtOnceAndLaterOnesByTheCostOfACommit() {
        List<Long> commits = run(10, 12_000, 30);

        assertThat(commits).startsWith(10L, 140L, 370L, 800L);
        assertThat(commits.get(commits.size() - 1) - commits.get(commits.size() - 2))
                .as("a commit of 30 ms takes a twentieth of the time")
                .isBetween(600L, 660L);
    }

    @Test
    void aSlowCommitDelaysStudentsByAtMostFourSeconds() {
        List<Long> commits = run(10, 60_000, 1_000);

        assertThat(commits.get(commits.size() - 1) - commits.get(commits.size() - 2))
                .isBetween(4_000L, 5_010L);
    }

    @Test
    void aSlowTeacherCommitsEachBatch() {
        assertThat(run(20_000, 200_000, 30)).hasSize(10);
    }

    @Test
    void aSlowTeacherThatFinishesTwoBatchesAtAboutTheSameTimeCommitsBothAtOnce() {
        for (int pair = 0; pair < 12; pair++) {
            for (long after : new long[] {20_000, 200}) {
                clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(after));
                assertThat(policy.isDue())
                        .as("pair %d, %d ms after the batch before", pair, after)
                        .isTrue();
                commit(30);
            }
        }
    }

    @Test
    void eachThreadHasItsOwnSchedule() {
        commit(30);

        assertThat(policy.isDue()).isFalse();
        assertThat(CompletableFuture.supplyAsync(policy::isDue).join()).isTrue();
    }

    /** Times in milliseconds at which a stream commits. */
    private List<Long> run(long batchMs, long untilMs, long commitMs) {
        List<Long> commits = new ArrayList<>();
        long start = clock.get();
        while (milliseconds(start) < untilMs) {
            clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(batchMs));
            if (policy.isDue()) {
                commits.add(milliseconds(start));
                commit(commitMs);
            }
        }
        return commits;
    }

    // A third of the time for each part: the records, the offsets and the end of the transaction.
    private void commit(long milliseconds) {
        for (int part = 0; part < 3; part++) {
            policy.measure(() -> clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(milliseconds) / 3));
        }
        policy.committed();
    }

    private long milliseconds(long start) {
        return TimeUnit.NANOSECONDS.toMillis(clock.get() - start);
    }
}
