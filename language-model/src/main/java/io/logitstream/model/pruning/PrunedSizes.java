package io.logitstream.model.pruning;

import io.logitstream.messages.UsageException;
import io.logitstream.model.config.ModelConfig;
import java.util.List;

/**
 * Sizes of a pruned model, none of which is larger than that of its source.
 *
 * @param layers number of layers
 * @param feedForwardSize F, inner size of the feed-forward block
 * @param keyValueHeads G, key-value heads, each kept with all of its query heads
 * @param hiddenSize D
 */
public record PrunedSizes(int layers, int feedForwardSize, int keyValueHeads, int hiddenSize) {
    private static final List<String> FAMILIES = List.of("llama", "mistral", "qwen2", "qwen3", "glm", "glm4");

    /**
     * Sizes that a user asks for; null keeps the size of the source.
     *
     * @param source shape of the model to prune
     * @param layers number of layers
     * @param feedForwardSize inner size of the feed-forward block
     * @param heads query heads, a multiple of the query heads of a key-value head
     * @param keyValueHeads key-value heads; where both are given, they must agree
     * @param hiddenSize hidden size
     * @throws UsageException if the family cannot be pruned or a size does not fit
     */
    public static PrunedSizes of(
            ModelConfig source,
            Integer layers,
            Integer feedForwardSize,
            Integer heads,
            Integer keyValueHeads,
            Integer hiddenSize) {
        if (!FAMILIES.contains(source.family())) {
            throw new UsageException("a model of the family " + source.family() + " cannot be pruned; supported are "
                    + String.join(", ", FAMILIES));
        }
        int group = source.heads() / source.keyValueHeads();
        requireAtMost("heads", heads, source.heads());
        if (heads != null && heads % group != 0) {
            throw new UsageException("prune.heads " + heads + " is not a multiple of " + group
                    + ": a key-value head of this model serves " + group + " heads, which are kept together");
        }
        if (heads != null && keyValueHeads != null && heads / group != keyValueHeads) {
            throw new UsageException("prune.heads " + heads + " and prune.keyValueHeads " + keyValueHeads
                    + " do not fit: a key-value head of this model serves " + group + " heads; give one of them");
        }
        Integer groups = heads == null ? keyValueHeads : Integer.valueOf(heads / group);
        PrunedSizes sizes = new PrunedSizes(
                requireAtMost("layers", layers, source.layers()),
                requireAtMost("feedForward", feedForwardSize, source.feedForwardSize()),
                requireAtMost("keyValueHeads", groups, source.keyValueHeads()),
                requireAtMost("hidden", hiddenSize, source.hiddenSize()));
        sizes.requireWhatTransformersOpens(source);
        return sizes;
    }

    private static int requireAtMost(String key, Integer size, int ofSource) {
        if (size == null) {
            return ofSource;
        }
        if (size < 1) {
            throw new UsageException("prune." + key + " " + size + " is not positive");
        }
        if (size > ofSource) {
            throw new UsageException(
                    "prune." + key + " " + size + " is more than the " + ofSource + " of the model to prune");
        }
        return size;
    }

    // The configuration class of Llama in transformers requires it, although head_dim is given.
    private void requireWhatTransformersOpens(ModelConfig source) {
        int heads = heads(source);
        if (source.family().equals("llama") && source.hiddenSize() % source.heads() == 0 && hiddenSize % heads != 0) {
            throw new UsageException("hidden size " + hiddenSize + " is not a multiple of " + heads
                    + " heads, as transformers requires of llama; choose other values for prune.hidden or prune.heads");
        }
    }

    /** H, query heads of the pruned model. */
    public int heads(ModelConfig source) {
        return keyValueHeads * (source.heads() / source.keyValueHeads());
    }

    /** Whether these are the sizes of the source. */
    public boolean sameAs(ModelConfig source) {
        return equals(new PrunedSizes(
                source.layers(), source.feedForwardSize(), source.keyValueHeads(), source.hiddenSize()));
    }
}
