package io.logitstream.pipeline.inspection;

import io.logitstream.teacher.config.SelectionConfig;

/**
 * Which entries of the teacher's distributions a student sees, or a topic holds. Supports of top-p and top-k are
 * prefixes of one order, most likely first, so that a wide one serves all that are narrower in both; samples and dense
 * ones serve only themselves.
 *
 * @param method {@code ordered}, {@code sampled} or {@code dense}
 * @param topP mass to reach, 1 where only k counts; null unless ordered
 * @param topK most entries, null for no limit
 * @param draws draws of a sample
 * @param seed seed of a sample
 */
public record SupportRule(String method, Double topP, Integer topK, Integer draws, Long seed) {
    private static final String ORDERED = "ordered";
    private static final String SAMPLED = "sampled";

    /**
     * What is left of a selection that a student cuts down.
     *
     * @param selection what the teacher stream is told to keep
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

    /** Whether a student that is to see the other can be served from this one. */
    public boolean covers(SupportRule other) {
        return equals(other)
                || ordered()
                        && other.ordered()
                        && topP >= other.topP
                        && (topK == null || other.topK != null && topK >= other.topK);
    }

    /**
     * The narrowest support that covers both, or null where a topic of its own for each is better: of samples, and where
     * a limit of k on one side and of p alone on the other would leave none at all.
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

    /** {@code loss.topP} of a student that is to see this of a topic: null where the topic has no more. */
    public Double cutP(SupportRule stored) {
        return topP != null && topP.equals(stored.topP) && ordered() ? null : topP;
    }

    /** {@code loss.topK} of a student that is to see this of a topic: null where the topic has no more. */
    public Integer cutK(SupportRule stored) {
        return topK != null && topK.equals(stored.topK) && ordered() ? null : topK;
    }

    /** The teacher stream's selection that stores this. */
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

    /** Most entries of a position, for estimates; of a sample its draws. */
    public int mostEntries(int vocabularySize) {
        return selection().maxKept(vocabularySize);
    }

    /** As in tables: {@code top-0.95-50}. */
    public String text() {
        return method.equals(SAMPLED)
                ? draws + " draws"
                : ordered() ? (topP < 1 ? "top-" + topP : "top") + (topK == null ? "" : "-" + topK) : method;
    }
}
