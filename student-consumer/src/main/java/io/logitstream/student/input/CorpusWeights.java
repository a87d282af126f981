package io.logitstream.student.input;

import io.logitstream.files.Sha256;
import io.logitstream.schemas.BatchKey;
import io.logitstream.student.config.TrainingConfig;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often the batches of each corpus are trained on. It is a function of seed, epoch and key alone, so that the same
 * batches are taken by every run and after every start.
 */
public final class CorpusWeights {
    /** All corpora alike, each batch once. */
    public static final CorpusWeights NONE = new CorpusWeights(Map.of(), 0);

    private static final double UNIT = 0x1p-53;

    private final Map<String, Double> weights;
    private final long seed;

    /**
     * Weights of corpora.
     *
     * @param weights by the name of the corpus, 0 or more; 1 for corpora that are not named
     * @param seed seed of what is taken of a corpus whose weight is no whole number
     */
    CorpusWeights(Map<String, Double> weights, long seed) {
        this.weights = new TreeMap<>(weights);
        this.seed = seed;
    }

    public static CorpusWeights of(TrainingConfig training) {
        return training.corpora() == null ? NONE : new CorpusWeights(training.corpora(), training.seed());
    }

    /** The weights that were given. */
    public Map<String, Double> named() {
        return weights;
    }

    /** Whether nothing of a corpus is to be trained on. */
    boolean isWithdrawn(String corpus) {
        return weights.getOrDefault(corpus, 1.0) == 0;
    }

    /** Times that a batch comes in an epoch: the whole part of the weight, and one more with its fraction as odds. */
    int copies(BatchKey key, int epoch) {
        double weight = weights.getOrDefault(key.corpus(), 1.0);
        int whole = (int) weight;
        return weight == whole || uniform(key, epoch) >= weight - whole ? whole : whole + 1;
    }

    // The first 8 bytes of the SHA-256 of "seed/epoch/key" as a number in [0, 1), so that others can compute it too.
    private double uniform(BatchKey key, int epoch) {
        return (Sha256.firstLong(seed + "/" + epoch + "/" + key) >>> 11) * UNIT;
    }
}
