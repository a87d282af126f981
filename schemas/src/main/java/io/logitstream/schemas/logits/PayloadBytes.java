package io.logitstream.schemas.logits;

/**
 * What the bytes of a payload are spent on; fractions of a byte where an entropy coder shares them out.
 *
 * @param ids the kept ids
 * @param values their log-probabilities or counts
 * @param rest statistics, numbers of kept entries, headers
 */
public record PayloadBytes(double ids, double values, double rest) {

    /** The parts of two payloads together. */
    public PayloadBytes plus(PayloadBytes other) {
        return new PayloadBytes(ids + other.ids, values + other.values, rest + other.rest);
    }
}
