package io.logitstream.teacher.served.standin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a server knows about a prompt, before it is written in a format.
 *
 * @param tokens tokens of the prompt
 * @param positions scores of each position
 */
record ScoredPrompt(int[] tokens, List<Position> positions) {
    /** An entry; a log-probability of null is written as null. */
    record Entry(int id, Double logProb) {}

    /**
     * A position.
     *
     * @param top the most likely tokens, most likely first
     * @param text the text's own token
     * @param rank rank of the text's own token, from 1
     */
    record Position(List<Entry> top, Entry text, int rank) {}

    static ScoredPrompt of(ServedWeights weights, int[] tokens, int k, Fault fault) {
        int[] scored = tokens.clone();
        if (fault == Fault.OTHER_TOKENS) {
            for (int i = 0; i < scored.length; i++) {
                scored[i] = (scored[i] + 1) % weights.vocabularySize();
            }
        } else if (fault == Fault.SHORTER_PROMPT) {
            scored = Arrays.copyOf(scored, scored.length - 1);
        }
        float[][] logProbs = weights.logProbs(scored);
        List<Position> positions = new ArrayList<>();
        for (int i = 0; i < logProbs.length; i++) {
            positions.add(position(logProbs[i], scored[i + 1], k, fault, i));
        }
        if (fault == Fault.FEWER_POSITIONS) {
            positions.remove(positions.size() - 1);
        } else if (fault == Fault.MORE_POSITIONS) {
            positions.add(positions.get(0));
        }
        return new ScoredPrompt(scored, positions);
    }

    private static Position position(float[] row, int text, int k, Fault fault, int number) {
        // The bits of positive floats are in the order of the floats.
        long[] order = new long[row.length];
        for (int id = 0; id < row.length; id++) {
            order[id] = (long) Float.floatToIntBits(-row[id]) << 32 | id;
        }
        Arrays.sort(order);
        int most = fault == Fault.MORE_ENTRIES ? k + 2 : fault == Fault.RAGGED && number == 1 ? k - 1 : k;
        List<Entry> top = new ArrayList<>();
        for (int i = 0; i < Math.min(most, row.length); i++) {
            int id = (int) order[i];
            top.add(new Entry(id, (double) row[id]));
        }
        int last = top.size() - 1;
        Entry least = top.get(last);
        switch (fault) {
            case NAN -> top.set(last, new Entry(least.id(), Double.NaN));
            case NULL -> top.set(last, new Entry(least.id(), null));
            case MINUS_INFINITY -> top.set(last, new Entry(least.id(), -9999.0));
            case NO_PROBABILITY -> top.replaceAll(entry -> number == 1 ? new Entry(entry.id(), -9999.0) : entry);
            case POSITIVE -> top.set(0, new Entry(top.get(0).id(), 1.5));
            case NOT_NORMALISED -> top.replaceAll(entry -> new Entry(entry.id(), entry.logProb() / 100));
            case DUPLICATE ->
                top.set(last, new Entry(top.get(top.get(0).id() == text ? 1 : 0).id(), least.logProb()));
            case BEYOND_VOCABULARY -> top.set(last, new Entry(row.length + 7, least.logProb()));
            case NEGATIVE_ID -> top.set(last, new Entry(-3, least.logProb()));
            default -> {
                // The scores stay as they are.
            }
        }
        return new Position(top, new Entry(text, (double) row[text]), rank(row, text));
    }

    // As vLLM counts: equally likely tokens come before.
    private static int rank(float[] row, int text) {
        int rank = 0;
        for (float logProb : row) {
            rank += logProb >= row[text] ? 1 : 0;
        }
        return rank;
    }
}
