package io.logitstream.student.input;

import io.logitstream.files.Sha256;
import io.logitstream.schemas.BatchKey;
import io.logitstream.student.config.TrainingConfig;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often the batches of each corpus are trained on: a function of seed, epoch and key only, so that every run, and
 * every continuation of a run, takes the same batches.
 */
public final class CorpusWeights {
    /** Each batch of every corpus once. */
    public static final CorpusWeights NONE = new CorpusWeights(Map.of(), 0);

    private static final double UNIT = 0x1p-53;

    private final Map<String, Double> weights;
    private final long seed;

    /**
     * Weights of corpora.
     *
     * @param weights weights of at least 0 by the name of the corpus; corpora without a weight have 1
     * @param seed seed by which batches are chosen where a weight is not a whole number
     */
    CorpusWeights(Map<String, Double> weights, long seed) {
        this.weights = new TreeMap<>(weights);
        this.seed = seed;
    }

    /** The weights of training settings. */
    public static CorpusWeights of(TrainingConfig training) {
        return training.corpora() == null ? NONE : new CorpusWeights(training.corpora(), training.seed());
    }

    /** The configured weights by the name of the corpus. */
    public Map<String, Double> named() {
        return weights;
    }

    /** Whether a corpus has the weight 0, so that none of its batches is trained on. */
    boolean isWithdrawn(String corpus) {
        return weights.getOrDefault(corpus, 1.0) == 0;
    }

    /**
     * How often a batch is given in an epoch: the whole part of the weight, plus 1 with the fraction as probability.
     */
    int copies(BatchKey key, int epoch) {
        double weight = weights.getOrDefault(key.corpus(), 1.0);
        int whole = (int) weight;
        return weight == whole || uniform(key, epoch) >= weight - whole ? whole : whole + 1;
    }

    // The first 8 bytes of the SHA-256 of "seed/epoch/key" as a number in [0, 1): other programs can compute it too.
    private double uniform(BatchKey key, int epoch) {
        return (Sha256.firstLong(seed + "/" + epoch + "/" + key) >>> 11) * UNIT;
    }
}
