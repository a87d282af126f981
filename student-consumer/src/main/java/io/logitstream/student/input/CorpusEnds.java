package io.logitstream.student.input;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which corpora each partition holds, and which of them have ended there. A partition has ended when there is an
 * end-of-corpus marker and none is missing: neither of a corpus that was seen in it, nor of one that is named by the
 * weights; withdrawn corpora do not count.
 */
final class CorpusEnds {
    private final CorpusWeights weights;
    // Replaced, never changed: every batch carries it in its position.
    private Map<Integer, Map<String, Boolean>> seen = Map.of();

    CorpusEnds(CorpusWeights weights) {
        this.weights = weights;
    }

    /** Notes a batch. */
    void batch(int partition, String corpus) {
        if (!seen.getOrDefault(partition, Map.of()).containsKey(corpus)) {
            put(partition, corpus, false);
        }
    }

    /** Notes an end-of-corpus marker. */
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

    /** For each partition its corpora, and whether they have ended; never changed later. */
    Map<Integer, Map<String, Boolean>> state() {
        return seen;
    }

    void restore(Map<Integer, Map<String, Boolean>> state) {
        seen = state;
    }
}
