package io.logitstream.pipeline.inspection;

import io.logitstream.teacher.config.SelectionConfig;

/**
 * The rule by which entries of the teacher's distributions are kept: in a topic, or for a student that cuts a topic
 * down. Top-p and top-k supports are prefixes of the same order, most likely entry first, so that a wide support also
 * serves every narrower one. A sampled or dense support serves only itself.
 *
 * @param method {@code ordered}, {@code sampled} or {@code dense}
 * @param topP probability mass to reach, 1 if only k limits; null unless ordered
 * @param topK maximum number of entries; null for no limit
 * @param draws number of draws of a sample
 * @param seed seed of a sample
 */
public record SupportRule(String method, Double topP, Integer topK, Integer draws, Long seed) {
    private static final String ORDERED = "ordered";
    private static final String SAMPLED = "sampled";

    /**
     * The rule for a student that cuts a selection down.
     *
     * @param selection selection of the teacher stream
     * @param topP the student's {@code loss.topP}, or null
     * @param topK the student's {@code loss.topK}, or null
     */
    public static SupportRule of(SelectionConfig selection, Double topP, Integer topK) {
        switch (selection.method()) {
            case SAMPLED:
                return new SupportRule(SAMPLED, null, null, selection.draws(), selection.seed());
            case "dense":
                return new SupportRule("dense", topP, topK, null, null);
            default:
                double p = selection.topP() == null ? 1 : selection.topP();
                Integer k = selection.topK();
                return new SupportRule(
                        ORDERED,
                        topP == null ? p : Math.min(p, topP),
                        topK == null ? k : k == null ? topK : Integer.valueOf(Math.min(k, topK)),
                        null,
                        null);
        }
    }

    private boolean ordered() {
        return method.equals(ORDERED);
    }

    /** Whether a topic with this rule serves a student that needs another. */
    public boolean covers(SupportRule other) {
        return equals(other)
                || ordered()
                        && other.ordered()
                        && topP >= other.topP
                        && (topK == null || other.topK != null && topK >= other.topK);
    }

    /**
     * The narrowest rule that covers both. Null if separate topics are better: for samples, and if one rule has a limit
     * k and the other has p alone, whose union would have no limit.
     */
    public SupportRule union(SupportRule other) {
        if (covers(other)) {
            return this;
        } else if (other.covers(this)) {
            return other;
        } else if (!ordered() || !other.ordered() || (topK == null) != (other.topK == null)) {
            return null;
        }
        return new SupportRule(
                ORDERED,
                Math.max(topP, other.topP),
                topK == null ? null : Integer.valueOf(Math.max(topK, other.topK)),
                null,
                null);
    }

    /** {@code loss.topP} for a student of this rule on a topic of another: null if the topic holds no more. */
    public Double cutP(SupportRule stored) {
        return topP != null && topP.equals(stored.topP) && ordered() ? null : topP;
    }

    /** {@code loss.topK} for a student of this rule on a topic of another: null if the topic holds no more. */
    public Integer cutK(SupportRule stored) {
        return topK != null && topK.equals(stored.topK) && ordered() ? null : topK;
    }

    /** The teacher stream's selection that stores this support. */
    public SelectionConfig selection() {
        if (method.equals(SAMPLED)) {
            return new SelectionConfig(SAMPLED, null, null, draws, seed);
        } else if (!ordered()) {
            return new SelectionConfig(method, null, null, null, null);
        }
        return topK == null
                ? new SelectionConfig("top-p", topP, null, null, null)
                : topP == 1 ? new SelectionConfig("top-k", null, topK, null, null) : new SelectionConfig(topP, topK);
    }

    /** Maximum number of entries per position, for estimates; the draws of a sample. */
    public int mostEntries(int vocabularySize) {
        return selection().maxKept(vocabularySize);
    }

    /** Short text for tables, as in {@code top-0.95-50}. */
    public String text() {
        return method.equals(SAMPLED)
                ? draws + " draws"
                : ordered() ? (topP < 1 ? "top-" + topP : "top") + (topK == null ? "" : "-" + topK) : method;
    }
}
