package io.logitstream.schemas.logits;

import io.logitstream.messages.LogitstreamException;

/** Checks that all codecs apply to logits before they write them and after they read them. */
public final class LogitsChecks {

    /**
     * Tolerance for rounding in a float32 log-softmax, which can make a log-probability positive or an entropy
     * negative.
     */
    private static final float ROUNDING = 1e-4f;

    private static final ThreadLocal<DuplicateCheck> DUPLICATES = ThreadLocal.withInitial(DuplicateCheck::new);

    private LogitsChecks() {}

    /**
     * Checks all values. The offsets must lie within the arrays; decoders check that while they read.
     *
     * @throws CorruptPayloadException for the first position with an invalid value
     */
    public static void require(SparseLogits logits, PayloadShape shape) {
        if (logits.positions() != shape.positions() || logits.draws() != shape.draws()) {
            throw new CorruptPayloadException(
                    CorruptPayloadException.WHOLE_PAYLOAD,
                    logits.positions() + " positions of " + logits.draws() + " draws, but the batch has "
                            + shape.positions() + " of " + shape.draws());
        }
        int[] offsets = logits.offsets();
        DuplicateCheck duplicates = DUPLICATES.get();
        duplicates.reserve(shape.vocabularySize());
        for (int i = 0; i < logits.positions(); i++) {
            requireSupport(logits, i, offsets[i], offsets[i + 1], shape.vocabularySize(), duplicates);
            requireTailMass(logits, i);
            if (logits.hasStatistics()) {
                requireStatistics(logits, i);
            }
        }
    }

    /**
     * Requires what a codec writes: its statistics, or no sample where it has none.
     *
     * @throws LogitstreamException if the logits do not have what the codec holds
     */
    public static void requireContentOf(LogitsCodec codec, SparseLogits logits) {
        if (codec.hasStatistics() && !logits.hasStatistics()) {
            throw new LogitstreamException("the teacher gives no statistics over the vocabulary, which the codec "
                    + codec.name() + " holds; use " + codec.name() + "-supports");
        }
        requireNoSample(codec, logits.draws());
    }

    /**
     * Refuses a sampled support where the codec has no statistics: the tail of a sample does not follow from it.
     *
     * @param draws draws per position, 0 for a support that is no sample
     */
    public static void requireNoSample(LogitsCodec codec, int draws) {
        if (draws > 0 && !codec.hasStatistics()) {
            throw new CorruptPayloadException(
                    CorruptPayloadException.WHOLE_PAYLOAD,
                    draws + " draws per position, but the codec " + codec.name() + " holds no samples");
        }
    }

    private static void requireSupport(
            SparseLogits logits, int position, int from, int to, int vocabularySize, DuplicateCheck duplicates) {
        if (from < 0 || to <= from || to > logits.total()) {
            throw new CorruptPayloadException(position, "its support runs from entry " + from + " to " + to);
        }
        int[] ids = logits.ids();
        float[] logProbs = logits.logProbs();
        float previous = ROUNDING;
        for (int e = from; e < to; e++) {
            if (ids[e] < 0 || ids[e] >= vocabularySize) {
                throw new CorruptPayloadException(
                        position, "token id " + ids[e] + " is outside the vocabulary of " + vocabularySize);
            }
            if (!Float.isFinite(logProbs[e]) || logProbs[e] > previous) {
                throw new CorruptPayloadException(
                        position,
                        "log-probability " + logProbs[e]
                                + (e == from ? " is not a finite number up to 0" : " does not fall from " + previous));
            }
            previous = logProbs[e];
        }
        if (logits.draws() > 0) {
            requireCounts(logits, position, from, to);
        }
        if (duplicates.found(ids, from, to)) {
            throw new CorruptPayloadException(position, "a token id is in its support twice");
        }
    }

    private static void requireCounts(SparseLogits logits, int position, int from, int to) {
        long sum = 0;
        for (int e = from; e < to; e++) {
            if (logits.counts()[e] < 1) {
                throw new CorruptPayloadException(position, "an id with count " + logits.counts()[e]);
            }
            sum += logits.counts()[e];
        }
        if (sum != logits.draws()) {
            throw new CorruptPayloadException(
                    position, "its counts add up to " + sum + ", but " + logits.draws() + " ids were drawn");
        }
    }

    private static void requireTailMass(SparseLogits logits, int position) {
        float tailMass = logits.tailMass()[position];
        // The conditions are written so that NaN fails.
        if (!(tailMass >= 0 && tailMass <= 1)) {
            throw new CorruptPayloadException(position, "tail mass " + tailMass + " is outside [0, 1]");
        }
    }

    private static void requireStatistics(SparseLogits logits, int position) {
        // The conditions are written so that NaN fails.
        float logSumExp = logits.logSumExp()[position];
        if (!Float.isFinite(logSumExp)) {
            throw new CorruptPayloadException(position, "log-sum-exp " + logSumExp + " is not finite");
        }
        float standardDeviation = logits.standardDeviation()[position];
        if (!Float.isFinite(standardDeviation) || standardDeviation < 0) {
            throw new CorruptPayloadException(
                    position, "standard deviation " + standardDeviation + " is not a finite number from 0");
        }
        float entropy = logits.entropy()[position];
        if (!Float.isFinite(entropy) || entropy < -ROUNDING) {
            throw new CorruptPayloadException(position, "entropy " + entropy + " is not a finite number from 0");
        }
    }
}
