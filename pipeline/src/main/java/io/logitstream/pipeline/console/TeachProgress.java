package io.logitstream.pipeline.console;

import io.logitstream.pipeline.console.ProgressLine.Importance;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.pipeline.status.TextLoss;
import io.logitstream.pipeline.status.TokenRate;
import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.model.TeachListener;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Progress of the teacher stream. Written by the stream's threads, read by the thread that displays it. */
public final class TeachProgress implements TeachListener {
    private final TokenRate rate;
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
        rate = new TokenRate(clock);
    }

    @Override
    public synchronized void onBatch(int batchTokens, int batchKept, int batchBytes) {
        batches++;
        tokens += batchTokens;
        kept += batchKept;
        bytes += batchBytes;
        rate.add(batchTokens);
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
            return ProgressLine.of("teacher waits for tokens");
        }
        if (firstPosition == null) {
            return ProgressLine.of("teacher " + done)
                    .and(Importance.MEDIUM, rate())
                    .and(Importance.MEDIUM, loss());
        }
        Double left = rate.secondsFor(waiting() * tokens / batches);
        return ProgressLine.of("teacher " + Math.min(99, 100 * position / Math.max(1, end)) + "%")
                .and(Importance.HIGH, ", " + done)
                .and(Importance.MEDIUM, rate())
                .and(Importance.MEDIUM, loss())
                .and(Importance.MEDIUM, waiting() == 0 ? null : String.format(", lag %,d", waiting()))
                .and(Importance.HIGH, left == null || waiting() == 0 ? null : ", " + Durations.text(left) + " left");
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
