package io.logitstream.pipeline.console;

import io.logitstream.pipeline.console.ProgressLine.Importance;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.pipeline.status.TextLoss;
import io.logitstream.pipeline.status.TokenRate;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.model.PassListener;
import io.logitstream.teacher.model.TeachListener;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Progress of the teacher stream. Written by the stream's threads, read by the thread that displays it. */
public final class TeachProgress implements TeachListener {
    /** Time without a finished batch from which the line tells how far the batches in progress are. */
    private static final long LONG_BATCH = TimeUnit.SECONDS.toNanos(3);

    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A batch in progress. */
    private final class Pass implements PassListener {
        private final int ofBatch;
        private final long begin = clock.getAsLong();
        private double share;

        private Pass(int tokens) {
            this.ofBatch = tokens;
        }

        @Override
        public void onShare(double done) {
            synchronized (TeachProgress.this) {
                rate.add(ofBatch * (done - share));
                share = done;
            }
        }

        @Override
        public void onEnd() {
            synchronized (TeachProgress.this) {
                passes.remove(this);
            }
        }
    }

    private final LongSupplier clock;
    private final TokenRate rate;
    private final Set<Pass> passes = new LinkedHashSet<>();
    /** Whether the rate is that of the passes, with the parts of batches, and not that of finished batches. */
    private boolean ofPasses;

    private long lastBatch;
    private long batches;
    private long tokens;
    private long kept;
    private long bytes;
    private long textTokens;
    private double textNats;
    private long batchesOfCorpus;
    private Long firstPosition;
    private long position;
    private long end;
    private boolean complete;

    public TeachProgress() {
        this(System::nanoTime);
    }

    /**
     * @param clock time in nanoseconds
     */
    public TeachProgress(LongSupplier clock) {
        this.clock = clock;
        this.rate = new TokenRate(clock);
    }

    @Override
    public synchronized PassListener onPass(int batchTokens) {
        if (!ofPasses) {
            ofPasses = true;
            rate.start();
        }
        Pass pass = new Pass(batchTokens);
        passes.add(pass);
        return pass;
    }

    @Override
    public synchronized void onBatch(int batchTokens, int batchKept, int batchBytes) {
        batches++;
        tokens += batchTokens;
        kept += batchKept;
        bytes += batchBytes;
        lastBatch = clock.getAsLong();
        if (!ofPasses) {
            rate.add(batchTokens);
        }
    }

    @Override
    public synchronized void onTextLoss(int batchTokens, double nats) {
        textTokens += batchTokens;
        textNats += nats;
    }

    /** The teacher's loss on the text that it has read here; null if it does not tell. */
    public synchronized TextLoss textLoss() {
        return textTokens == 0 ? null : new TextLoss(textTokens, textNats);
    }

    /** Sets the number of batches in the tokens topic, once that topic is complete. */
    public synchronized void published(long batchesOfTopic) {
        batchesOfCorpus = batchesOfTopic;
    }

    /**
     * Sets the position of the stream in its topic, all instances together.
     *
     * @param group the stream's consumer group
     * @param stages positions of the cluster's stages
     */
    public synchronized void position(String group, List<StagePosition> stages) {
        stages.stream()
                .filter(stage -> stage.name().equals(group) && stage.end() != null)
                .findFirst()
                .ifPresent(stage -> {
                    firstPosition = firstPosition == null ? Long.valueOf(stage.position()) : firstPosition;
                    position = stage.position();
                    end = stage.end();
                });
    }

    /** Whether the committed position has reached the end of the tokens topic. */
    public synchronized boolean isAtTheEnd() {
        return firstPosition != null && position >= end;
    }

    /** Marks the logits of the whole corpus as complete. */
    public synchronized void complete() {
        complete = true;
        rate.end();
    }

    /** A listener that also counts batches. */
    public TeachListener counting(AtomicLong counted) {
        TeachProgress progress = this;
        return new TeachListener() {
            @Override
            public void onBatch(int batchTokens, int batchKept, int batchBytes) {
                counted.incrementAndGet();
                progress.onBatch(batchTokens, batchKept, batchBytes);
            }

            @Override
            public void onTextLoss(int batchTokens, double nats) {
                progress.onTextLoss(batchTokens, nats);
            }

            @Override
            public PassListener onPass(int batchTokens) {
                return progress.onPass(batchTokens);
            }
        };
    }

