package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import java.util.HashMap;
import java.util.Map;

/**
 * The lengths of the rows that a teacher has scored. They tell a batch that it refuses for a reason of the batch from a
 * topic whose rows it cannot read at all. Not thread-safe.
 */
final class ScoredShapes {
    /** Corpora beyond this number are not told apart: the first ones are enough to know that the teacher works. */
    private static final int MOST = 1000;

    private final Map<String, Integer> longest = new HashMap<>();

    void add(TokenBatch batch) {
        if (longest.size() < MOST || longest.containsKey(batch.getCorpus())) {
            longest.merge(batch.getCorpus(), batch.getLength(), Math::max);
        }
    }

    /**
     * Whether rows were scored that are those of another corpus, or as long as those of a batch. Shorter rows of the same
     * corpus are the rest of a shard.
     */
    boolean fit(TokenBatch batch) {
        return longest.entrySet().stream()
                .anyMatch(
                        scored -> !scored.getKey().equals(batch.getCorpus()) || scored.getValue() >= batch.getLength());
    }
}
