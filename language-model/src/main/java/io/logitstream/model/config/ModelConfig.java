package io.logitstream.model.config;

import io.logitstream.messages.ModelException;
import java.util.List;

/**
 * Shape of a decoder-only transformer with RMSNorm, rotary embedding, gated feed-forward block and grouped-query
 * attention. The letters are those of the package {@code io.logitstream.model}.
 *
 * @param family {@code model_type} of its Hugging Face family, which names the weights
 * @param vocabularySize V, rows of the embedding
 * @param hiddenSize D
 * @param feedForwardSize F, inner size of the feed-forward block
 * @param layers number of decoder layers
 * @param heads H, query heads
 * @param keyValueHeads G, key and value heads; divides {@code heads}
 * @param headSize A, size of a head
 * @param maxPositions longest context that the model was made for
 * @param normEpsilon epsilon of every RMSNorm
 * @param rope rotary embedding
 * @param tiedEmbeddings whether the output head is the embedding matrix
 * @param biases which projections have biases
 * @param windows number of latest positions that a position sees in each layer, including itself, or 0 for all; empty
 *     if all layers see all positions
 * @param endOfText id of the end-of-text token, or -1
 * @param arithmetic differences of the forward pass from Llama's
 */
public record ModelConfig(
        String family,
        int vocabularySize,
        int hiddenSize,
        int feedForwardSize,
        int layers,
        int heads,
        int keyValueHeads,
        int headSize,
        int maxPositions,
        double normEpsilon,
        RopeConfig rope,
        boolean tiedEmbeddings,
        ProjectionBiases biases,
        List<Integer> windows,
        int endOfText,
        Arithmetic arithmetic) {

    /**
     * Checks that the sizes fit each other.
     *
     * @throws ModelException if one is not positive or does not fit another
     */
    public ModelConfig {
        require(
                vocabularySize > 0 && hiddenSize > 0 && feedForwardSize > 0 && layers > 0 && heads > 0,
                "sizes, layers and heads must be positive");
        require(
                keyValueHeads > 0 && heads % keyValueHeads == 0,
                "heads " + heads + " is not a multiple of keyValueHeads " + keyValueHeads);
        require(headSize > 0, "headSize " + headSize + " is not positive");
        int rotated = rope.size(headSize);
        require(
                rotated > 0 && rotated <= headSize && rotated % 2 == 0,
                "of headSize " + headSize + " " + rotated
                        + " values would be rotated, but rotary embedding needs an even number");
        require(
                !(rope.scaling() instanceof RopeScaling.LongRope scaling)
                        || scaling.shortFactors().size() == rotated / 2,
                "longrope needs " + rotated / 2 + " factors for " + rotated + " rotated values");
        windows = List.copyOf(windows);
        require(
                windows.isEmpty() || windows.size() == layers,
                "windows of " + windows.size() + " layers for " + layers);
    }

    /**
     * A model whose forward pass is Llama's, except for biases, sliding windows and the weights that its family
     * names.
     */
    public ModelConfig(
            String family,
            int vocabularySize,
            int hiddenSize,
            int feedForwardSize,
            int layers,
            int heads,
            int keyValueHeads,
            int headSize,
            int maxPositions,
            double normEpsilon,
            RopeConfig rope,
            boolean tiedEmbeddings,
            ProjectionBiases biases,
            List<Integer> windows,
            int endOfText) {
        this(
                family,
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                maxPositions,
                normEpsilon,
                rope,
                tiedEmbeddings,
                biases,
                windows,
                endOfText,
                Arithmetic.LLAMA);
    }

    /**
     * A model of the Llama family.
     *
     * @param attentionBias whether the four attention projections have biases
     * @param feedForwardBias whether the three feed-forward projections have biases
     */
    public ModelConfig(
            int vocabularySize,
            int hiddenSize,
            int feedForwardSize,
            int layers,
            int heads,
            int keyValueHeads,
            int headSize,
            int maxPositions,
            double normEpsilon,
            RopeConfig rope,
            boolean tiedEmbeddings,
            boolean attentionBias,
            boolean feedForwardBias,
            int endOfText) {
        this(
                "llama",
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                maxPositions,
                normEpsilon,
                rope,
                tiedEmbeddings,
                new ProjectionBiases(attentionBias, attentionBias, feedForwardBias),
                List.of(),
                endOfText);
    }

    /** Number of latest positions that a position of a layer sees, including itself, or 0 for all. */
    public int window(int layer) {
        return windows.isEmpty() ? 0 : windows.get(layer);
    }

    /** Whether a layer uses the rotary embedding of the layers with a sliding window. */
    public boolean usesWindowedRope(int layer) {
        return arithmetic.windowedRope() != null && window(layer) > 0;
    }

    /** The same model with its output head tied to the embedding, or with an output head of its own. */
    public ModelConfig withTiedEmbeddings(boolean tied) {
        return new ModelConfig(
                family,
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                maxPositions,
                normEpsilon,
                rope,
                tied,
                biases,
                windows,
                endOfText,
                arithmetic);
    }

    /** The same model with another longest context. */
    public ModelConfig withMaxPositions(int positions) {
        return new ModelConfig(
                family,
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                positions,
                normEpsilon,
                rope,
                tiedEmbeddings,
                biases,
                windows,
                endOfText,
                arithmetic);
    }

    /** The same model with another rotary embedding. */
    public ModelConfig withRope(RopeConfig other) {
        return new ModelConfig(
                family,
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                maxPositions,
                normEpsilon,
                other,
                tiedEmbeddings,
                biases,
                windows,
                endOfText,
                arithmetic);
    }

    /** The same model with another end-of-text token. */
    public ModelConfig withEndOfText(int token) {
        return new ModelConfig(
                family,
                vocabularySize,
                hiddenSize,
                feedForwardSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                maxPositions,
                normEpsilon,
                rope,
                tiedEmbeddings,
                biases,
                windows,
                token,
                arithmetic);
    }

    /**
     * Approximate peak memory of a forward pass without gradients, beyond the weights. Attention counts no more than its
     * inputs and results.
     *
     * @param positions positions of a row
     * @return bytes for each row of a batch
     */
    // Feed-forward block: residual stream, norm, gate, up and their product. Attention: residual stream, norm, queries
    // and keys before and after rotation, values, result. Bounded logits are computed in the same pass.
    public long forwardBytes(int positions) {
        long feedForward = 3L * feedForwardSize;
        long attention = (3L * heads + 3L * keyValueHeads) * headSize;
        long logits = arithmetic.logitsCap() > 0 ? vocabularySize : 0;
        return Float.BYTES * (long) positions * (2L * hiddenSize + Math.max(feedForward, attention) + logits);
    }

    /**
     * Share of the weights that a forward pass multiplies by in its first layers, of those with the output head. It is
     * about their share of its time.
     */
    public double shareOfLayers(int number) {
        double layer = hiddenSize * (3.0 * feedForwardSize + 2.0 * (heads + keyValueHeads) * headSize);
        return number * layer / (layers * layer + (double) hiddenSize * vocabularySize);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new ModelException("model configuration: " + message);
        }
    }
}
