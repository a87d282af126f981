package io.logitstream.student.input;

import java.util.Map;
import java.util.TreeMap;

/**
 * Tracks the corpora of each partition and which of them have ended there. A partition has ended when it has an
 * end-of-corpus marker of every corpus that was seen in it and of every corpus that the weights name, and of at least
 * one; withdrawn corpora do not count.
 */
final class CorpusEnds {
    private final CorpusWeights weights;
    // The map is replaced and never changed, because the position of every batch refers to it.
    private Map<Integer, Map<String, Boolean>> seen = Map.of();

    CorpusEnds(CorpusWeights weights) {
        this.weights = weights;
    }

    /** Notes a batch of a corpus. */
    void batch(int partition, String corpus) {
        if (!seen.getOrDefault(partition, Map.of()).containsKey(corpus)) {
            put(partition, corpus, false);
        }
    }

    /** Notes the end-of-corpus marker of a corpus. */
    void end(int partition, String corpus) {
        put(partition, corpus, true);
    }

    private void put(int partition, String corpus, boolean ended) {
        Map<Integer, Map<String, Boolean>> all = new TreeMap<>(seen);
        Map<String, Boolean> ofPartition = new TreeMap<>(all.getOrDefault(partition, Map.of()));
        ofPartition.put(corpus, ended);
        all.put(partition, ofPartition);
        seen = all;
    }

    /** Whether a partition has ended. */
    boolean isEnded(int partition) {
        Map<String, Boolean> corpora = seen.getOrDefault(partition, Map.of());
        boolean any = false;
        for (Map.Entry<String, Boolean> corpus : corpora.entrySet()) {
            if (!weights.isWithdrawn(corpus.getKey())) {
                if (!corpus.getValue()) {
                    return false;
                }
                any = true;
            }
        }
        return any
                && weights.named().keySet().stream()
                        .allMatch(corpus -> weights.isWithdrawn(corpus) || corpora.getOrDefault(corpus, false));
    }

    /** For each partition its corpora, and whether they have ended; the map is never changed later. */
    Map<Integer, Map<String, Boolean>> state() {
        return seen;
    }

    /** Continues from a state. */
    void restore(Map<Integer, Map<String, Boolean>> state) {
        seen = state;
    }
}
