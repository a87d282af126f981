package io.logitstream.schemas.logits;

/**
 * Breakdown of the size of a payload, in bytes. The values are fractional where an entropy coder divides a byte.
 *
 * @param ids the kept ids
 * @param values their log-probabilities or counts
 * @param rest statistics, numbers of kept entries and headers
 */
public record PayloadBytes(double ids, double values, double rest) {

    /** Sum of the breakdowns of two payloads. */
    public PayloadBytes plus(PayloadBytes other) {
        return new PayloadBytes(ids + other.ids, values + other.values, rest + other.rest);
    }
}
