package io.logitstream.teacher.config;

import io.logitstream.messages.UsageException;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.codec.LogitsBatches;
import java.util.List;

/**
 * Selection of the teacher's logits by their temperature-1 probabilities. The methods:
 *
 * <ul>
 *   <li>{@code top-p-top-k}: top-p, and top-k of the result (paper, section 2; the default)
 *   <li>{@code top-p}: the smallest set of the most likely tokens whose mass reaches p
 *   <li>{@code top-k}: the k most likely tokens
 *   <li>{@code sampled}: draws with replacement, stored as counts (Sparse Logit Sampling, arXiv 2503.16870)
 *   <li>{@code dense}: the whole vocabulary, for small vocabularies and tests
 * </ul>
 *
 * Among equally likely tokens the one with the smaller id comes first.
 *
 * @param method method, {@code top-p-top-k} by default
 * @param topP mass to reach, in (0, 1]; 0.95 by default; only for methods with top-p
 * @param topK maximum number of kept tokens; 50 by default; only for methods with top-k
 * @param draws draws per position; 50 by default; only for {@code sampled}
 * @param seed seed of the draws; 1 by default; only for {@code sampled}. Seed and batch key determine the draws of a
 *     batch, so that processing it again gives the same ones
 */
public record SelectionConfig(String method, Double topP, Integer topK, Integer draws, Long seed) {
    static final String TOP_P_TOP_K = "top-p-top-k";
    public static final String TOP_P = "top-p";
    static final String TOP_K = "top-k";
    public static final String SAMPLED = "sampled";
    static final String DENSE = "dense";
    private static final List<String> METHODS = List.of(TOP_P_TOP_K, TOP_P, TOP_K, SAMPLED, DENSE);

    /** Fills in the defaults. Settings that do not apply to the method stay null. */
    public SelectionConfig {
        method = method == null ? TOP_P_TOP_K : method;
        if (!METHODS.contains(method)) {
            throw new UsageException(
                    "selection.method '" + method + "' is unknown; use one of " + String.join(", ", METHODS));
        }
        topP = setting("topP", topP, 0.95, method, TOP_P_TOP_K, TOP_P);
        topK = setting("topK", topK, 50, method, TOP_P_TOP_K, TOP_K);
        draws = setting("draws", draws, 50, method, SAMPLED);
        seed = setting("seed", seed, 1L, method, SAMPLED);
        if (topP != null && !(topP > 0 && topP <= 1)) {
            throw new UsageException("selection.topP " + topP + " is not in (0, 1]");
        }
        if (topK != null && topK < 1) {
            throw new UsageException("selection.topK " + topK + " is not positive");
        }
        if (draws != null && (draws < 1 || draws > LogitsBatches.MOST_DRAWS)) {
            throw new UsageException("selection.draws " + draws + " is not in [1, " + LogitsBatches.MOST_DRAWS + "]");
        }
    }

    /** Selection by top-p, then top-k. */
    public SelectionConfig(Double topP, Integer topK) {
        this(TOP_P_TOP_K, topP, topK, null, null);
    }

    private static <T> T setting(String name, T value, T byDefault, String method, String... methods) {
        if (List.of(methods).contains(method)) {
            return value == null ? byDefault : value;
        }
        if (value != null) {
            throw new UsageException("selection." + name + " has no effect with selection.method " + method
                    + ", only with " + String.join(", ", methods) + "; leave it out");
        }
        return null;
    }

    /** Whether the logits are sampled. */
    public boolean sampled() {
        return method.equals(SAMPLED);
    }

    /** Whether the number of kept entries of a position is bounded below the vocabulary size. */
    public boolean bounded() {
        return topK != null || sampled();
    }

    /**
     * Maximum number of kept entries of a position.
     *
     * @param vocabularySize number of ids of the tokenizer
     */
    public int maxKept(int vocabularySize) {
        int bound = sampled() ? draws : topK != null ? topK : vocabularySize;
        return Math.min(bound, vocabularySize);
    }

    /** The selection as written to each record. */
    public Selection record(int vocabularySize) {
        return new Selection(
                method,
                topP == null ? 1.0 : topP,
                topK == null ? vocabularySize : topK,
                draws == null ? 0 : draws,
                seed == null ? 0 : seed);
    }
}
