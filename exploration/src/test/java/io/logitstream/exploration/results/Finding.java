package io.logitstream.exploration.results;

import java.util.Locale;

/**
 * A finding of a paper and the runs that decide it.
 *
 * @param finding what is compared
 * @param paper the paper's number, or its rule
 * @param plan plan of the runs, if not that of its axis
 * @param variant variant of the plan
 * @param against variant that it is compared with, if not that of its axis
 * @param metric {@code loss}, if null
 * @param claim what the paper says of the variant
 * @param reason why it is so here; null if there is nothing to say
 */
record Finding(
        String finding,
        String paper,
        String plan,
        String variant,
        String against,
        String metric,
        Claim claim,
        String reason) {
    /** Differences of the loss up to this are none, in nats. */
    private static final double SAME = 0.02;

    /** What a paper says of a variant. */
    enum Claim {
        BETTER,
        WORSE,
        SAME,
        /** Nothing: the row only shows the numbers. */
        NONE
    }

    String metricOrLoss() {
        return metric == null ? "loss" : metric;
    }

    /** Verdict on the claim. */
    String verdict(PairedComparison comparison) {
        if (claim == Claim.NONE) {
            return comparison.decided() ? "different" : undecided(comparison);
        }
        if (claim == Claim.SAME) {
            return comparison.low() >= -SAME && comparison.high() <= SAME
                    ? "holds"
                    : comparison.decided() ? "does not hold here" : undecided(comparison);
        }
        if (!comparison.decided()) {
            return undecided(comparison);
        }
        boolean lower = comparison.difference() < 0;
        boolean better = metricOrLoss().equals("top1Agreement") != lower;
        return better == (claim == Claim.BETTER) ? "holds" : "does not hold here";
    }

    private static String undecided(PairedComparison comparison) {
        return String.format(
                Locale.ROOT,
                "undecided (needs %s seeds)",
                comparison.seedsNeeded() == null ? "more" : SeedPower.text(comparison.seedsNeeded()));
    }
}
