package io.logitstream.teacher.served.wire;

import io.logitstream.teacher.served.ScoringRequirements;

/** Checks and sorts the entries of a position. Reusable, not thread-safe. */
public final class PositionCheck {
    /** Both servers write minus infinity as this number or a lower one. */
    public static final float MINUS_INFINITY = -9999;
    /** A log-probability up to this one is 0 with the error of the server's arithmetic. */
    private static final float TOLERANCE = 1e-3f;
    /** Probabilities of a position sum to less. */
    private static final double MASS_LIMIT = 1.01;
    /** The sum is checked at every position whose number is a multiple: exp takes more time than all other checks. */
    private static final int SUM_EVERY = 128;

    private static final int MULTIPLIER = 0x9E3779B9;

    private final ScoringRequirements requirements;
    private final int[] seen;
    private final int[] seenIn;
    private final int shift;
    private int current;

    public PositionCheck(ScoringRequirements requirements) {
        this.requirements = requirements;
        int slots = Integer.highestOneBit(requirements.entries() + 1) * 4;
        seen = new int[slots];
        seenIn = new int[slots];
        shift = Integer.numberOfLeadingZeros(slots) + 1;
    }

    /**
     * Checks entries, leaves out those of probability 0 and of ids that no token has, and sorts the rest, most likely
     * first.
     *
     * @param ids ids, changed in place
     * @param logProbs log-probabilities, changed in place
     * @param from first entry
     * @param to end of the entries
     * @param position number of the position within its row, for messages
     * @return end of the remaining entries, of which there is at least one
     */
    public int clean(int[] ids, float[] logProbs, int from, int to, int position) throws AnswerException {
        current++;
        int kept = from;
        for (int i = from; i < to; i++) {
            int id = ids[i];
            float logProb = logProbs[i];
            if (id < 0 || id >= requirements.modelVocabularySize()) {
                throw new AnswerException("has token " + id + " at position " + position
                        + ", outside the vocabulary of " + requirements.modelVocabularySize()
                        + "; does the server have the model whose tokenizer and config are given?");
            }
            if (!isFirst(id)) {
                throw new AnswerException("has token " + id + " twice at position " + position);
            }
            if (!(logProb <= 0)) {
                logProb = requireLogProb(logProb, id, position);
            }
            if (logProb > MINUS_INFINITY && id < requirements.vocabularySize()) {
                int at = kept++;
                while (at > from && before(logProb, id, logProbs[at - 1], ids[at - 1])) {
                    logProbs[at] = logProbs[at - 1];
                    ids[at] = ids[at - 1];
                    at--;
                }
                logProbs[at] = logProb;
                ids[at] = id;
            }
        }
        if (kept == from) {
            throw new AnswerException("has no token with a probability at position " + position);
        }
        if (position % SUM_EVERY == 0) {
            requireMass(logProbs, from, kept, position);
        }
        return kept;
    }

    private static boolean before(float logProb, int id, float other, int otherId) {
        return logProb > other || logProb == other && id < otherId;
    }

    /**
     * Requires that a number is a log-probability.
     *
     * @return the number, or 0 for one above 0 by a rounding error
     */
    public static float requireLogProb(float logProb, int id, int position) throws AnswerException {
        if (logProb <= 0) {
            return logProb;
        }
        if (logProb <= TOLERANCE) {
            return 0;
        }
        throw new AnswerException("has " + (Float.isNaN(logProb) ? "no number (NaN)" : "the number " + logProb)
                + " as log-probability of token " + id + " at position " + position
                + (Float.isNaN(logProb) ? "" : "; " + MODE));
    }

    private static final String MODE =
            "only log-probabilities can be used, for which vLLM is started with --logprobs-mode raw_logprobs, its default";

    private static void requireMass(float[] logProbs, int from, int to, int position) throws AnswerException {
        double mass = 0;
        for (int i = from; i < to; i++) {
            mass += Math.exp(logProbs[i]);
        }
        if (mass > MASS_LIMIT) {
            throw new AnswerException(
                    String.format("has probabilities that sum to %.3g at position %d; %s", mass, position, MODE));
        }
    }

    // A hash set with open addressing. Entries of earlier positions count as free.
    private boolean isFirst(int id) {
        int slot = id * MULTIPLIER >>> shift;
        while (seenIn[slot] == current) {
            if (seen[slot] == id) {
                return false;
            }
            slot = slot + 1 & seen.length - 1;
        }
        seen[slot] = id;
        seenIn[slot] = current;
        return true;
    }
}
