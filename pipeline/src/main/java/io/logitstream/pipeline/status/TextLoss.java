package io.logitstream.pipeline.status;

/**
 * Loss of a teacher on the text that it has read, which a server tells with its answers.
 *
 * @param tokens predicted tokens of that text
 * @param nats negative log-likelihood of them all, in nats
 */
public record TextLoss(long tokens, double nats) {
    /** Loss in nats per token. */
    public double mean() {
        return nats / tokens;
    }

    /** The loss on two texts together; null stands for none. */
    public static TextLoss sum(TextLoss one, TextLoss other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return new TextLoss(one.tokens + other.tokens, one.nats + other.nats);
    }
}