    /** A listener that also prints a line when the teacher changes. */
    public TeachListener announcingOn(ProgressDisplay status) {
        TeachProgress progress = this;
        return new TeachListener() {
            @Override
            public void onBatch(int batchTokens, int batchKept, int batchBytes) {
                progress.onBatch(batchTokens, batchKept, batchBytes);
            }

            @Override
            public void onTextLoss(int batchTokens, double nats) {
                progress.onTextLoss(batchTokens, nats);
            }

            @Override
            public PassListener onPass(int batchTokens) {
                return progress.onPass(batchTokens);
            }

            @Override
            public void onTeacher(Teacher teacher) {
                status.print("teacher " + teacher.getId() + " takes over, weights " + teacher.getWeightsHash());
            }
        };
    }

    /** The progress line: tokens, rate, and the time left if the amount of work is known. */
    public synchronized ProgressLine line() {
        String done = String.format("%,d tokens", tokens);
        if (complete) {
            return ProgressLine.of("teacher complete")
                    .and(Importance.HIGH, tokens == 0 ? null : ", " + done)
                    .and(Importance.MEDIUM, rate())
                    .and(Importance.MEDIUM, loss());
        }
        if (tokens == 0) {
            return passes.isEmpty()
                    ? ProgressLine.of("teacher waits for tokens")
                    : ProgressLine.of("teacher computes its first batches")
                            .and(Importance.HIGH, inProgress())
                            .and(Importance.MEDIUM, rate());
        }
        String current = passes.isEmpty() || clock.getAsLong() - lastBatch < LONG_BATCH ? null : inProgress();
        if (firstPosition == null) {
            return ProgressLine.of("teacher " + done)
                    .and(Importance.LOW, current)
                    .and(Importance.MEDIUM, rate())
                    .and(Importance.MEDIUM, loss());
        }
        double computed =
                passes.stream().mapToDouble(pass -> pass.ofBatch * pass.share).sum();
        Double left = rate.secondsFor(Math.max(0, waiting() * (double) tokens / batches - computed));
        return ProgressLine.of("teacher " + Math.min(99, 100 * position / Math.max(1, end)) + "%")
                .and(Importance.HIGH, ", " + done)
                .and(Importance.LOW, current)
                .and(Importance.MEDIUM, rate())
                .and(Importance.MEDIUM, loss())
                .and(Importance.MEDIUM, waiting() == 0 ? null : String.format(", lag %,d", waiting()))
                .and(Importance.HIGH, left == null || waiting() == 0 ? null : ", " + Durations.text(left) + " left");
    }

    private String inProgress() {
        double share = passes.stream().mapToDouble(pass -> pass.share).average().orElse(0);
        long since = clock.getAsLong() - passes.iterator().next().begin;
        return String.format(
                ", %,d in progress (%s)",
                passes.size(), share > 0 ? (int) (100 * share) + "%" : String.format("%.0f s", since / NANOS));
    }

    private String loss() {
        return textTokens == 0 ? null : String.format(", loss %.4f", textNats / textTokens);
    }

    private String rate() {
        return rate.perSecond() == null ? null : ", " + rate.text();
    }

    // Offsets include transaction markers. The waiting batches are estimated from the share of batches among all
    // offsets of the topic, or among the offsets passed so far.
    private long waiting() {
        long offsets = Math.max(0, end - position);
        long moved = position - firstPosition;
        return batchesOfCorpus > 0 && batchesOfCorpus <= end
                ? offsets * batchesOfCorpus / end
                : moved > batches ? offsets * batches / moved : offsets;
    }

    /** Work of this instance. */
    public synchronized String summary() {
        return tokens == 0
                ? "nothing to do"
                : String.format(
                        "%,d batches, %,d tokens, %.1f kept entries and %.1f bytes per token%s",
                        batches,
                        tokens,
                        (double) kept / tokens,
                        (double) bytes / tokens,
                        textTokens == 0
                                ? ""
                                : String.format(", the teacher's loss on them %.4f nats", textNats / textTokens));
    }
}
