package io.logitstream.model.pruning;

import io.logitstream.messages.UsageException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the layers are chosen that a pruned model keeps. */
public enum DepthCriterion {
    /** Block importance: 1 - mean cosine of the residual stream before and after a layer (Men et al. 2024, equation 1). */
    COSINE,
    /** The same of all layers that go, as one contiguous block (after Gromov et al. 2024). */
    BLOCK,
    /** Increase of the loss where the layer alone is left out (Muralidharan et al. 2024, section 2.2). */
    LOSS;

    /** Name in the configuration. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The criterion of a name.
     *
     * @throws UsageException if there is none
     */
    public static DepthCriterion of(String key) {
        return Arrays.stream(values())
                .filter(criterion -> criterion.key().equals(key))
                .findFirst()
                .orElseThrow(() -> new UsageException("prune.by '" + key + "' is not one of "
                        + Arrays.stream(values()).map(DepthCriterion::key).collect(Collectors.joining(", "))));
    }
}
